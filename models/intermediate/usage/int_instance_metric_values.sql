-- One row per instance, calendar month and tracked metric: servers and namespaces alike.

with

ping_values as (

    select * from {{ ref('int_ping_metric_values') }}

),

namespace_values as (

    select * from {{ ref('int_namespace_metric_values') }}

),

combined as (

    select
        instance_id,
        usage_month,
        key_path,
        value,
        missing_reason
    from ping_values

    union all

    select
        instance_id,
        usage_month,
        key_path,
        value,
        missing_reason
    from namespace_values

)

select * from combined
