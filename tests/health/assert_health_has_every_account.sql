-- R12.6 Every account and month with utilisation has a score.

with

health as (

    select * from {{ ref('fct_account_health_monthly') }}

),

utilization as (

    select * from {{ ref('fct_account_utilization_monthly') }}

),

scorecard_measures as (

    select * from {{ ref('int_scorecard_measures_as_of') }}

),

scored_months as (

    select distinct month from scorecard_measures

)

select
    utilization.account_id,
    utilization.month
from utilization
inner join scored_months
    on utilization.month = scored_months.month
left join health
    on
        utilization.account_id = health.account_id
        and utilization.month = health.month
where
    health.account_id is null
