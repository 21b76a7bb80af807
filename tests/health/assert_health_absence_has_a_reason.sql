-- R12.6 Every measure has either a colour, points and a contribution, or a reason.

with

measures as (

    select * from {{ ref('fct_account_health_measures_monthly') }}

)

select
    account_id,
    month,
    measure,
    color,
    points,
    contribution,
    not_available_reason
from measures
where
    (color is null) = (not_available_reason is null)
    or (color is null) <> (points is null)
    or (color is null) <> (contribution is null)
