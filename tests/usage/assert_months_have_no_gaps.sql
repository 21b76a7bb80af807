-- R1 Months follow one another up to the as-of month, which is the last, and D lies in its month.

with

months as (

    select * from {{ ref('int_months') }}

),

neighbours as (

    select
        month,
        as_of_date,
        is_as_of_month,
        lead(month) over (order by month) as next_month
    from months

)

select * from neighbours
where
    as_of_date < month
    or as_of_date > {{ dbt.last_day('month', 'month') }}
    or is_as_of_month <> (next_month is null)
    or next_month <> {{ dbt.dateadd('month', 1, 'month') }}

union all

-- The as-of month is there even without any usage.
select
    cast(null as date) as month,
    {{ as_of_date() }} as as_of_date,
    true as is_as_of_month,
    cast(null as date) as next_month
from (select count(*) as month_count from months) as counted
where
    month_count = 0
