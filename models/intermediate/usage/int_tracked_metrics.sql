-- One row per tracked metric, with its gates as numbers (R5).

with

tracked_metrics as (

    select * from {{ ref('tracked_metrics') }}

),

metric_definitions as (

    select * from {{ ref('metric_definitions') }}

),

gated as (

    select
        tracked_metrics.key_path,
        tracked_metrics.column_name,
        metric_definitions.data_category,
        metric_definitions.is_available_on_saas,
        case
            when metric_definitions.introduced_release not like '<%'
                then {{ release_text_ordinal('metric_definitions.introduced_release') }}
        end as introduced_ordinal,
        {{ release_text_ordinal('metric_definitions.removed_release') }} as removed_ordinal
    from tracked_metrics
    inner join metric_definitions
        on tracked_metrics.key_path = metric_definitions.key_path

)

select * from gated
