-- One row per account and month with a live seat-carrying subscription: its sums, both ways (R9.5, R9.6, R10.2).

with

subscriptions as (

    select * from {{ ref('int_subscription_utilization') }}
    where
        account_id is not null

),

availability_statuses as (

    select * from {{ ref('availability_statuses') }}

),

{{ utilization_by('account_id') }}

select * from final
