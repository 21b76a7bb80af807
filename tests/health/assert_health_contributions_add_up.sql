-- R12.2 The contributions of an account and month add up to its score before an override.

with

measures as (

    select * from {{ ref('fct_account_health_measures_monthly') }}

),

health as (

    select * from {{ ref('fct_account_health_monthly') }}

),

summed as (

    select
        account_id,
        month,
        sum(contribution) as sum_of_contributions
    from measures
    group by
        account_id,
        month

)

select
    health.account_id,
    health.month,
    health.health_score_before_override,
    summed.sum_of_contributions
from health
left join summed
    on
        health.account_id = summed.account_id
        and health.month = summed.month
where
    (health.health_score_before_override is null) <> (summed.sum_of_contributions is null)
    or abs(health.health_score_before_override - summed.sum_of_contributions) > 1e-6
