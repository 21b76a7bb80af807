-- One row per label and instance that it matches, the best of an instance first (R6.2, R6.3): by uuid and host, both
-- reduced to the host as a person means it; else by uuid alone. A namespace matches by its id.

with

instances as (

    select
        instance_id,
        namespace_id,
        lower(instance_uuid) as instance_uuid,
        {{ host_of('hostname') }} as host_name
    from {{ ref('int_instances') }}

),

labels as (

    select
        label_number,
        label_precedence,
        instance_uuid,
        namespace_id,
        {{ host_of('hostname') }} as host_name
    from {{ ref('stg_gainsight__instance_labels') }}

),

matches as (

    select
        instances.instance_id,
        labels.label_number,
        labels.label_precedence,
        labels.host_name is not null as is_exact
    from instances
    inner join labels
        on
            instances.instance_uuid = labels.instance_uuid
            and coalesce(instances.host_name = labels.host_name, labels.host_name is null)

    union all

    select
        instances.instance_id,
        labels.label_number,
        labels.label_precedence,
        true as is_exact
    from instances
    inner join labels
        on instances.namespace_id = labels.namespace_id

),

ranked as (

    select
        instance_id,
        label_number,
        row_number() over (
            partition by instance_id
            order by
                case when is_exact then 0 else 1 end asc,
                label_precedence asc
        ) as match_rank
    from matches

)

select * from ranked
