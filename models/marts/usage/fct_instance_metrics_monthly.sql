-- One row per instance, month and tracked metric, from the month's last ping: the value or why there is none.

with

metric_values as (

    select * from {{ ref('int_instance_metric_values') }}

),

months as (

    select * from {{ ref('int_months') }}

),

final as (

    select
        metric_values.instance_id,
        months.month,
        metric_values.key_path,
        metric_values.value,
        metric_values.missing_reason
    from metric_values
    inner join months
        on metric_values.usage_month = months.month

)

select * from final
