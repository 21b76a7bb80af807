-- One row per counted subscription and month on whose date it is live (R8.2, R8.10).

with

subscriptions as (

    select * from {{ ref('int_subscriptions') }}
    where
        is_counted

),

months as (

    select * from {{ ref('int_months') }}

),

live as (

    select
        subscriptions.subscription_name,
        months.month,
        months.as_of_date,
        months.is_as_of_month,
        subscriptions.current_subscription_id,
        subscriptions.account_id,
        subscriptions.currency,
        subscriptions.carries_seats,
        subscriptions.is_date_unreadable,
        subscriptions.is_exempt_from_operational_metrics,
        subscriptions.license_type,
        subscriptions.term_ends_on,
        case
            when
                subscriptions.term_starts_on <= months.as_of_date
                and coalesce(subscriptions.term_ends_on > months.as_of_date, true)
                then subscriptions.term_starts_on
            else subscriptions.starts_on
        end as term_overage_from
    from subscriptions
    inner join months
        on {{ is_live_on('subscriptions', 'months.as_of_date') }}

)

select * from live
