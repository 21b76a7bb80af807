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

namespace_months as (

    select * from {{ ref('int_namespaces_monthly') }}

),

seats as (

    select * from {{ ref('int_namespace_seats') }}

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

namespace_seats as (

    select
        namespace_months.instance_id,
        namespace_months.usage_month,
        seats.seats_in_use,
        seats.missing_reason
    from namespace_months
    inner join seats
        on
            namespace_months.instance_id = seats.instance_id
            and namespace_months.last_seats_date = seats.ping_date

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
        seats_in_use as billable_user_count,
        missing_reason
    from namespace_seats

)

select * from combined
