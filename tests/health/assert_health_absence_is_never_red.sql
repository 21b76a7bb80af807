-- R11.3 Nothing has a colour without a value or a delivered colour: absence is never red.

with

measures as (

    select * from {{ ref('fct_account_health_measures_monthly') }}

),

kinds as (

    select * from {{ ref('scorecard_measures') }}

)

select
    measures.account_id,
    measures.month,
    measures.measure,
    measures.color
from measures
inner join kinds
    on
        measures.scorecard_version = kinds.scorecard_version
        and measures.measure = kinds.measure
where
    measures.color is not null
    and measures.value is null
    and kinds.measure_kind <> 'delivered_color'
