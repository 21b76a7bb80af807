-- R11.1 A measure of usage has a numerator and, unless it counts, a denominator, each with one aggregation;
-- licence utilisation has a numerator alone, for it is divided by the licences sold.

with

measures as (

    select * from {{ ref('scorecard_measures') }}
    where
        measure_kind in ('usage', 'license_utilization')

),

components as (

    select * from {{ ref('scorecard_components') }}

),

sides as (

    select
        measures.scorecard_version,
        measures.measure,
        measures.measure_kind,
        count(case when components.side = 'numerator' then 1 end) as numerator_count,
        count(case when components.side = 'denominator' then 1 end) as denominator_count,
        min(case when components.side = 'numerator' then components.aggregation end) as numerator_aggregation,
        max(case when components.side = 'numerator' then components.aggregation end) as other_numerator_aggregation,
        min(case when components.side = 'denominator' then components.aggregation end) as denominator_aggregation,
        max(case when components.side = 'denominator' then components.aggregation end) as other_denominator_aggregation
    from measures
    left join components
        on
            measures.scorecard_version = components.scorecard_version
            and measures.measure = components.measure
    group by
        measures.scorecard_version,
        measures.measure,
        measures.measure_kind

),

judged as (

    select
        *,
        case
            when numerator_count = 0 then 'has no numerator'
            when numerator_aggregation <> other_numerator_aggregation then 'has several aggregations in its numerator'
            when denominator_aggregation <> other_denominator_aggregation
                then 'has several aggregations in its denominator'
            when numerator_aggregation = 'count_positive' and denominator_count > 0
                then 'counts and has a denominator'
            when measure_kind = 'license_utilization' and denominator_count > 0
                then 'is divided by the licences sold and has a denominator'
            when measure_kind = 'usage' and numerator_aggregation <> 'count_positive' and denominator_count = 0
                then 'has no denominator'
            when denominator_aggregation = 'count_positive' then 'counts in its denominator'
        end as problem
    from sides

)

select * from judged
where
    problem is not null
