-- One row per instance and account that any of its usage by the as-of date was mapped to at its time: when last (R7.5).

with

ping_subscriptions as (

    select * from {{ ref('int_ping_subscriptions') }}
    where
        cast(recorded_at as date) <= {{ as_of_date() }}

),

namespace_dates as (

    select * from {{ ref('int_namespace_dates') }}

),

ordered_namespaces as (

    select * from {{ ref('int_namespace_subscriptions') }}
    where
        is_as_of_month
        and mapping_method = 'order'

),

subscriptions as (

    select * from {{ ref('int_subscriptions') }}

),

claims as (

    select
        namespace_dates.instance_id,
        namespace_dates.ping_date,
        subscriptions.subscription_name,
        row_number() over (
            partition by namespace_dates.instance_id, namespace_dates.ping_date
            order by {{ namespace_claim_order('subscriptions', 'namespace_dates.ping_date') }}
        ) as claim_rank
    from namespace_dates
    inner join subscriptions
        on
            namespace_dates.namespace_id = subscriptions.namespace_id
            and subscriptions.is_counted

),

usage_subscriptions as (

    select
        instance_id,
        recorded_at as usage_at,
        subscription_name
    from ping_subscriptions

    union all

    select
        instance_id,
        cast(ping_date as timestamp) as usage_at,
        subscription_name
    from claims
    where
        claim_rank = 1

    union all

    select
        namespace_dates.instance_id,
        cast(namespace_dates.ping_date as timestamp) as usage_at,
        ordered_namespaces.subscription_name
    from namespace_dates
    inner join ordered_namespaces
        on namespace_dates.instance_id = ordered_namespaces.instance_id

),

final as (

    select
        usage_subscriptions.instance_id,
        subscriptions.account_id,
        max(usage_subscriptions.usage_at) as last_reported_at
    from usage_subscriptions
    inner join subscriptions
        on usage_subscriptions.subscription_name = subscriptions.subscription_name
    where
        subscriptions.account_id is not null
    group by
        usage_subscriptions.instance_id,
        subscriptions.account_id

)

select * from final
