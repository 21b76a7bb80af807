-- One row per currency with a rate by the as-of date, and month: its rate on the month's date and on the as-of date
-- (R17.1). None at all where no reporting currency is set.

with

rates as (

    select *
    from {{ ref('stg_operations__exchange_rates') }}
    where
        currency is not null
        and valid_from is not null
        and rate is not null

),

months as (

    select * from {{ ref('int_months') }}

),

ranked as (

    select
        rates.currency,
        months.month,
        months.as_of_date,
        months.is_as_of_month,
        rates.rate,
        row_number() over (
            partition by rates.currency, months.month
            order by rates.valid_from desc, rates.rate_number desc
        ) as rate_recency
    from rates
    inner join months
        on rates.valid_from <= months.as_of_date
    where
        rates.currency <> {{ reporting_currency_text() }}

),

in_force as (

    select * from ranked
    where
        rate_recency = 1

),

-- The rate of the as-of date values every month alike, also those in which there was none yet.
at_constant_rate as (

    select
        in_force.currency,
        months.month,
        in_force.rate as constant_rate
    from in_force
    cross join months
    where
        in_force.is_as_of_month

),

final as (

    select
        at_constant_rate.currency,
        at_constant_rate.month,
        in_force.rate,
        at_constant_rate.constant_rate
    from at_constant_rate
    left join in_force
        on
            at_constant_rate.currency = in_force.currency
            and at_constant_rate.month = in_force.month

    union all

    select
        {{ reporting_currency_text() }} as currency,
        month,
        cast(1 as decimal(38, 18)) as rate,
        cast(1 as decimal(38, 18)) as constant_rate
    from months
    where
        {{ reporting_currency_text() }} is not null

)

select * from final
