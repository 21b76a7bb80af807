-- One row per finding about an instance, as of the run (R2.1, R7.3).

with

instances as (

    select * from {{ ref('int_instances_latest') }}

),

shared_hostnames as (

    select
        'hostname_shared' as finding,
        'instance' as subject_type,
        instance_id as subject_id,
        account_id,
        'hostname ' || {{ shown_hostname('hostname') }} || ' is of several instances' as detail
    from instances
    where
        shares_hostname

),

shared_uuids as (

    select
        'uuid_shared' as finding,
        'instance' as subject_type,
        instance_id as subject_id,
        account_id,
        'uuid ' || instance_uuid || ' is of several instances' as detail
    from instances
    where
        shares_uuid

),

unmapped as (

    select
        'usage_not_mapped' as finding,
        'instance' as subject_type,
        instance_id as subject_id,
        account_id,
        unmapped_reason as detail
    from instances
    where
        unmapped_reason is not null

),

combined as (

    select * from shared_hostnames

    union all

    select * from shared_uuids

    union all

    select * from unmapped

)

select * from combined
