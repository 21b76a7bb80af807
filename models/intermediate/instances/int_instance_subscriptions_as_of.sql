-- One row per instance and month since its first usage: where it belongs on the month's date (R7.5).
-- A server belongs where its latest ping by that date does, however old; so it has left what it belonged to before.

with

usage_as_of as (

    select * from {{ ref('int_instance_usage_as_of') }}

),

ping_subscriptions as (

    select * from {{ ref('int_ping_subscriptions') }}

),

namespace_subscriptions as (

    select * from {{ ref('int_namespace_subscriptions') }}

),

mapped as (

    select
        usage_as_of.instance_id,
        usage_as_of.month,
        usage_as_of.as_of_date,
        usage_as_of.latest_usage_at,
        usage_as_of.ping_at,
        usage_as_of.seats_usage_month,
        usage_as_of.metrics_usage_month,
        usage_as_of.delivery_type,
        usage_as_of.deployment_type,
        coalesce(ping_subscriptions.subscription_name, namespace_subscriptions.subscription_name) as subscription_name,
        coalesce(ping_subscriptions.mapping_method, namespace_subscriptions.mapping_method) as mapping_method,
        coalesce(ping_subscriptions.unmapped_reason, namespace_subscriptions.unmapped_reason) as unmapped_reason
    from usage_as_of
    left join ping_subscriptions
        on
            usage_as_of.instance_id = ping_subscriptions.instance_id
            and usage_as_of.latest_usage_at = ping_subscriptions.recorded_at
    left join namespace_subscriptions
        on
            usage_as_of.instance_id = namespace_subscriptions.instance_id
            and usage_as_of.month = namespace_subscriptions.month

)

select * from mapped
