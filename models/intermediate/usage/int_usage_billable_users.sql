-- One row per usage by the as-of date, an accepted ping or a date of a namespace's seats: its billable users (R9.2).

with

pings as (

    select * from {{ ref('int_pings_accepted') }}
    where
        recorded_on <= {{ as_of_date() }}

),

payloads as (

    select * from {{ ref('stg_service_ping__pings') }}

),

metrics as (

    select * from {{ ref('int_tracked_metrics') }}
    where
        column_name = 'billable_user_count'

),

seats as (

    select * from {{ ref('int_namespace_seats') }}

),

carried as (

    select
        pings.instance_id,
        pings.recorded_at,
        pings.recorded_on,
        pings.release_ordinal,
        payloads.shared_data_categories,
        metrics.introduced_ordinal,
        metrics.removed_ordinal,
        metrics.data_category,
        cast({{ list_element('payloads.metric_values', 'metrics.value_position') }} as varchar) as json_value
    from pings
    inner join payloads
        on
            pings.file = payloads.file
            and pings.line_number = payloads.line_number
    cross join metrics

),

judged as (

    select
        *,
        {{ ping_value_missing_reason('carried.json_value', 'carried', 'carried') }} as missing_reason
    from carried

),

combined as (

    select
        instance_id,
        recorded_at as usage_at,
        recorded_on as usage_on,
        'ping' as usage_kind,
        case when missing_reason is null then {{ usable_json_value('json_value') }} end as billable_user_count
    from judged

    union all

    select
        instance_id,
        cast(ping_date as timestamp) as usage_at,
        ping_date as usage_on,
        'seats' as usage_kind,
        seats_in_use as billable_user_count
    from seats

)

select * from combined
