-- One row per live seat-carrying subscription and month: what stands beside its figures and enters no ratio, which is
-- the licences provisioned (R8.6) and the billable users of all its Production instances.

with

subscriptions as (

    select * from {{ ref('int_subscriptions_as_of') }}
    where
        carries_seats

),

provisioned as (

    select * from {{ ref('int_licenses_provisioned') }}

),

instances as (

    select * from {{ ref('int_instances_as_of') }}
    where
        has_usage
        and instance_type = 'Production'

),

summed as (

    select
        subscription_name,
        month,
        case
            when count(billable_user_count) = count(*) then cast(sum(billable_user_count) as decimal(38, 0))
        end as billable_user_count
    from instances
    group by
        subscription_name,
        month

),

final as (

    select
        subscriptions.subscription_name,
        subscriptions.month,
        provisioned.licenses_provisioned,
        case
            when provisioned.subscription_name is null then 'no_license_in_force'
            when provisioned.licenses_provisioned is null then 'quantity_unknown'
        end as licenses_provisioned_missing_reason,
        summed.billable_user_count as all_instances_billable_user_count
    from subscriptions
    left join provisioned
        on
            subscriptions.subscription_name = provisioned.subscription_name
            and subscriptions.month = provisioned.month
    left join summed
        on
            subscriptions.subscription_name = summed.subscription_name
            and subscriptions.month = summed.month

)

select * from final
