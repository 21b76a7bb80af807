-- One row per finding about a label: its type is not a known one, or it matches no instance (R6.1, R6.2).

with

labels as (

    select * from {{ ref('stg_gainsight__instance_labels') }}

),

instance_types as (

    select * from {{ ref('instance_types') }}

),

matches as (

    select * from {{ ref('int_label_matches') }}

),

account_survivors as (

    select * from {{ ref('int_account_survivors') }}

),

matched_labels as (

    select
        label_number,
        count(*) as instance_count
    from matches
    group by
        label_number

),

unknown_types as (

    select
        'unknown_instance_type' as finding,
        'label' as subject_type,
        {{ shape_of('labels.instance_type_text') }} as subject_id,
        cast(null as varchar) as account_id,
        cast(count(*) as varchar) || ' labels have a type that looks like this; it counts as Unknown' as detail
    from labels
    left join instance_types
        on lower(labels.instance_type_text) = lower(instance_types.instance_type)
    where
        labels.instance_type_text is not null
        and instance_types.instance_type is null
    group by
        {{ shape_of('labels.instance_type_text') }}

),

unmatched as (

    select
        {{ shown_id("coalesce(labels.instance_uuid, labels.namespace_id, 'blank')") }} as subject_id,
        case
            when {{ host_of('labels.hostname') }} is not null
                then 'hostname ' || {{ shown_hostname(host_of('labels.hostname')) }} || ': '
            else ''
        end as hostname_in_words,
        account_survivors.surviving_account_id as account_id
    from labels
    left join matched_labels
        on labels.label_number = matched_labels.label_number
    left join account_survivors
        on labels.crm_account_id = account_survivors.account_id
    where
        matched_labels.label_number is null

),

without_instance as (

    select
        'label_without_instance' as finding,
        'label' as subject_type,
        subject_id,
        -- Labels of one instance under several accounts: it is of none of them for certain.
        case when count(distinct coalesce(account_id, '')) = 1 then max(account_id) end as account_id,
        hostname_in_words || cast(count(*) as varchar) || ' labels match no instance that has reported' as detail
    from unmatched
    group by
        subject_id,
        hostname_in_words

),

combined as (

    select * from unknown_types

    union all

    select * from without_instance

)

select * from combined
