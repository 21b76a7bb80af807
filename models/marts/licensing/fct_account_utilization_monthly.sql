-- One row per account and month with a live seat-carrying subscription: the customer page's sums and the scorecard's.

with

utilization as (

    select * from {{ ref('int_account_utilization') }}

),

arr as (

    select * from {{ ref('int_account_arr_as_of') }}

),

final as (

    select
        utilization.account_id,
        utilization.month,
        utilization.billable_user_count,
        utilization.licenses_sold,
        utilization.license_utilization,
        utilization.scored_billable_user_count,
        utilization.scored_licenses_sold,
        utilization.scored_license_utilization,
        utilization.excluded_subscription_count,
        utilization.not_available_reason,
        utilization.not_available_subscriptions,
        utilization.license_utilization_missing_reason,
        utilization.licenses_provisioned,
        utilization.licenses_provisioned_missing_reason,
        utilization.licenses_reported,
        utilization.licenses_reported_missing_reason,
        utilization.subscription_count,
        utilization.instance_count,
        arr.arr,
        arr.arr_missing_reason,
        arr.arr_reporting,
        arr.arr_constant_currency,
        {{ reporting_currency_text() }} as reporting_currency,
        arr.arr_reporting_missing_reason,
        {% for status in availability_status_names() -%}
        utilization.{{ status }}_subscription_count,
        {% endfor -%}
        utilization.availability_status
    from utilization
    inner join arr
        on
            utilization.account_id = arr.account_id
            and utilization.month = arr.month

)

select * from final
