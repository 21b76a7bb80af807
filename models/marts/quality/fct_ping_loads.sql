-- One row per landed file: landed = accepted + duplicates + quarantined (R1.1).

with

deliveries as (

    select * from {{ ref('int_ping_deliveries') }}

),

final as (

    select
        file,
        received_date,
        cast(sum(case when outcome = 'blank' then 0 else 1 end) as bigint) as landed,
        cast(sum(case when outcome = 'accepted' then 1 else 0 end) as bigint) as accepted,
        cast(sum(case when outcome = 'duplicate' then 1 else 0 end) as bigint) as duplicates,
        cast(sum(case when outcome = 'quarantined' then 1 else 0 end) as bigint) as quarantined
    from deliveries
    group by
        file,
        received_date

)

select * from final
