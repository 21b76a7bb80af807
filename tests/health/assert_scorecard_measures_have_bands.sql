-- R11.3 A measure with a value has bands, one delivered as a colour has none.

with

measures as (

    select * from {{ ref('scorecard_measures') }}

),

bands as (

    select * from {{ ref('scorecard_bands') }}

),

banded as (

    select distinct
        scorecard_version,
        measure
    from bands

)

select
    measures.scorecard_version,
    measures.measure,
    measures.measure_kind,
    case
        when banded.measure is null then 'has a value and no band for it'
        else 'is delivered as a colour and has bands'
    end as problem
from measures
left join banded
    on
        measures.scorecard_version = banded.scorecard_version
        and measures.measure = banded.measure
where
    (measures.measure_kind = 'delivered_color') = (banded.measure is not null)
