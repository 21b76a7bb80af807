-- One row per account, month and measure: its value, colour and points, or why it has none (R11.3, R11.7).

with

eligible as (

    select * from {{ ref('int_account_measures_eligible') }}

),

ratios as (

    select * from {{ ref('int_measure_ratios') }}

),

counts as (

    select * from {{ ref('int_measure_counts') }}

),

utilization as (

    select * from {{ ref('int_account_utilization') }}

),

delivered as (

    select * from {{ ref('int_account_measures_delivered') }}

),

bands as (

    select * from {{ ref('scorecard_bands') }}

),

usage_values as (

    select * from ratios
    union all
    select * from counts

),

valued as (

    select
        eligible.*,
        coalesce(usage_values.value, utilization.scored_license_utilization, delivered.value) as value,
        coalesce(usage_values.numerator, cast(utilization.scored_billable_user_count as double)) as numerator,
        coalesce(usage_values.denominator, utilization.scored_licenses_sold) as denominator,
        coalesce(usage_values.left_out_count, utilization.excluded_subscription_count) as left_out_count,
        delivered.color as delivered_color,
        delivered.points as delivered_points,
        coalesce(eligible.not_eligible_reason, delivered.not_delivered_reason) as unread_reason
    from eligible
    left join usage_values
        on
            eligible.account_id = usage_values.account_id
            and eligible.month = usage_values.month
            and eligible.measure = usage_values.measure
            and eligible.not_eligible_reason is null
    left join utilization
        on
            eligible.account_id = utilization.account_id
            and eligible.month = utilization.month
            and eligible.measure_kind = 'license_utilization'
            and eligible.not_eligible_reason is null
    left join delivered
        on
            eligible.account_id = delivered.account_id
            and eligible.month = delivered.month
            and eligible.measure = delivered.measure

),

final as (

    select
        valued.account_id,
        valued.month,
        valued.is_last_month,
        valued.account_age_months,
        valued.bands_from_months,
        valued.scorecard_version,
        valued.measure,
        valued.measure_group,
        valued.use_case,
        valued.group_weight,
        valued.use_case_weight,
        valued.weight,
        valued.value,
        valued.numerator,
        valued.denominator,
        valued.left_out_count,
        coalesce(bands.color, valued.delivered_color) as color,
        coalesce(bands.points, valued.delivered_points) as points,
        case
            when valued.unread_reason is not null then valued.unread_reason
            when valued.denominator = 0 then 'zero_denominator'
            when valued.is_read_from_usage and valued.value is null then 'metric_missing'
            when valued.is_read_from_usage and valued.bands_from_months is null then 'account_age'
            when bands.color is null and valued.delivered_color is null then 'not_scored'
        end as not_available_reason
    from valued
    left join bands
        on
            valued.scorecard_version = bands.scorecard_version
            and valued.measure = bands.measure
            and valued.bands_from_months = bands.age_from_months
            and {{ is_in_band('valued.value', 'bands') }}

)

select * from final
