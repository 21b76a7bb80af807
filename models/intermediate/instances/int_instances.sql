-- One row per instance: a server or a SaaS namespace that has reported usage (R2.1).

with

pings as (

    select * from {{ ref('int_pings_accepted') }}

),

namespace_dates as (

    select * from {{ ref('int_namespace_dates') }}

),

servers as (

    select
        instance_id,
        instance_uuid,
        hostname,
        cast(null as varchar) as namespace_id,
        min(recorded_at) as first_ping_at,
        max(recorded_at) as last_ping_at
    from pings
    group by
        instance_id,
        instance_uuid,
        hostname

),

namespaces as (

    select
        instance_id,
        cast(null as varchar) as instance_uuid,
        cast(null as varchar) as hostname,
        namespace_id,
        cast(min(ping_date) as timestamp) as first_ping_at,
        cast(max(ping_date) as timestamp) as last_ping_at
    from namespace_dates
    group by
        instance_id,
        namespace_id

),

combined as (

    select * from servers

    union all

    select * from namespaces

),

flagged as (

    select
        instance_id,
        instance_uuid,
        hostname,
        namespace_id,
        first_ping_at,
        last_ping_at,
        coalesce(hostname, '') <> '' and count(*) over (partition by hostname) > 1 as shares_hostname,
        instance_uuid is not null and count(*) over (partition by instance_uuid) > 1 as shares_uuid
    from combined

)

select * from flagged
