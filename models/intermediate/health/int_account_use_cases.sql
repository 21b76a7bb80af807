-- One row per account, month and use case: the mean of its scored measures' points, and its colour (R11.4, R12.3).

with

measures as (

    select * from {{ ref('int_account_measures_weighted') }}

),

score_bands as (

    select * from {{ ref('scorecard_score_bands') }}

),

weights as (

    select * from {{ ref('scorecard_weights') }}

),

averaged as (

    select
        account_id,
        month,
        scorecard_version,
        measure_group,
        use_case,
        round(avg(points), 6) as use_case_score
    from measures
    group by
        account_id,
        month,
        scorecard_version,
        measure_group,
        use_case

),

final as (

    select
        averaged.account_id,
        averaged.month,
        averaged.scorecard_version,
        averaged.measure_group,
        averaged.use_case,
        averaged.use_case_score,
        score_bands.color as use_case_color,
        weights.counts_as_adopted,
        weights.is_watched_for_declines
    from averaged
    inner join weights
        on
            averaged.scorecard_version = weights.scorecard_version
            and averaged.measure_group = weights.measure_group
            and averaged.use_case = weights.use_case
    left join score_bands
        on
            averaged.scorecard_version = score_bands.scorecard_version
            and {{ is_in_band('averaged.use_case_score', 'score_bands') }}

)

select * from final
