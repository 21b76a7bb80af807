-- One row per scorecard version, measure and band: which values have which colour (R11.3, R12.3, R12.5, R13).
-- The measure health stands for scores: of use cases, groups and the whole. A colour that another system delivers is a
-- band without bounds; elsewhere a bound without end is NULL.

with

measure_bands as (

    select * from {{ ref('scorecard_bands') }}

),

score_bands as (

    select * from {{ ref('scorecard_score_bands') }}

),

delivered_measures as (

    select * from {{ ref('scorecard_measures') }}
    where
        measure_kind = 'delivered_color'

),

colors as (

    select * from {{ ref('scorecard_colors') }}

),

overrides as (

    select * from {{ ref('scorecard_overrides') }}

),

combined as (

    select
        scorecard_version,
        measure,
        nullif(age_from_months, cast('-Infinity' as double)) as age_from_months,
        nullif(age_below_months, cast('Infinity' as double)) as age_below_months,
        lower_bound,
        is_lower_bound_closed,
        upper_bound,
        is_upper_bound_closed,
        color,
        points
    from measure_bands

    union all

    select
        scorecard_version,
        'health' as measure,
        null as age_from_months,
        null as age_below_months,
        lower_bound,
        is_lower_bound_closed,
        upper_bound,
        is_upper_bound_closed,
        color,
        null as points
    from score_bands

    union all

    select
        delivered_measures.scorecard_version,
        delivered_measures.measure,
        null as age_from_months,
        null as age_below_months,
        null as lower_bound,
        null as is_lower_bound_closed,
        null as upper_bound,
        null as is_upper_bound_closed,
        colors.color,
        colors.points
    from delivered_measures
    cross join colors

),

final as (

    select
        combined.scorecard_version,
        combined.measure,
        row_number() over (
            partition by combined.scorecard_version, combined.measure
            order by combined.age_from_months nulls first, combined.lower_bound, combined.points
        ) as band_number,
        combined.age_from_months,
        combined.age_below_months,
        nullif(combined.lower_bound, cast('-Infinity' as double)) as lower_bound,
        combined.is_lower_bound_closed,
        nullif(combined.upper_bound, cast('Infinity' as double)) as upper_bound,
        combined.is_upper_bound_closed,
        combined.color,
        combined.points,
        overrides.health_score as override_score,
        overrides.health_color as override_color
    from combined
    left join overrides
        on
            combined.scorecard_version = overrides.scorecard_version
            and combined.measure = overrides.measure
            and combined.color = overrides.color

)

select * from final
