-- R11.3 An account of one age meets the bands of one range of ages.

with

bands as (

    select * from {{ ref('scorecard_bands') }}

),

age_ranges as (

    select distinct
        scorecard_version,
        measure,
        age_from_months,
        age_below_months
    from bands

),

ordered as (

    select
        *,
        lag(age_below_months) over (
            partition by scorecard_version, measure
            order by age_from_months, age_below_months
        ) as age_below_months_before
    from age_ranges

),

judged as (

    select
        *,
        case
            when not coalesce(age_from_months < age_below_months, false) then 'is empty'
            when age_from_months < age_below_months_before then 'overlaps the ages before'
        end as problem
    from ordered

)

select * from judged
where
    problem is not null
