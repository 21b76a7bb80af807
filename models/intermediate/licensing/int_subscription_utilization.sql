-- One row per live seat-carrying subscription and month: its figures and the status that explains them (R9, R10.1).

with

usage_as_of as (

    select * from {{ ref('int_subscription_usage_as_of') }}

),

comparisons as (

    select * from {{ ref('int_subscription_comparisons') }}

),

joined as (

    select
        usage_as_of.*,
        comparisons.licenses_provisioned,
        comparisons.licenses_provisioned_missing_reason,
        comparisons.all_instances_billable_user_count
    from usage_as_of
    left join comparisons
        on usage_as_of.subscription_name = comparisons.subscription_name and usage_as_of.month = comparisons.month

),

measured as (

    select
        *,
        case
            when is_exempt_from_operational_metrics and mapped_instance_count = 0 then 'not_sharing_by_contract'
            when sells_saas and not sells_self_managed and mapped_saas_instance_count = 0 then 'namespace_not_linked'
            when mapped_instance_count = 0 and unmapped_instance_count > 0 then 'usage_not_mapped'
            when mapped_instance_count = 0 then 'no_ping_received'
            when not is_reporting then 'stopped_reporting'
            when production_instance_count = 0 then 'no_production_instance'
            when candidate_instance_count = 0 then 'opted_out'
            when not is_anything_sold then 'licenses_blank'
            when billable_user_count is null and is_release_too_old then 'release_before_billable_users'
            when billable_user_count is null then 'billable_users_unavailable'
            when licenses_sold is null then 'licenses_blank'
            else 'available'
        end as availability_status,
        billable_user_count / nullif(licenses_sold, 0) as license_utilization,
        coalesce(licenses_sold <> licenses_provisioned, false)
        or coalesce(licenses_sold <> licenses_reported, false) as has_license_difference,
        {{ excess_of('billable_user_count', 'licenses_sold') }} as overage
    from joined

),

-- The highest figure of the term is minus what is sold on this month's own date (R9.7).
term_peaks as (

    select
        measured.subscription_name,
        measured.month,
        max(earlier.billable_user_count) as term_peak_billable_user_count
    from measured
    inner join measured as earlier
        on
            measured.subscription_name = earlier.subscription_name
            and measured.month >= earlier.month
            and measured.term_overage_from <= earlier.as_of_date
    group by
        measured.subscription_name,
        measured.month

),

final as (

    select
        measured.subscription_name,
        measured.month,
        measured.as_of_date,
        measured.is_as_of_month,
        measured.account_id,
        measured.currency,
        measured.tier,
        measured.billable_user_count,
        measured.billable_missing_reason,
        measured.all_instances_billable_user_count,
        measured.licenses_sold,
        measured.licenses_provisioned,
        measured.licenses_provisioned_missing_reason,
        measured.licenses_reported,
        measured.licenses_reported_missing_reason,
        measured.has_license_difference,
        measured.license_utilization,
        measured.overage,
        measured.arr,
        measured.arr_missing_reason,
        measured.ping_at,
        measured.last_reported_at,
        measured.production_instance_count,
        measured.candidate_instance_count,
        measured.has_usage_not_sold,
        measured.availability_status,
        {{ excess_of('term_peaks.term_peak_billable_user_count', 'measured.licenses_sold') }} as term_overage
    from measured
    left join term_peaks
        on
            measured.subscription_name = term_peaks.subscription_name
            and measured.month = term_peaks.month

)

select * from final
