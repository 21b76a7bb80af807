-- One row an account, month and measure: its value, colour and points, or why it has none (R11.3, R11.7).

with

eligibility as (

    select * from {{ ref('int_measure_eligibility') }}

),

measure_values as (

    select * from {{ ref('int_account_measure_values') }}

),

delivered as (

    select * from {{ ref('int_delivered_measures') }}

),

bands as (

    select * from {{ ref('scorecard_bands') }}

),

combined as (

    select
        eligibility.account_id,
        eligibility.month,
        eligibility.account_age_months,
        eligibility.scorecard_version,
        eligibility.measure,
        eligibility.measure_kind,
        eligibility.measure_group,
        eligibility.use_case,
        eligibility.group_weight,
        eligibility.use_case_weight,
        eligibility.weight,
        case when eligibility.not_available_reason is null then measure_values.value end as value,
        case when eligibility.not_available_reason is null then measure_values.numerator end as numerator,
        case when eligibility.not_available_reason is null then measure_values.denominator end as denominator,
        case when eligibility.not_available_reason is null then measure_values.left_out_count end as left_out_count,
        cast(null as varchar) as delivered_color,
        cast(null as double) as delivered_points,
        case
            when eligibility.not_available_reason is not null then eligibility.not_available_reason
            when measure_values.has_zero_denominator then 'zero_denominator'
            when measure_values.value is null then 'metric_missing'
        end as not_available_reason
    from eligibility
    left join measure_values
        on
            eligibility.account_id = measure_values.account_id
            and eligibility.month = measure_values.month
            and eligibility.measure = measure_values.measure

    union all

    select
        account_id,
        month,
        account_age_months,
        scorecard_version,
        measure,
        measure_kind,
        measure_group,
        use_case,
        group_weight,
        use_case_weight,
        weight,
        case when not_available_reason is null then value end as value,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        cast(null as bigint) as left_out_count,
        case when not_available_reason is null then delivered_color end as delivered_color,
        case when not_available_reason is null then delivered_points end as delivered_points,
        not_available_reason
    from delivered

),

-- A band without ages holds for an account of unknown age too.
age_bands as (

    select
        combined.account_id,
        combined.month,
        combined.measure,
        count(*) as age_band_count,
        max(case when {{ is_in_band('combined.value', 'bands') }} then bands.color end) as color,
        max(case when {{ is_in_band('combined.value', 'bands') }} then bands.points end) as points
    from combined
    inner join bands
        on
            combined.scorecard_version = bands.scorecard_version
            and combined.measure = bands.measure
            and coalesce(combined.account_age_months, -1) >= bands.age_from_months
            and coalesce(combined.account_age_months, -1) < bands.age_below_months
    where
        combined.not_available_reason is null
    group by
        combined.account_id,
        combined.month,
        combined.measure

),

colored as (

    select
        combined.*,
        coalesce(age_bands.color, combined.delivered_color) as color,
        coalesce(age_bands.points, combined.delivered_points) as points,
        age_bands.age_band_count
    from combined
    left join age_bands
        on
            combined.account_id = age_bands.account_id
            and combined.month = age_bands.month
            and combined.measure = age_bands.measure

),

final as (

    select
        colored.account_id,
        colored.month,
        colored.account_age_months,
        colored.scorecard_version,
        colored.measure,
        colored.measure_group,
        colored.use_case,
        colored.group_weight,
        colored.use_case_weight,
        colored.weight,
        colored.value,
        colored.numerator,
        colored.denominator,
        colored.left_out_count,
        colored.color,
        colored.points,
        case
            when colored.not_available_reason is not null then colored.not_available_reason
            when colored.color is not null then null
            when colored.measure_kind in ('usage', 'license_utilization') and colored.age_band_count is null
                then 'account_age'
            else 'not_scored'
        end as not_available_reason
    from colored

)

select * from final
