-- One row per instance with usage as of the as-of date: what it uses of what its subscription sells (R9.1, R9.4).

with

instances as (

    select * from {{ ref('int_instances_as_of') }}
    where
        as_of_date = {{ as_of_date() }}
        and has_usage

),

subscriptions as (

    select * from {{ ref('int_subscriptions_as_of') }}
    where
        is_as_of_month

),

final as (

    select
        instances.instance_id,
        subscriptions.tier,
        instances.billable_user_count,
        instances.billable_missing_reason,
        subscriptions.licenses_sold,
        instances.billable_user_count / nullif(subscriptions.licenses_sold, 0) as license_utilization
    from instances
    left join subscriptions
        on instances.subscription_name = subscriptions.subscription_name

)

select * from final
