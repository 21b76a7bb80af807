-- One row per subscription (a lineage with a current version), as of the run (R8).

with

subscriptions as (

    select * from {{ ref('int_subscriptions') }}

),

subscriptions_as_of as (

    select * from {{ ref('int_subscriptions_as_of') }}
    where
        is_as_of_month

),

final as (

    select
        subscriptions.subscription_name,
        subscriptions.account_id,
        subscriptions.subscription_status as status,
        subscriptions.starts_on,
        subscriptions.ends_on,
        subscriptions.term_starts_on,
        subscriptions.term_ends_on,
        subscriptions_as_of.tier,
        subscriptions_as_of.subscription_name is not null as is_live,
        subscriptions.carries_seats,
        subscriptions.is_exempt_from_operational_metrics,
        subscriptions.license_type,
        subscriptions_as_of.licenses_sold,
        subscriptions_as_of.arr,
        subscriptions_as_of.arr_missing_reason,
        subscriptions_as_of.arr_reporting,
        subscriptions_as_of.arr_constant_currency,
        {{ reporting_currency_text() }} as reporting_currency,
        subscriptions_as_of.arr_reporting_missing_reason,
        subscriptions.currency,
        subscriptions.namespace_id
    from subscriptions
    left join subscriptions_as_of
        on subscriptions.subscription_name = subscriptions_as_of.subscription_name

)

select * from final
