-- R7.3 An instance has a subscription and the method, or a reason why it has none; never both, never neither.

with

instances as (

    select
        instance_id,
        subscription_name,
        mapping_method,
        unmapped_reason
    from {{ ref('dim_instances') }}

    union all

    select
        instance_id,
        subscription_name,
        mapping_method,
        unmapped_reason
    from {{ ref('int_instances_as_of') }}

)

select *
from instances
where
    (subscription_name is null) <> (mapping_method is null)
    or (subscription_name is null) <> (unmapped_reason is not null)
