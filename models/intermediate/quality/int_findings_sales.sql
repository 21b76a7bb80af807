-- One row per finding about what was sold and to whom: subscriptions, their ARR, rate plans, renewals and the parents
-- of accounts, as of the run.

with

subscription_findings as (

    select * from {{ ref('int_findings_subscriptions') }}

),

arr_findings as (

    select * from {{ ref('int_findings_arr') }}

),

rate_plan_findings as (

    select * from {{ ref('int_findings_rate_plans') }}

),

renewal_findings as (

    select * from {{ ref('int_findings_renewals') }}

),

parent_findings as (

    select * from {{ ref('int_findings_parents') }}

),

combined as (

    select * from subscription_findings

    union all

    select * from arr_findings

    union all

    select * from rate_plan_findings

    union all

    select * from renewal_findings

    union all

    select * from parent_findings

),

final as (

    select
        finding,
        subject_type,
        subject_id,
        account_id,
        detail
    from combined

)

select * from final
