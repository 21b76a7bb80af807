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

described as (

    select
        carried.instance_id,
        carried.usage_month,
        metrics.key_path,
        carried.json_value,
        carried.json_value is null or carried.json_value = 'null' as is_absent,
        metrics.introduced_ordinal is not null or metrics.removed_ordinal is not null as is_gated,
        carried.release_ordinal is null as is_release_unknown,
        coalesce(carried.release_ordinal < metrics.introduced_ordinal, false)
        or coalesce(carried.release_ordinal >= metrics.removed_ordinal, false) as is_outside_release_gate,
        carried.shared_data_categories is not null
        and not {{ list_has('carried.shared_data_categories', 'metrics.data_category') }} as is_category_not_shared
    from carried
    inner join metrics
        on carried.value_position = metrics.value_position

),

judged as (

    select
        instance_id,
        usage_month,
        key_path,
        json_value,
        case
            when is_gated and is_release_unknown then 'release_unknown'
            when is_outside_release_gate then 'not_instrumented_in_release'
            when is_absent and is_category_not_shared then 'category_not_shared'
            when is_absent then 'not_reported'
            else {{ unusable_json_reason('json_value') }}
        end as missing_reason
    from described

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
