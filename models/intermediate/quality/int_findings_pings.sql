-- One row per landed file and reason for which lines of it are quarantined.

with

deliveries as (

    select * from {{ ref('int_ping_deliveries') }}
    where
        outcome = 'quarantined'

),

quarantined as (

    select
        'quarantined_ping' as finding,
        'file' as subject_type,
        file as subject_id,
        cast(null as varchar) as account_id,
        cast(count(*) as varchar) || ' lines: ' || quarantine_reason as detail
    from deliveries
    group by
        file,
        quarantine_reason

)

select * from quarantined
