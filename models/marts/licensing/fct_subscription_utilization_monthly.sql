-- One row per live seat-carrying subscription and month (R8, R9, R10).

with

utilization as (

    select * from {{ ref('int_subscription_utilization') }}

),

final as (

    select
        subscription_name,
        account_id,
        month,
        tier,
        billable_user_count,
        all_instances_billable_user_count,
        licenses_sold,
        licenses_provisioned,
        licenses_provisioned_missing_reason,
        licenses_reported,
        licenses_reported_missing_reason,
        has_license_difference,
        license_utilization,
        overage,
        term_overage,
        arr,
        arr_missing_reason,
        currency,
        ping_at,
        availability_status,
        case
            when availability_status in ('release_before_billable_users', 'billable_users_unavailable')
                then billable_missing_reason
        end as billable_users_missing_reason,
        last_reported_at,
        has_usage_not_sold
    from utilization

)

select * from final
