-- One row per instance and month since its first usage: all that is known of it on the month's date (R6, R7, R9).

with

instance_subscriptions as (

    select * from {{ ref('int_instance_subscriptions_as_of') }}

),

labels as (

    select * from {{ ref('int_instance_labels') }}

),

billable_users as (

    select * from {{ ref('int_instance_billable_users') }}

),

metric_values as (

    select * from {{ ref('int_instance_metric_values') }}

),

metrics as (

    select * from {{ ref('int_tracked_metrics') }}
    where
        column_name = 'license_user_count'

),

subscriptions as (

    select * from {{ ref('int_subscriptions') }}

),

reported_licenses as (

    select
        metric_values.instance_id,
        metric_values.usage_month,
        metric_values.value as license_user_count
    from metric_values
    inner join metrics
        on metric_values.key_path = metrics.key_path

),

final as (

    select
        instance_subscriptions.instance_id,
        instance_subscriptions.month,
        instance_subscriptions.as_of_date,
        instance_subscriptions.delivery_type,
        instance_subscriptions.deployment_type,
        instance_subscriptions.latest_usage_at,
        instance_subscriptions.ping_at,
        instance_subscriptions.metrics_usage_month,
        instance_subscriptions.subscription_name,
        instance_subscriptions.mapping_method,
        instance_subscriptions.unmapped_reason,
        case
            when instance_subscriptions.subscription_name is not null then subscriptions.account_id
            else labels.labelled_account_id
        end as account_id,
        labels.instance_type,
        labels.is_opted_out_of_health,
        instance_subscriptions.ping_at is not null as has_usage,
        instance_subscriptions.ping_at is not null
        and labels.instance_type = 'Production'
        and not labels.is_opted_out_of_health as is_candidate,
        billable_users.billable_user_count,
        case
            when instance_subscriptions.ping_at is null then null
            when billable_users.instance_id is null then 'not_reported'
            else billable_users.missing_reason
        end as billable_missing_reason,
        reported_licenses.license_user_count
    from instance_subscriptions
    inner join labels
        on instance_subscriptions.instance_id = labels.instance_id
    left join subscriptions
        on instance_subscriptions.subscription_name = subscriptions.subscription_name
    left join billable_users
        on
            instance_subscriptions.instance_id = billable_users.instance_id
            and instance_subscriptions.seats_usage_month = billable_users.usage_month
    left join reported_licenses
        on
            instance_subscriptions.instance_id = reported_licenses.instance_id
            and instance_subscriptions.metrics_usage_month = reported_licenses.usage_month

)

select * from final
