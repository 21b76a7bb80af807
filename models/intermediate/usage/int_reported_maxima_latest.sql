-- One row per instance with a ping or seats by the as-of date: the most users that the latest of them reports itself.
-- It speaks for a term that begins by reported_for: the start of the licence, or the date of the seats (R18.2).

with

latest_pings as (

    select * from {{ ref('int_pings_latest_of_month') }}

),

payloads as (

    select * from {{ ref('stg_service_ping__pings') }}

),

ping_values as (

    select * from {{ ref('int_ping_metric_values') }}

),

metrics as (

    select * from {{ ref('int_tracked_metrics') }}
    where
        column_name = 'max_historical_user_count'

),

seats as (

    select * from {{ ref('int_namespace_seats') }}

),

ranked_pings as (

    select
        latest_pings.instance_id,
        latest_pings.usage_month,
        payloads.license_starts_on,
        row_number() over (
            partition by latest_pings.instance_id
            order by latest_pings.usage_month desc
        ) as usage_recency
    from latest_pings
    inner join payloads
        on
            latest_pings.file = payloads.file
            and latest_pings.line_number = payloads.line_number

),

ranked_seats as (

    select
        *,
        row_number() over (
            partition by instance_id
            order by ping_date desc
        ) as usage_recency
    from seats

),

combined as (

    select
        ranked_pings.instance_id,
        ranked_pings.license_starts_on as reported_for,
        ping_values.value as reported_maximum
    from ranked_pings
    inner join ping_values
        on
            ranked_pings.instance_id = ping_values.instance_id
            and ranked_pings.usage_month = ping_values.usage_month
    inner join metrics
        on ping_values.key_path = metrics.key_path
    where
        ranked_pings.usage_recency = 1

    union all

    select
        instance_id,
        ping_date as reported_for,
        max_seats_used as reported_maximum
    from ranked_seats
    where
        usage_recency = 1

)

select * from combined
