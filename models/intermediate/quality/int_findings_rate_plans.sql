-- One row per name of rate plans that the product catalogue does not know, or of which its rows disagree (R8.3).

with

rate_plans as (

    select * from {{ ref('int_rate_plans_classified') }}
    where
        rate_plan_name is not null

),

unlisted as (

    select
        'unlisted_rate_plan' as finding,
        'rate_plan' as subject_type,
        rate_plan_name as subject_id,
        cast(null as varchar) as account_id,
        cast(count(*) as varchar) || ' rate plans of this name; the product catalogue does not know it' as detail
    from rate_plans
    where
        not is_listed
    group by
        rate_plan_name

),

ambiguous as (

    select
        'ambiguous_rate_plan' as finding,
        'rate_plan' as subject_type,
        rate_plan_name as subject_id,
        cast(null as varchar) as account_id,
        cast(count(*) as varchar) || ' rate plans of this name; by the pattern ' || pattern || ' it '
        || case when carries_seats then 'carries seats' else 'carries no seats' end
        || ', other rows of the product catalogue say the opposite' as detail
    from rate_plans
    where
        is_ambiguous
    group by
        rate_plan_name,
        pattern,
        carries_seats

),

combined as (

    select * from unlisted

    union all

    select * from ambiguous

)

select * from combined
