-- One row per instance, calendar month and tracked metric, from the month's last ping: the value or why there is none.

with

latest_pings as (

    select * from {{ ref('int_pings_latest_of_month') }}

),

payloads as (

    select * from {{ ref('stg_service_ping__pings') }}

),

metrics as (

    select * from {{ ref('int_tracked_metrics') }}

),

carried as (

    select
        latest_pings.instance_id,
        latest_pings.usage_month,
        latest_pings.release_ordinal,
        payloads.shared_data_categories,
        {{ unnest_with_position('payloads.metric_values', 'json_value') }}
    from latest_pings
    inner join payloads
        on
            latest_pings.file = payloads.file
            and latest_pings.line_number = payloads.line_number

),

judged as (

    select
        carried.instance_id,
        carried.usage_month,
        metrics.key_path,
        carried.json_value,
        {{ ping_value_missing_reason('carried.json_value', 'carried', 'metrics') }} as missing_reason
    from carried
    inner join metrics
        on carried.value_position = metrics.value_position

),

final as (

    select
        instance_id,
        usage_month,
        key_path,
        case when missing_reason is null then {{ usable_json_value('json_value') }} end as value,
        missing_reason
    from judged

)

select * from final
