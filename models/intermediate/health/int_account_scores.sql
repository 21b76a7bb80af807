-- One row per account and month: the score of its product group and the whole, before and after an override (R12).

with

measures as (

    select * from {{ ref('int_account_measures_weighted') }}

),

score_bands as (

    select * from {{ ref('scorecard_score_bands') }}

),

overrides as (

    select * from {{ ref('scorecard_overrides') }}

),

summed as (

    select
        account_id,
        month,
        scorecard_version,
        round(sum(contribution), 6) as score_before_override,
        round(
            sum(case when measure_group = 'product' then effective_weight_in_group * points end), 6
        ) as product_score,
        -- Rounded, so that weights which add to a bound as decimals reach it as floats too.
        round(sum(case when points is not null then weight else 0 end), 9) as score_coverage
    from measures
    group by
        account_id,
        month,
        scorecard_version

),

override_candidates as (

    select
        measures.account_id,
        measures.month,
        overrides.health_score,
        overrides.health_color,
        row_number() over (
            partition by measures.account_id, measures.month
            order by overrides.health_score, overrides.measure
        ) as override_rank
    from measures
    inner join overrides
        on
            measures.scorecard_version = overrides.scorecard_version
            and measures.measure = overrides.measure
            and measures.color = overrides.color

),

overridden as (

    select * from override_candidates
    where
        override_rank = 1

),

final as (

    select
        summed.account_id,
        summed.month,
        summed.scorecard_version,
        summed.product_score,
        coalesce(product_bands.color, 'No data') as product_color,
        coalesce(overridden.health_score, summed.score_before_override) as health_score,
        case
            when overridden.account_id is not null then overridden.health_color
            when summed.score_before_override is null then 'No data'
            when summed.score_coverage < {{ var('minimum_score_coverage') }} then 'Insufficient data'
            else health_bands.color
        end as health_color,
        summed.score_before_override as health_score_before_override,
        overridden.account_id is not null as is_overridden,
        summed.score_coverage
    from summed
    left join overridden
        on
            summed.account_id = overridden.account_id
            and summed.month = overridden.month
    left join score_bands as product_bands
        on
            summed.scorecard_version = product_bands.scorecard_version
            and {{ is_in_band('summed.product_score', 'product_bands') }}
    left join score_bands as health_bands
        on
            summed.scorecard_version = health_bands.scorecard_version
            and {{ is_in_band('summed.score_before_override', 'health_bands') }}

)

select * from final
