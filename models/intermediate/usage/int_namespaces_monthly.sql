-- One row per namespace and calendar month with usage: its last dates of seats and of metrics, of which each speaks
-- for itself (R9.1).

with

dates as (

    select * from {{ ref('int_namespace_dates') }}

),

last_dates as (

    select
        instance_id,
        namespace_id,
        usage_month,
        max(case when has_seats then ping_date end) as last_seats_date,
        max(case when has_metrics then ping_date end) as last_metrics_date
    from dates
    group by
        instance_id,
        namespace_id,
        usage_month

)

select * from last_dates
