-- One row per family and month with a live seat-carrying subscription: the sums over the subscriptions of all members,
-- both ways, never over the members' ratios (R19.2).

with

subscription_utilization as (

    select * from {{ ref('int_subscription_utilization') }}

),

families as (

    select * from {{ ref('int_account_families') }}

),

availability_statuses as (

    select * from {{ ref('availability_statuses') }}

),

subscriptions as (

    select
        families.family_id,
        subscription_utilization.*
    from subscription_utilization
    inner join families
        on subscription_utilization.account_id = families.account_id

),

{{ utilization_by('family_id') }}

select * from final
