-- R10.1 A subscription is available exactly where both figures are known; a blank one always has another status.

with

subscriptions as (

    select * from {{ ref('fct_subscription_utilization_monthly') }}

)

select
    subscription_name,
    month
from subscriptions
where
    availability_status is null
    or (availability_status = 'available') <> (billable_user_count is not null and licenses_sold is not null)
    or (license_utilization is null and availability_status = 'available' and licenses_sold <> 0)
