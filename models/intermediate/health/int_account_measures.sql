-- One row per account, month and measure of the scorecard in force: the index of all that is said of accounts' health,
-- with weights and the age from which the bands hold that hold for the account (R11.1, R11.3, R12.1).

with

account_months as (

    select * from {{ ref('int_account_months') }}

),

measures as (

    select * from {{ ref('int_scorecard_measures_as_of') }}

),

bands as (

    select * from {{ ref('scorecard_bands') }}

),

age_ranges as (

    select
        scorecard_version,
        measure,
        age_from_months,
        age_below_months
    from bands
    group by
        scorecard_version,
        measure,
        age_from_months,
        age_below_months

),

-- A band without ages holds for an account of unknown age too.
final as (

    select
        account_months.account_id,
        account_months.month,
        account_months.as_of_date,
        account_months.is_last_month,
        account_months.account_age_months,
        account_months.is_onboarding,
        measures.scorecard_version,
        measures.measure,
        measures.measure_kind,
        measures.measure_kind in ('usage', 'license_utilization') as is_read_from_usage,
        measures.measure_group,
        measures.use_case,
        measures.applies_to_self_managed,
        measures.applies_to_saas,
        measures.minimum_tier_rank,
        measures.maximum_age_days,
        measures.group_weight,
        measures.use_case_weight,
        measures.weight,
        age_ranges.age_from_months as bands_from_months
    from account_months
    inner join measures
        on account_months.month = measures.month
    left join age_ranges
        on
            measures.scorecard_version = age_ranges.scorecard_version
            and measures.measure = age_ranges.measure
            and coalesce(account_months.account_age_months, -1) >= age_ranges.age_from_months
            and coalesce(account_months.account_age_months, -1) < age_ranges.age_below_months

)

select * from final
