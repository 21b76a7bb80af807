-- One row per renewal: what seats over and under its licences are worth, in the billing currency and in the reporting
-- one (R18.3). None over or unused is worth 0 at any price.

with

renewals as (

    select * from {{ ref('int_renewals') }}

),

term_peaks as (

    select * from {{ ref('int_term_peaks') }}

),

seat_prices as (

    select * from {{ ref('int_seat_prices') }}

),

counted as (

    select
        renewals.subscription_name,
        renewals.account_id,
        renewals.exchange_rate,
        seat_prices.seat_price,
        seat_prices.max_seat_price,
        seat_prices.price_missing_reason,
        renewals.overage,
        {{ excess_of('term_peaks.term_peak_user_count', 'renewals.licenses_sold') }} as peak_overage,
        {{ excess_of('renewals.licenses_sold', 'renewals.billable_user_count') }} as unused
    from renewals
    inner join term_peaks
        on renewals.subscription_name = term_peaks.subscription_name
    inner join seat_prices
        on renewals.subscription_name = seat_prices.subscription_name

),

priced as (

    select
        *,
        case when overage = 0 then 0 else {{ half_up('overage * max_seat_price', 2) }} end as overage_value,
        case
            when peak_overage = 0 then 0 else {{ half_up('peak_overage * max_seat_price', 2) }}
        end as peak_overage_value,
        case when unused = 0 then 0 else {{ half_up('unused * seat_price', 2) }} end as unused_value
    from counted

),

final as (

    select
        subscription_name,
        account_id,
        seat_price,
        max_seat_price,
        price_missing_reason,
        overage_value,
        peak_overage_value,
        unused_value,
        {{ in_reporting_currency('overage_value', 'exchange_rate') }} as overage_value_reporting,
        {{ in_reporting_currency('peak_overage_value', 'exchange_rate') }} as peak_overage_value_reporting,
        {{ in_reporting_currency('unused_value', 'exchange_rate') }} as unused_value_reporting
    from priced

)

select * from final
