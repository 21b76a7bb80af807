-- One row per live seat-carrying subscription and month (R8, R9, R10).

with

utilization as (

    select * from {{ ref('int_subscription_utilization') }}

),

amounts as (

    select * from {{ ref('int_subscriptions_as_of') }}

),

final as (

    select
        utilization.subscription_name,
        utilization.account_id,
        utilization.month,
        utilization.tier,
        utilization.billable_user_count,
        utilization.all_instances_billable_user_count,
        utilization.licenses_sold,
        utilization.licenses_provisioned,
        utilization.licenses_provisioned_missing_reason,
        utilization.licenses_reported,
        utilization.licenses_reported_missing_reason,
        utilization.has_license_difference,
        utilization.license_utilization,
        case
            when utilization.availability_status <> 'available' then utilization.availability_status
            when utilization.licenses_sold = 0 then 'zero_denominator'
        end as license_utilization_missing_reason,
        utilization.overage,
        utilization.term_overage,
        utilization.arr,
        utilization.arr_missing_reason,
        amounts.arr_reporting,
        amounts.arr_constant_currency,
        {{ reporting_currency_text() }} as reporting_currency,
        amounts.exchange_rate,
        amounts.arr_reporting_missing_reason,
        utilization.currency,
        utilization.ping_at,
        utilization.availability_status,
        case
            when utilization.availability_status in ('release_before_billable_users', 'billable_users_unavailable')
                then utilization.billable_missing_reason
        end as billable_users_missing_reason,
        utilization.last_reported_at,
        utilization.has_usage_not_sold
    from utilization
    left join amounts
        on
            utilization.subscription_name = amounts.subscription_name
            and utilization.month = amounts.month

)

select * from final
