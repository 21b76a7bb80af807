-- One row a landed line that is not blank, with what became of it (R1.1, R1.3).

with

lines as (

    select * from {{ ref('stg_service_ping__pings') }}
    where
        not is_blank

),

deliveries as (

    select
        file,
        line_number,
        received_date,
        quarantine_reason,
        raw_text,
        row_number() over (
            partition by quarantine_reason, instance_uuid, hostname, recorded_at
            order by received_date desc, file desc, line_number desc
        ) as delivery_recency
    from lines

),

outcomes as (

    select
        file,
        line_number,
        received_date,
        quarantine_reason,
        raw_text,
        case
            when quarantine_reason is not null then 'quarantined'
            when delivery_recency = 1 then 'accepted'
            else 'duplicate'
        end as outcome
    from deliveries

)

select * from outcomes
