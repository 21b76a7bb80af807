-- One row per landed line that is no ping, with the original text and what is wrong with it (R1.2).

with

deliveries as (

    select * from {{ ref('int_ping_deliveries') }}

),

final as (

    select
        file,
        line_number as line,
        quarantine_reason as reason,
        received_date,
        raw_text
    from deliveries
    where
        outcome = 'quarantined'

)

select * from final
