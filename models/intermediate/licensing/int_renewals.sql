-- One row per renewal: a live seat-carrying subscription whose term ends after the as-of date, as of the run (R18.1).

with

utilization as (

    select * from {{ ref('int_subscription_utilization') }}
    where
        is_as_of_month

),

live as (

    select * from {{ ref('int_subscriptions_live') }}
    where
        is_as_of_month

),

amounts as (

    select * from {{ ref('int_subscriptions_as_of') }}
    where
        is_as_of_month

),

renewal_windows as (

    select * from {{ ref('renewal_windows') }}

),

renewing as (

    select
        utilization.*,
        live.term_overage_from as term_peak_from,
        live.term_ends_on as renewal_date,
        {{ dbt.datediff('live.as_of_date', 'live.term_ends_on', 'day') }} as days_to_renewal,
        amounts.arr_reporting,
        amounts.arr_reporting_missing_reason,
        amounts.reporting_currency,
        amounts.exchange_rate,
        amounts.exchange_rate_missing_reason
    from utilization
    inner join live
        on utilization.subscription_name = live.subscription_name
    inner join amounts
        on utilization.subscription_name = amounts.subscription_name
    where
        live.term_ends_on > live.as_of_date

),

final as (

    select
        renewing.subscription_name,
        renewing.month,
        renewing.as_of_date,
        renewing.account_id,
        renewing.currency,
        renewing.term_peak_from,
        renewing.renewal_date,
        renewing.days_to_renewal,
        renewal_windows.renewal_window,
        renewing.licenses_sold,
        renewing.billable_user_count,
        renewing.license_utilization,
        renewing.overage,
        renewing.arr,
        renewing.arr_missing_reason,
        renewing.arr_reporting,
        renewing.arr_reporting_missing_reason,
        renewing.reporting_currency,
        renewing.exchange_rate,
        renewing.exchange_rate_missing_reason,
        renewing.availability_status
    from renewing
    left join renewal_windows
        on
            renewing.days_to_renewal > renewal_windows.above_days
            and renewing.days_to_renewal <= renewal_windows.up_to_days

)

select * from final
