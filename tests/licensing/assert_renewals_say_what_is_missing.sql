-- R18.2 to R18.4: what is NULL of a renewal has its reason, and what has a reason is NULL; a value is NULL only where a
-- count, the price or the rate is.

with

renewals as (

    select * from {{ ref('fct_renewals_current') }}

),

missing as (

    select
        *,
        billable_user_count is null or licenses_sold is null as is_count_unknown,
        term_peak_user_count is null or licenses_sold is null as is_peak_unknown,
        price_missing_reason is not null as is_price_unknown,
        exchange_rate_missing_reason is not null as is_rate_unknown
    from renewals

)

select
    subscription_name,
    term_peak_missing_reason,
    price_missing_reason,
    exchange_rate_missing_reason,
    forecast_missing_reason
from missing
where
    (term_peak_user_count is null) <> (term_peak_missing_reason is not null)
    or (term_peak_source is null) <> (term_peak_missing_reason is not null)
    or (term_peak_on is null) <> (coalesce(term_peak_source, '') not in ('ping', 'seats'))
    or (seat_price is null) <> is_price_unknown
    or (max_seat_price is null) <> is_price_unknown
    or (exchange_rate is null) <> is_rate_unknown
    or (forecast_user_count is null) <> (forecast_missing_reason is not null)
    or (arr_reporting is null) <> (arr_reporting_missing_reason is not null)
    or (overage_value is null and not is_count_unknown and not is_price_unknown)
    or (peak_overage_value is null and not is_peak_unknown and not is_price_unknown)
    or (unused_value is null and not is_count_unknown and not is_price_unknown)
    or (overage_value_reporting is null and overage_value is not null and not is_rate_unknown)
    or (peak_overage_value_reporting is null and peak_overage_value is not null and not is_rate_unknown)
    or (unused_value_reporting is null and unused_value is not null and not is_rate_unknown)
