-- R10.2 The counts by status of an account add up to its live seat-carrying subscriptions.

with

accounts as (

    select * from {{ ref('fct_account_utilization_monthly') }}

)

select
    account_id,
    month
from accounts
where
    subscription_count <> 0
    {%- for status in availability_status_names() %}
    + {{ status }}_subscription_count
    {%- endfor %}
