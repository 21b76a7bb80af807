-- One row per family and month with a live seat-carrying subscription: what a parent and all accounts below it use,
-- have and are worth (R19.2).

with

utilization as (

    select * from {{ ref('int_family_utilization') }}

),

arr as (

    select * from {{ ref('int_family_arr_as_of') }}

),

final as (

    select
        utilization.family_id,
        utilization.month,
        arr.member_count,
        utilization.subscription_count,
        utilization.instance_count,
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
        arr.arr_reporting,
        arr.reporting_currency,
        arr.arr_reporting_missing_reason,
        arr.arr_share_green,
        arr.arr_share_yellow,
        arr.arr_share_red,
        arr.arr_share_unscored,
        {% for status in availability_status_names() -%}
        utilization.{{ status }}_subscription_count,
        {% endfor -%}
        utilization.availability_status
    from utilization
    inner join arr
        on
            utilization.family_id = arr.family_id
            and utilization.month = arr.month

)

select * from final
