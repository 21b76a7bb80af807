-- One row per counted subscription and month on whose date it is live: what is sold on that date (R8.4 to R8.10), and
-- what it is worth in the reporting currency (R17.2, R17.3).

with

sold as (

    select * from {{ ref('int_subscriptions_sold') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates_as_of') }}

),

final as (

    select
        sold.subscription_name,
        sold.month,
        sold.as_of_date,
        sold.is_as_of_month,
        sold.account_id,
        sold.currency,
        sold.carries_seats,
        sold.is_exempt_from_operational_metrics,
        sold.license_type,
        sold.term_overage_from,
        sold.tier,
        sold.tier_rank,
        sold.sells_self_managed,
        sold.sells_saas,
        sold.licenses_sold,
        cast(sold.arr as double) as arr,
        sold.arr_missing_reason,
        {{ in_reporting_currency('sold.arr', 'exchange_rates.rate') }} as arr_reporting,
        {{ in_reporting_currency('sold.arr', 'exchange_rates.constant_rate') }} as arr_constant_currency,
        {{ reporting_currency_text() }} as reporting_currency,
        exchange_rates.rate as exchange_rate,
        exchange_rates.constant_rate as constant_exchange_rate,
        case
            when sold.arr is null then sold.arr_missing_reason
            when sold.arr = 0 then null
            when sold.currency is null then 'currency_blank'
            when {{ reporting_currency_text() }} is null then 'no_reporting_currency'
            when exchange_rates.rate is null then 'rate_missing'
        end as arr_reporting_missing_reason
    from sold
    left join exchange_rates
        on
            sold.currency = exchange_rates.currency
            and sold.month = exchange_rates.month

)

select * from final
