-- One row per counted subscription and month on whose date it is live: what is sold on that date (R8.4 to R8.10), and
-- what it is worth in the reporting currency (R17.2, R17.3).

with

sold as (

    select * from {{ ref('int_subscriptions_sold') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates_as_of') }}

),

joined as (

    select
        sold.*,
        exchange_rates.rate as exchange_rate,
        exchange_rates.constant_rate as constant_exchange_rate,
        case
            when sold.currency is null then 'currency_blank'
            when {{ reporting_currency_text() }} is null then 'no_reporting_currency'
            when exchange_rates.rate is null then 'rate_missing'
        end as exchange_rate_missing_reason
    from sold
    left join exchange_rates
        on
            sold.currency = exchange_rates.currency
            and sold.month = exchange_rates.month

),

final as (

    select
        subscription_name,
        month,
        as_of_date,
        is_as_of_month,
        account_id,
        currency,
        carries_seats,
        is_exempt_from_operational_metrics,
        license_type,
        term_overage_from,
        tier,
        tier_rank,
        sells_self_managed,
        sells_saas,
        licenses_sold,
        cast(arr as double) as arr,
        arr_missing_reason,
        {{ in_reporting_currency('arr', 'exchange_rate') }} as arr_reporting,
        {{ in_reporting_currency('arr', 'constant_exchange_rate') }} as arr_constant_currency,
        {{ reporting_currency_text() }} as reporting_currency,
        exchange_rate,
        constant_exchange_rate,
        exchange_rate_missing_reason,
        case
            when arr is null then arr_missing_reason
            when arr = 0 then null
            else exchange_rate_missing_reason
        end as arr_reporting_missing_reason
    from joined

)

select * from final
