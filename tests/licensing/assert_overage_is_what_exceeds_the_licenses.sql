-- R9.7 Overage is known exactly where both figures are, is never negative, and never exceeds that of the term.

with

subscriptions as (

    select * from {{ ref('fct_subscription_utilization_monthly') }}

)

select
    subscription_name,
    month
from subscriptions
where
    (overage is null) <> (billable_user_count is null or licenses_sold is null)
    or overage < 0
    or (overage is not null and coalesce(term_overage < overage, true))
