-- One row per landed line received by the as-of date (R1.5), with what became of it (R1.1, R1.3).
-- Its original text ends at staging (R14.1), unless it is to be published.

with

lines as (

    select * from {{ ref('stg_service_ping__pings') }}
    where
        received_date <= {{ as_of_date() }}

),

damaged_files as (

    select file from lines
    where
        is_damaged

),

-- Of an archive that cannot be read to its end nothing counts but that: it is one line, whatever was read of it before.
readable as (

    select
        lines.file,
        case when lines.is_damaged then 1 else lines.line_number end as line_number,
        lines.received_date,
        lines.is_blank,
        lines.quarantine_reason,
        lines.raw_text,
        lines.instance_uuid,
        lines.hostname,
        lines.recorded_at,
        lines.version,
        lines.is_dedicated,
        lines.license_md5,
        lines.license_sha256,
        lines.license_subscription_id
    from lines
    left join damaged_files
        on lines.file = damaged_files.file
    where
        lines.is_damaged
        or damaged_files.file is null

),

deliveries as (

    select
        *,
        row_number() over (
            partition by is_blank, quarantine_reason, instance_uuid, hostname, recorded_at
            order by received_date desc, file desc, line_number desc
        ) as delivery_recency
    from readable

),

outcomes as (

    select
        file,
        line_number,
        received_date,
        case
            when is_blank then 'blank'
            when quarantine_reason is not null then 'quarantined'
            when delivery_recency = 1 then 'accepted'
            else 'duplicate'
        end as outcome,
        quarantine_reason,
        {{ shown_raw_text('raw_text') }} as raw_text,
        instance_uuid,
        hostname,
        recorded_at,
        version,
        is_dedicated,
        license_md5,
        license_sha256,
        license_subscription_id
    from deliveries

)

select * from outcomes
