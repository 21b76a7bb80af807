-- One row a finding about an instance or its label, as of the run.

with

instances as (

    select * from {{ ref('int_instances_latest') }}

),

labels as (

    select * from {{ ref('stg_gainsight__instance_labels') }}

),

instance_types as (

    select * from {{ ref('instance_types') }}

),

unknown_labels as (

    select
        'unknown_instance_type' as finding,
        'label' as subject_type,
        labels.instance_type_text as subject_id,
        cast(null as varchar) as account_id,
        cast(count(*) as varchar) || ' labels say this; it counts as Unknown' as detail
    from labels
    left join instance_types
        on lower(labels.instance_type_text) = lower(instance_types.instance_type)
    where
        labels.instance_type_text is not null
        and instance_types.instance_type is null
    group by
        labels.instance_type_text

),

shared_hostnames as (

    select
        'hostname_shared' as finding,
        'instance' as subject_type,
        instance_id as subject_id,
        account_id,
        'hostname ' || hostname || ' is of several instances' as detail
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

    select * from unknown_labels

    union all

    select * from shared_hostnames

    union all

    select * from shared_uuids

    union all

    select * from unmapped

)

select * from combined
