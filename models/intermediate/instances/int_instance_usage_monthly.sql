-- One row per Production instance and month in which it reported: the month's last usage, for trends (R6.4, R9.1).

with

usage_as_of as (

    select * from {{ ref('int_instances_as_of') }}
    where
        instance_type = 'Production'

),

billable_users as (

    select * from {{ ref('int_instance_billable_users') }}

),

subscriptions as (

    select * from {{ ref('int_subscriptions_as_of') }}

),

in_month as (

    select
        usage_as_of.instance_id,
        usage_as_of.month,
        usage_as_of.subscription_name,
        usage_as_of.account_id,
        usage_as_of.latest_usage_at as ping_at
    from usage_as_of
    where
        cast(usage_as_of.latest_usage_at as date) >= usage_as_of.month

),

final as (

    select
        in_month.instance_id,
        in_month.month,
        in_month.subscription_name,
        in_month.account_id,
        in_month.ping_at,
        billable_users.billable_user_count,
        case
            when billable_users.billable_user_count is null
                then coalesce(billable_users.missing_reason, 'not_reported')
        end as billable_users_missing_reason,
        subscriptions.licenses_sold as licensed_user_count,
        case
            when in_month.subscription_name is null then 'usage_not_mapped'
            when subscriptions.subscription_name is null then 'no_live_subscription'
            when subscriptions.licenses_sold is null then 'licenses_blank'
            when subscriptions.licenses_sold = 0 then 'zero_denominator'
        end as licenses_missing_reason,
        billable_users.billable_user_count / nullif(subscriptions.licenses_sold, 0) as license_utilization
    from in_month
    left join billable_users
        on
            in_month.instance_id = billable_users.instance_id
            and in_month.month = billable_users.usage_month
    left join subscriptions
        on
            in_month.subscription_name = subscriptions.subscription_name
            and in_month.month = subscriptions.month

)

select * from final
