-- One row per Service Ping metric of the dictionary; tracked ones have a column name and a description.

with

metric_definitions as (

    select * from {{ ref('metric_definitions') }}

),

tracked_metrics as (

    select * from {{ ref('tracked_metrics') }}

),

final as (

    select
        metric_definitions.key_path,
        metric_definitions.introduced_release,
        metric_definitions.removed_release,
        metric_definitions.status,
        metric_definitions.time_frame,
        metric_definitions.data_category,
        metric_definitions.value_type,
        metric_definitions.product_stage,
        metric_definitions.product_group,
        metric_definitions.tiers,
        metric_definitions.is_ee,
        metric_definitions.is_available_on_saas,
        tracked_metrics.key_path is not null as is_tracked,
        tracked_metrics.column_name,
        tracked_metrics.description
    from metric_definitions
    left join tracked_metrics
        on metric_definitions.key_path = tracked_metrics.key_path

)

select * from final
