-- One row per instance and calendar month: its last ping recorded in it, not after the as-of date (R9.1).

with

pings as (

    select * from {{ ref('int_pings_accepted') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by instance_id, recorded_month
            order by recorded_at desc
        ) as ping_recency
    from pings
    where
        recorded_on <= {{ as_of_date() }}

),

latest as (

    select
        instance_id,
        recorded_month as usage_month,
        recorded_at,
        file,
        line_number,
        delivery_type,
        deployment_type,
        release_ordinal
    from ranked
    where
        ping_recency = 1

)

select * from latest
