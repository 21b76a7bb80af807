-- One row per account, month and measure, with the weight that it has after N/A ones gave theirs away (R12.2).

with

measures as (

    select * from {{ ref('int_account_measures_scored') }}

),

use_cases as (

    select
        account_id,
        month,
        measure_group,
        use_case,
        group_weight,
        use_case_weight,
        count(points) as scored_measure_count
    from measures
    group by
        account_id,
        month,
        measure_group,
        use_case,
        group_weight,
        use_case_weight

),

-- Weights are added as decimals, so that the order of addition does not matter.
shares as (

    select
        account_id,
        month,
        measure_group,
        cast(sum(cast(use_case_weight as decimal(18, 9))) as double) as available_use_case_weight,
        group_weight
        / cast(sum(cast(group_weight as decimal(18, 9))) over (partition by account_id, month) as double)
            as effective_group_weight
    from use_cases
    where
        scored_measure_count > 0
    group by
        account_id,
        month,
        measure_group,
        group_weight

),

effective as (

    select
        measures.*,
        case
            when measures.points is not null
                then
                    shares.effective_group_weight
                    * measures.use_case_weight / shares.available_use_case_weight
                    / use_cases.scored_measure_count
        end as effective_weight,
        case
            when measures.points is not null
                then measures.use_case_weight / shares.available_use_case_weight / use_cases.scored_measure_count
        end as effective_weight_in_group
    from measures
    inner join use_cases
        on
            measures.account_id = use_cases.account_id
            and measures.month = use_cases.month
            and measures.use_case = use_cases.use_case
            and measures.measure_group = use_cases.measure_group
    left join shares
        on
            measures.account_id = shares.account_id
            and measures.month = shares.month
            and measures.measure_group = shares.measure_group

),

final as (

    select
        account_id,
        month,
        is_last_month,
        account_age_months,
        bands_from_months,
        scorecard_version,
        measure,
        measure_group,
        use_case,
        group_weight,
        use_case_weight,
        weight,
        value,
        numerator,
        denominator,
        left_out_count,
        color,
        points,
        not_available_reason,
        effective_weight,
        effective_weight_in_group,
        effective_weight * points as contribution
    from effective

)

select * from final
