-- One row per live seat-carrying subscription whose term ends after the as-of date, as of the run (R18).

with

renewals as (

    select * from {{ ref('int_renewal_signals') }}

),

term_peaks as (

    select * from {{ ref('int_term_peaks') }}

),

renewal_values as (

    select * from {{ ref('int_renewal_values') }}

),

final as (

    select
        renewals.subscription_name,
        renewals.account_id,
        renewals.renewal_date,
        renewals.days_to_renewal,
        renewals.renewal_window,
        renewals.licenses_sold,
        renewals.billable_user_count,
        renewals.license_utilization,
        renewals.availability_status,
        renewals.term_peak_from,
        term_peaks.term_peak_user_count,
        term_peaks.term_peak_on,
        term_peaks.term_peak_source,
        term_peaks.term_peak_is_bound,
        term_peaks.term_peak_missing_reason,
        renewals.currency,
        renewal_values.seat_price,
        renewal_values.max_seat_price,
        renewal_values.price_missing_reason,
        renewal_values.overage_value,
        renewal_values.peak_overage_value,
        renewal_values.unused_value,
        renewals.reporting_currency,
        renewals.exchange_rate,
        renewals.exchange_rate_missing_reason,
        renewal_values.overage_value_reporting,
        renewal_values.peak_overage_value_reporting,
        renewal_values.unused_value_reporting,
        renewals.forecast_user_count,
        renewals.forecast_low,
        renewals.forecast_high,
        renewals.forecast_users_a_day,
        renewals.forecast_low_users_a_day,
        renewals.forecast_high_users_a_day,
        renewals.forecast_missing_reason,
        renewals.renewal_signal,
        renewals.health_color,
        renewals.score_coverage,
        renewals.arr,
        renewals.arr_missing_reason,
        renewals.arr_reporting,
        renewals.arr_reporting_missing_reason
    from renewals
    inner join term_peaks
        on renewals.subscription_name = term_peaks.subscription_name
    inner join renewal_values
        on renewals.subscription_name = renewal_values.subscription_name

)

select * from final
