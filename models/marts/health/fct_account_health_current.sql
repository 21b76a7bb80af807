-- One row per account, its last month: the figures of a customer page, with the reasons in words (R12.6).

with

health as (

    select * from {{ ref('fct_account_health_monthly') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

measures as (

    select * from {{ ref('int_account_measures_in_words') }}

),

use_cases as (

    select
        account_id,
        month,
        use_case,
        {{ dbt.listagg('in_words', "' '", 'order by measure') }} as in_words
    from measures
    group by
        account_id,
        month,
        use_case

),

in_words as (

    select
        account_id,
        month,
        max(case when use_case = 'license_utilization' then in_words end) as license_utilization_in_words,
        max(case when use_case = 'user_engagement' then in_words end) as user_engagement_in_words,
        max(case when use_case = 'scm' then in_words end) as scm_in_words,
        max(case when use_case = 'ci' then in_words end) as ci_in_words,
        max(case when use_case = 'cd' then in_words end) as cd_in_words,
        max(case when use_case = 'devsecops' then in_words end) as devsecops_in_words,
        max(case when use_case = 'csm_sentiment' then in_words end) as csm_sentiment_in_words,
        max(case when use_case = 'success_plan' then in_words end) as success_plan_in_words,
        max(case when use_case = 'support_tickets' then in_words end) as support_tickets_in_words,
        max(case when use_case = 'meeting_cadence' then in_words end) as meeting_cadence_in_words,
        max(case when use_case = 'persona_engagement' then in_words end) as persona_engagement_in_words
    from use_cases
    group by
        account_id,
        month

),

final as (

    select
        health.account_id,
        accounts.account_name,
        accounts.csm_name,
        health.month,
        health.license_utilization,
        health.scored_license_utilization,
        health.product_score,
        health.product_color,
        health.health_score,
        health.health_color,
        health.health_score_before_override,
        health.is_overridden,
        health.score_coverage,
        health.adopted_use_case_count,
        in_words.license_utilization_in_words,
        in_words.user_engagement_in_words,
        in_words.scm_in_words,
        in_words.ci_in_words,
        in_words.cd_in_words,
        in_words.devsecops_in_words,
        in_words.csm_sentiment_in_words,
        in_words.success_plan_in_words,
        in_words.support_tickets_in_words,
        in_words.meeting_cadence_in_words,
        in_words.persona_engagement_in_words,
        health.scorecard_version
    from health
    inner join accounts
        on health.account_id = accounts.account_id
    -- Words are of an account's last month alone.
    inner join in_words
        on
            health.account_id = in_words.account_id
            and health.month = in_words.month

)

select * from final
