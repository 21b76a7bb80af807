-- One row per account, month and measure, available or not: all that its part of the score is made of (R12.6).

with

measures as (

    select * from {{ ref('int_account_measures_weighted') }}

),

final as (

    select
        account_id,
        month,
        measure,
        measure_group,
        use_case,
        value,
        numerator,
        denominator,
        left_out_count,
        color,
        points,
        weight,
        effective_weight,
        contribution,
        not_available_reason,
        account_age_months,
        scorecard_version
    from measures

)

select * from final
