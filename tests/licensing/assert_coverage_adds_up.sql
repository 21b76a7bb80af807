-- R20.1 Statuses add up to their row, the values of a slice to all, and all to the subscriptions that there are.

with

coverage as (

    select * from {{ ref('fct_usage_coverage_monthly') }}

),

subscriptions as (

    select * from {{ ref('fct_subscription_utilization_monthly') }}

),

statuses as (

    {% for status in availability_status_names() -%}
    select
        month,
        slice,
        slice_value,
        currency,
        '{{ status }}' as availability_status,
        {{ status }}_subscription_count as subscription_count,
        arr_{{ status }} as arr
    from coverage
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

),

rows_by_status as (

    select
        month,
        slice,
        slice_value,
        currency,
        sum(subscription_count) as subscription_count,
        sum(arr) as arr
    from statuses
    group by
        month,
        slice,
        slice_value,
        currency

),

slices_by_status as (

    select
        month,
        slice,
        currency,
        availability_status,
        sum(subscription_count) as subscription_count,
        sum(arr) as arr
    from statuses
    group by
        month,
        slice,
        currency,
        availability_status

),

slices as (

    select
        month,
        slice,
        currency,
        sum(subscription_count) as subscription_count,
        sum(arr_unknown_count) as arr_unknown_count
    from coverage
    group by
        month,
        slice,
        currency

),

whole as (

    select
        slices.month,
        slices.slice,
        sum(slices.subscription_count) as subscription_count
    from slices
    group by
        slices.month,
        slices.slice

),

sold as (

    select
        month,
        count(*) as subscription_count
    from subscriptions
    group by month

)

select
    coverage.month,
    coverage.slice,
    'statuses of the row' as what
from coverage
left join rows_by_status
    on
        coverage.month = rows_by_status.month
        and coverage.slice = rows_by_status.slice
        and coverage.slice_value is not distinct from rows_by_status.slice_value
        and coverage.currency is not distinct from rows_by_status.currency
where
    coverage.subscription_count is distinct from rows_by_status.subscription_count
    or coalesce(abs(coverage.arr_reporting - rows_by_status.arr), 1) > 1e-9 * greatest(1, abs(coverage.arr_reporting))
    or coverage.arr_in_view <> coverage.arr_available

union all

select
    slices_by_status.month,
    slices_by_status.slice,
    slices_by_status.availability_status as what
from slices_by_status
left join slices_by_status as everything
    on
        slices_by_status.month = everything.month
        and slices_by_status.currency is not distinct from everything.currency
        and slices_by_status.availability_status = everything.availability_status
        and everything.slice = 'all'
where
    slices_by_status.subscription_count is distinct from everything.subscription_count
    or coalesce(abs(slices_by_status.arr - everything.arr), 1) > 1e-9 * greatest(1, abs(everything.arr))

union all

select
    slices.month,
    slices.slice,
    'unknown amounts' as what
from slices
left join slices as everything
    on
        slices.month = everything.month
        and slices.currency is not distinct from everything.currency
        and everything.slice = 'all'
where
    slices.arr_unknown_count is distinct from everything.arr_unknown_count

union all

select
    coalesce(whole.month, sold.month) as month,
    whole.slice,
    'subscriptions sold' as what
from sold
full outer join whole
    on sold.month = whole.month
where
    sold.subscription_count is distinct from whole.subscription_count
