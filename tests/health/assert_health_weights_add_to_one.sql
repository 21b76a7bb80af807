-- R12.2 Nominal weights add to 1; effective ones, of scored measures alone, do too.

with

measures as (

    select * from {{ ref('fct_account_health_measures_monthly') }}

),

summed as (

    select
        account_id,
        month,
        sum(weight) as sum_of_weights,
        sum(effective_weight) as sum_of_effective_weights,
        count(case when (effective_weight is null) <> (color is null) then 1 end) as wrongly_weighed_count
    from measures
    group by
        account_id,
        month

)

select * from summed
where
    wrongly_weighed_count > 0
    or not coalesce(abs(sum_of_weights - 1) < 1e-6, false)
    or abs(sum_of_effective_weights - 1) > 1e-6
