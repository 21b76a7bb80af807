-- One row per tracked metric, with its gates as numbers (R5) and its position among the values of a payload, which
-- staging takes out in the order of their key paths.

with

tracked_metrics as (

    select * from {{ ref('tracked_metrics') }}

),

metric_definitions as (

    select * from {{ ref('metric_definitions') }}

),

numbered as (

    select
        key_path,
        column_name,
        row_number() over (order by key_path) as value_position
    from tracked_metrics

),

gated as (

    select
        numbered.key_path,
        numbered.column_name,
        numbered.value_position,
        metric_definitions.data_category,
        metric_definitions.is_available_on_saas,
        case
            when metric_definitions.introduced_release not like '<%'
                then {{ release_text_ordinal('metric_definitions.introduced_release') }}
        end as introduced_ordinal,
        {{ release_text_ordinal('metric_definitions.removed_release') }} as removed_ordinal
    from numbered
    inner join metric_definitions
        on numbered.key_path = metric_definitions.key_path

)

select * from gated
