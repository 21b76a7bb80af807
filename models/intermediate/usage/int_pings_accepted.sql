-- One row per accepted ping of an instance that is not excluded (R1, R2, R3).

with

pings as (

    select * from {{ ref('int_ping_deliveries') }}
    where
        outcome = 'accepted'

),

exclusions as (

    select * from {{ ref('exclusions') }}

),

accepted as (

    select
        pings.file,
        pings.line_number,
        pings.received_date,
        pings.instance_uuid,
        pings.hostname,
        pings.recorded_at,
        pings.version,
        pings.is_dedicated,
        pings.license_md5,
        pings.license_sha256,
        pings.license_subscription_id,
        regexp_extract(pings.version, '^v?([0-9]+)[.]([0-9]+)', 1) as major_text,
        regexp_extract(pings.version, '^v?([0-9]+)[.]([0-9]+)', 2) as minor_text
    from pings
    left join exclusions
        on
            lower(pings.instance_uuid) = lower(exclusions.id)
            and exclusions.kind = 'instance_uuid'
    where
        exclusions.id is null

),

numbered as (

    select
        *,
        {{ dbt.safe_cast('major_text', 'bigint') }} as release_major,
        {{ dbt.safe_cast('minor_text', 'bigint') }} as release_minor
    from accepted

),

final as (

    select
        {{ dbt.hash("'instance|' || instance_uuid || '|' || hostname") }} as instance_id,
        recorded_at,
        cast(recorded_at as date) as recorded_on,
        cast({{ dbt.date_trunc('month', 'recorded_at') }} as date) as recorded_month,
        file,
        line_number,
        received_date,
        instance_uuid,
        hostname,
        case when is_dedicated then 'SaaS' else 'Self-Managed' end as delivery_type,
        case when is_dedicated then 'Dedicated' else 'Self-Managed' end as deployment_type,
        version,
        release_major || '.' || release_minor as release,
        {{ release_ordinal('release_major', 'release_minor') }} as release_ordinal,
        case
            when release_major is not null and release_minor is not null
                then regexp_extract(version, '-(pre|rc[0-9]+)([^a-zA-Z0-9]|$)') <> ''
        end as is_prerelease,
        license_md5,
        license_sha256,
        license_subscription_id
    from numbered

)

select * from final
