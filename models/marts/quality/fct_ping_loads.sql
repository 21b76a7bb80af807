-- One row a landed file: landed = accepted + duplicates + quarantined (R1.1).

with

lines as (

    select * from {{ ref('stg_service_ping__pings') }}

),

deliveries as (

    select * from {{ ref('int_ping_deliveries') }}

),

final as (

    select
        lines.file,
        lines.received_date,
        cast(sum(case when lines.is_blank then 0 else 1 end) as bigint) as landed,
        cast(sum(case when deliveries.outcome = 'accepted' then 1 else 0 end) as bigint) as accepted,
        cast(sum(case when deliveries.outcome = 'duplicate' then 1 else 0 end) as bigint) as duplicates,
        cast(sum(case when deliveries.outcome = 'quarantined' then 1 else 0 end) as bigint) as quarantined
    from lines
    left join deliveries
        on
            lines.file = deliveries.file
            and lines.line_number = deliveries.line_number
    group by
        lines.file,
        lines.received_date

)

select * from final
