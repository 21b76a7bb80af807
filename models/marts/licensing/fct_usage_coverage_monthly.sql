-- One row per month, slice of what is sold and value of it (without a reporting currency also per currency): how much
-- of it is in view, and what hides the rest (R20.1).

with

slices as (

    select * from {{ ref('int_subscription_slices') }}

),

-- Sums are of the amounts that are known; those that are not are counted beside them.
counted as (

    select
        *,
        case when amount is null then 0 else cast(amount as decimal(38, 8)) end as known_amount
    from slices

),

summed as (

    select
        month,
        slice,
        slice_value,
        amount_currency as currency,
        count(*) as subscription_count,
        count(distinct account_id) as account_count,
        count(*) - count(amount) as arr_unknown_count,
        {% for status in availability_status_names() -%}
        cast(sum(case when availability_status = '{{ status }}' then 1 else 0 end) as bigint)
            as {{ status }}_subscription_count,
        sum(case when availability_status = '{{ status }}' then known_amount else 0 end) as arr_{{ status }},
        {% endfor -%}
        sum(known_amount) as arr_reporting
    from counted
    group by
        month,
        slice,
        slice_value,
        amount_currency

),

final as (

    select
        month,
        slice,
        slice_value,
        currency,
        subscription_count,
        account_count,
        cast(arr_reporting as double) as arr_reporting,
        cast(arr_available as double) as arr_in_view,
        cast(arr_available as double) / nullif(cast(arr_reporting as double), 0) as arr_in_view_share,
        {% for status in availability_status_names() -%}
        cast(arr_{{ status }} as double) as arr_{{ status }},
        {{ status }}_subscription_count,
        {% endfor -%}
        arr_unknown_count
    from summed

)

select * from final
