-- One row per instance as its latest usage shows it, with the mapping of that usage (R2.2, R7.5).

with

instances as (

    select * from {{ ref('int_instances') }}

),

pings as (

    select * from {{ ref('int_pings_accepted') }}

),

ping_subscriptions as (

    select * from {{ ref('int_ping_subscriptions') }}

),

namespace_subscriptions as (

    select * from {{ ref('int_namespace_subscriptions') }}
    where
        is_as_of_month

),

labels as (

    select * from {{ ref('int_instance_labels') }}

),

subscriptions as (

    select * from {{ ref('int_subscriptions') }}

),

mapped as (

    select
        instances.instance_id,
        instances.instance_uuid,
        instances.hostname,
        instances.namespace_id,
        instances.first_ping_at,
        instances.last_ping_at,
        instances.shares_hostname,
        instances.shares_uuid,
        coalesce(pings.delivery_type, 'SaaS') as delivery_type,
        coalesce(pings.deployment_type, 'GitLab.com') as deployment_type,
        pings.version,
        pings.release,
        pings.release_ordinal,
        pings.is_prerelease,
        coalesce(ping_subscriptions.subscription_name, namespace_subscriptions.subscription_name)
            as subscription_name,
        coalesce(ping_subscriptions.mapping_method, namespace_subscriptions.mapping_method) as mapping_method,
        coalesce(ping_subscriptions.unmapped_reason, namespace_subscriptions.unmapped_reason)
            as unmapped_reason
    from instances
    left join pings
        on
            instances.instance_id = pings.instance_id
            and instances.last_ping_at = pings.recorded_at
    left join ping_subscriptions
        on
            instances.instance_id = ping_subscriptions.instance_id
            and instances.last_ping_at = ping_subscriptions.recorded_at
    left join namespace_subscriptions
        on instances.instance_id = namespace_subscriptions.instance_id

),

final as (

    select
        mapped.*,
        labels.instance_type,
        labels.is_opted_out_of_health,
        case
            when mapped.subscription_name is not null then subscriptions.account_id
            else labels.labelled_account_id
        end as account_id
    from mapped
    inner join labels
        on mapped.instance_id = labels.instance_id
    left join subscriptions
        on mapped.subscription_name = subscriptions.subscription_name

)

select * from final
