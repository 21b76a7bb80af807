-- One row per month and measure of the scorecard version in force on the month's date, with its weights (R11.1, R12.1).

with

months as (

    select * from {{ ref('int_months') }}

),

versions as (

    select * from {{ ref('scorecard_versions') }}

),

measures as (

    select * from {{ ref('scorecard_measures') }}

),

weights as (

    select * from {{ ref('scorecard_weights') }}

),

product_tiers as (

    select * from {{ ref('product_tiers') }}

),

ranked_versions as (

    select
        months.month,
        months.as_of_date,
        versions.scorecard_version,
        row_number() over (
            partition by months.month
            order by versions.valid_from desc
        ) as version_recency
    from months
    inner join versions
        on months.as_of_date >= versions.valid_from

),

in_force as (

    select * from ranked_versions
    where
        version_recency = 1

),

final as (

    select
        in_force.month,
        in_force.as_of_date,
        in_force.scorecard_version,
        measures.measure,
        measures.measure_group,
        measures.use_case,
        measures.measure_kind,
        measures.applies_to_self_managed,
        measures.applies_to_saas,
        product_tiers.tier_rank as minimum_tier_rank,
        measures.maximum_age_days,
        weights.group_weight,
        weights.use_case_weight,
        weights.group_weight * weights.use_case_weight
        / count(*) over (partition by in_force.month, measures.use_case) as weight
    from in_force
    inner join measures
        on in_force.scorecard_version = measures.scorecard_version
    inner join weights
        on
            measures.scorecard_version = weights.scorecard_version
            and measures.measure_group = weights.measure_group
            and measures.use_case = weights.use_case
    left join product_tiers
        on measures.minimum_tier = product_tiers.tier

)

select * from final
