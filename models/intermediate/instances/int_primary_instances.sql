-- One row per subscription, delivery type and month: the instance whose usage counts on the month's date (R9.3).

with

instances as (

    select * from {{ ref('int_instances_as_of') }}
    where
        is_candidate
        and subscription_name is not null

),

subscriptions as (

    select * from {{ ref('int_subscriptions_as_of') }}

),

ranked as (

    select
        instances.*,
        row_number() over (
            partition by instances.subscription_name, instances.delivery_type, instances.month
            order by
                instances.billable_user_count desc nulls last,
                instances.ping_at desc,
                instances.instance_id asc
        ) as primary_rank
    from instances

),

primaries as (

    select
        ranked.subscription_name,
        ranked.delivery_type,
        ranked.month,
        ranked.instance_id,
        ranked.ping_at,
        ranked.metrics_usage_month,
        ranked.billable_user_count,
        ranked.billable_missing_reason,
        ranked.license_user_count,
        subscriptions.account_id,
        subscriptions.carries_seats,
        subscriptions.tier_rank,
        (ranked.delivery_type = 'Self-Managed' and subscriptions.sells_self_managed)
        or (ranked.delivery_type = 'SaaS' and subscriptions.sells_saas) as is_sold
    from ranked
    inner join subscriptions
        on
            ranked.subscription_name = subscriptions.subscription_name
            and ranked.month = subscriptions.month
    where
        ranked.primary_rank = 1

)

select * from primaries
