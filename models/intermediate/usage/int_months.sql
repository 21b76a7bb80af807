-- One row per month that the marts show, without gaps, from the first accepted usage to the as-of month.
-- as_of_date is the date that the month's row speaks for: D of the rulebook.

with

pings as (

    select * from {{ ref('int_pings_accepted') }}

),

namespace_dates as (

    select * from {{ ref('int_namespace_dates') }}

),

calendar as (

    {{ dbt.date_spine(
        datepart='month',
        start_date="cast('" ~ first_month() ~ "' as date)",
        end_date=dbt.dateadd('month', 1, dbt.date_trunc('month', as_of_date()))
    ) }}

),

usage_dates as (

    select recorded_on as usage_on
    from pings
    where
        recorded_on <= {{ as_of_date() }}

    union all

    select ping_date as usage_on
    from namespace_dates

),

first_usage as (

    select {{ dbt.date_trunc('month', 'min(usage_on)') }} as first_usage_month
    from usage_dates

),

months as (

    select
        cast(calendar.date_month as date) as month,
        least(
            cast({{ dbt.last_day('calendar.date_month', 'month') }} as date),
            {{ as_of_date() }}
        ) as as_of_date,
        cast(calendar.date_month as date) = cast({{ dbt.date_trunc('month', as_of_date()) }} as date) as is_as_of_month
    from calendar
    cross join first_usage
    where
        -- Without any usage the as-of month alone says so.
        calendar.date_month >= coalesce(
            first_usage.first_usage_month,
            {{ dbt.date_trunc('month', as_of_date()) }}
        )

)

select * from months
