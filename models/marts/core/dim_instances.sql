-- One row per instance: a server or a SaaS namespace that has reported usage, as its latest usage shows it.

with

instances as (

    select * from {{ ref('int_instances_latest') }}

),

suggested_labels as (

    select * from {{ ref('int_suggested_labels') }}

),

usage_today as (

    select * from {{ ref('int_instance_utilization_current') }}

),

namespaces as (

    select * from {{ ref('stg_saas__namespaces') }}

),

releases as (

    select
        release,
        {{ release_text_ordinal('release') }} as release_ordinal
    from {{ ref('gitlab_releases') }}
    where
        release_date <= {{ as_of_date() }}

),

release_ages as (

    select
        instances.instance_id,
        count(releases.release) as releases_behind
    from instances
    left join releases
        on instances.release_ordinal < releases.release_ordinal
    where
        instances.release_ordinal is not null
    group by
        instances.instance_id

),

final as (

    select
        instances.instance_id,
        instances.delivery_type,
        instances.deployment_type,
        instances.instance_uuid,
        {{ shown_hostname('instances.hostname') }} as hostname,
        instances.namespace_id,
        namespaces.namespace_name,
        instances.version,
        instances.release,
        instances.is_prerelease,
        release_ages.releases_behind,
        instances.instance_type,
        instances.is_opted_out_of_health,
        suggested_labels.suggested_instance_type,
        suggested_labels.suggestion_evidence,
        suggested_labels.suggested_arr_in_view,
        instances.subscription_name,
        instances.account_id,
        usage_today.tier,
        usage_today.billable_user_count,
        case
            when usage_today.instance_id is null then 'no_recent_usage'
            else usage_today.billable_missing_reason
        end as billable_users_missing_reason,
        usage_today.licenses_sold,
        usage_today.license_utilization,
        instances.mapping_method,
        instances.unmapped_reason,
        instances.first_ping_at,
        instances.last_ping_at,
        instances.shares_hostname,
        instances.shares_uuid
    from instances
    left join suggested_labels
        on instances.instance_id = suggested_labels.instance_id
    left join release_ages
        on instances.instance_id = release_ages.instance_id
    left join usage_today
        on instances.instance_id = usage_today.instance_id
    left join namespaces
        on instances.namespace_id = namespaces.namespace_id

)

select * from final
