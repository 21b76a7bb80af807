-- One row per landed line that is no ping, with where it stands and what is wrong with it (R1.2); its text is in the
-- file, and here where it may be published (R14.1).

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
