-- One row per scorecard version and measure: what it is, where it counts and how much (R11.1, R12.1).

with

measures as (

    select * from {{ ref('scorecard_measures') }}

),

versions as (

    select * from {{ ref('scorecard_versions') }}

),

weights as (

    select * from {{ ref('scorecard_weights') }}

),

final as (

    select
        measures.scorecard_version,
        versions.valid_from,
        measures.measure,
        measures.measure_group,
        measures.use_case,
        measures.measure_kind,
        measures.label,
        measures.sentence,
        measures.value_format,
        measures.applies_to_self_managed,
        measures.applies_to_saas,
        measures.minimum_tier,
        measures.maximum_age_days,
        weights.group_weight,
        weights.use_case_weight,
        weights.counts_as_adopted,
        weights.group_weight * weights.use_case_weight
        / count(*) over (partition by measures.scorecard_version, measures.use_case) as weight
    from measures
    inner join versions
        on measures.scorecard_version = versions.scorecard_version
    inner join weights
        on
            measures.scorecard_version = weights.scorecard_version
            and measures.measure_group = weights.measure_group
            and measures.use_case = weights.use_case

)

select * from final
