-- R10.1 Each live seat-carrying subscription has one row per month, and nothing else has any.

with

live as (

    select
        subscription_name,
        month
    from {{ ref('int_subscriptions_as_of') }}
    where
        carries_seats

),

shown as (

    select
        subscription_name,
        month
    from {{ ref('fct_subscription_utilization_monthly') }}

),

paired as (

    select
        coalesce(live.subscription_name, shown.subscription_name) as subscription_name,
        coalesce(live.month, shown.month) as month,
        live.subscription_name is null or shown.subscription_name is null as is_unpaired
    from live
    full outer join shown
        on
            live.subscription_name = shown.subscription_name
            and live.month = shown.month

)

select
    subscription_name,
    month
from paired
group by
    subscription_name,
    month
having
    count(*) > 1
    or max(case when is_unpaired then 1 else 0 end) = 1
