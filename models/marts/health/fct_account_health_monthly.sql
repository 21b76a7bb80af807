-- One row per account and month with a live seat-carrying subscription: its utilisation, scores and colours (R12).

with

scores as (

    select * from {{ ref('int_account_scores') }}

),

use_cases as (

    select * from {{ ref('int_account_use_cases') }}

),

utilization as (

    select * from {{ ref('int_account_utilization') }}

),

colors as (

    select
        account_id,
        month,
        count(case when counts_as_adopted then use_case_color end) as adoptable_use_case_count,
        count(case when counts_as_adopted and use_case_color = 'Green' then 1 end) as adopted_use_case_count,
        max(case when use_case = 'license_utilization' then use_case_color end) as license_utilization_color,
        max(case when use_case = 'user_engagement' then use_case_color end) as user_engagement_color,
        max(case when use_case = 'scm' then use_case_color end) as scm_color,
        max(case when use_case = 'ci' then use_case_color end) as ci_color,
        max(case when use_case = 'cd' then use_case_color end) as cd_color,
        max(case when use_case = 'devsecops' then use_case_color end) as devsecops_color,
        max(case when use_case = 'csm_sentiment' then use_case_color end) as csm_sentiment_color
    from use_cases
    group by
        account_id,
        month

),

final as (

    select
        scores.account_id,
        scores.month,
        utilization.billable_user_count,
        utilization.licenses_sold,
        utilization.license_utilization,
        utilization.scored_license_utilization,
        scores.product_score,
        scores.product_color,
        scores.health_score,
        scores.health_color,
        scores.health_score_before_override,
        scores.is_overridden,
        scores.score_coverage,
        case when colors.adoptable_use_case_count > 0 then colors.adopted_use_case_count end as adopted_use_case_count,
        colors.license_utilization_color,
        colors.user_engagement_color,
        colors.scm_color,
        colors.ci_color,
        colors.cd_color,
        colors.devsecops_color,
        colors.csm_sentiment_color,
        scores.scorecard_version
    from scores
    inner join colors
        on
            scores.account_id = colors.account_id
            and scores.month = colors.month
    inner join utilization
        on
            scores.account_id = utilization.account_id
            and scores.month = utilization.month

)

select * from final
