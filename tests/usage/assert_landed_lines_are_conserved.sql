-- R1.1 landed = accepted + duplicates + quarantined, per file and in all; each distinct ping is accepted once.

with

lines as (

    select * from {{ ref('stg_service_ping__pings') }}
    where
        not is_blank
        and received_date <= {{ as_of_date() }}

),

damaged_files as (

    select file from lines
    where
        is_damaged

),

-- An archive that cannot be read to its end is one line, whatever was read of it before.
landed as (

    select lines.*
    from lines
    left join damaged_files
        on lines.file = damaged_files.file
    where
        lines.is_damaged
        or damaged_files.file is null

),

deliveries as (

    select * from {{ ref('int_ping_deliveries') }}
    where
        outcome <> 'blank'

),

loads as (

    select * from {{ ref('fct_ping_loads') }}

),

pings as (

    select * from {{ ref('int_pings_accepted') }}

),

exclusions as (

    select * from {{ ref('exclusions') }}
    where
        kind = 'instance_uuid'

),

landed_per_file as (

    select
        file,
        count(*) as landed
    from landed
    group by
        file

),

outcomes_per_file as (

    select
        file,
        sum(case when outcome = 'accepted' then 1 else 0 end) as accepted,
        sum(case when outcome = 'duplicate' then 1 else 0 end) as duplicates,
        sum(case when outcome = 'quarantined' then 1 else 0 end) as quarantined
    from deliveries
    group by
        file

),

identities as (

    select distinct
        instance_uuid,
        hostname,
        recorded_at
    from landed
    where
        quarantine_reason is null

),

counted_identities as (

    select
        count(*) as all_identities,
        sum(case when exclusions.id is null then 1 else 0 end) as identities_of_counted_instances
    from identities
    left join exclusions
        on lower(identities.instance_uuid) = lower(exclusions.id)

),

counted_deliveries as (

    select count(*) as accepted
    from deliveries
    where
        outcome = 'accepted'

),

counted_pings as (

    select count(*) as pings
    from pings

),

files_that_do_not_add_up as (

    select
        coalesce(landed_per_file.file, outcomes_per_file.file) as file,
        landed_per_file.landed as expected,
        outcomes_per_file.accepted + outcomes_per_file.duplicates + outcomes_per_file.quarantined as counted
    from landed_per_file
    full outer join outcomes_per_file
        on landed_per_file.file = outcomes_per_file.file
    where
        landed_per_file.landed is null
        or outcomes_per_file.file is null
        or landed_per_file.landed
        <> outcomes_per_file.accepted + outcomes_per_file.duplicates + outcomes_per_file.quarantined

),

published_loads_that_do_not_add_up as (

    select
        outcomes_per_file.file,
        landed_per_file.landed as expected,
        loads.landed as counted
    from outcomes_per_file
    inner join landed_per_file
        on outcomes_per_file.file = landed_per_file.file
    left join loads
        on outcomes_per_file.file = loads.file
    where
        loads.file is null
        or loads.landed <> landed_per_file.landed
        or loads.accepted <> outcomes_per_file.accepted
        or loads.duplicates <> outcomes_per_file.duplicates
        or loads.quarantined <> outcomes_per_file.quarantined

),

totals_that_do_not_add_up as (

    select
        'accepted deliveries' as file,
        counted_identities.all_identities as expected,
        counted_deliveries.accepted as counted
    from counted_identities
    cross join counted_deliveries
    where
        counted_identities.all_identities <> counted_deliveries.accepted

    union all

    select
        'pings of instances that count' as file,
        counted_identities.identities_of_counted_instances as expected,
        counted_pings.pings as counted
    from counted_identities
    cross join counted_pings
    where
        counted_identities.identities_of_counted_instances <> counted_pings.pings

)

select * from files_that_do_not_add_up

union all

select * from published_loads_that_do_not_add_up

union all

select * from totals_that_do_not_add_up
