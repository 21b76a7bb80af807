-- One row per instance and calendar month: the billable users that it reports, or why it reports none (R9.2).
-- A server counts them itself; of a namespace they are the seats in use on the month's last seats date.

with

ping_values as (

    select * from {{ ref('int_ping_metric_values') }}

),

metrics as (

    select * from {{ ref('int_tracked_metrics') }}
    where
        column_name = 'billable_user_count'

),

dates as (

    select * from {{ ref('int_namespace_dates') }}
    where
        has_seats

),

seats as (

    select * from {{ ref('stg_saas__namespace_seats') }}

),

server_billable_users as (

    select
        ping_values.instance_id,
        ping_values.usage_month,
        ping_values.value,
        ping_values.missing_reason
    from ping_values
    inner join metrics
        on ping_values.key_path = metrics.key_path

),

latest_dates as (

    select
        instance_id,
        namespace_id,
        usage_month,
        max(ping_date) as ping_date
    from dates
    group by
        instance_id,
        namespace_id,
        usage_month

),

-- Of repeated rows the later file's later one counts (R16.7).
ranked_seats as (

    select
        latest_dates.instance_id,
        latest_dates.usage_month,
        seats.seats_in_use_text,
        row_number() over (
            partition by latest_dates.instance_id, latest_dates.usage_month
            order by seats._file_order desc, seats._file desc, seats._row desc
        ) as row_recency
    from latest_dates
    inner join seats
        on
            latest_dates.namespace_id = seats.namespace_id
            and latest_dates.ping_date = seats.ping_date

),

namespace_seats as (

    select
        instance_id,
        usage_month,
        seats_in_use_text,
        case
            when seats_in_use_text is null then 'not_reported'
            else {{ unusable_reason(number_text('seats_in_use_text')) }}
        end as missing_reason
    from ranked_seats
    where
        row_recency = 1

),

combined as (

    select
        instance_id,
        usage_month,
        value as billable_user_count,
        missing_reason
    from server_billable_users

    union all

    select
        instance_id,
        usage_month,
        case
            when missing_reason is null then {{ usable_value(number_text('seats_in_use_text')) }}
        end as billable_user_count,
        missing_reason
    from namespace_seats

)

select * from combined
