-- One row per account, month and measure of usage that divides: what it is divided of, and the value (R11.1, R11.2).

with

components as (

    select * from {{ ref('int_measure_components') }}
    where
        measure_kind = 'usage'
        and aggregation <> 'count_positive'

),

sides as (

    select
        account_id,
        month,
        measure,
        instance_id,
        side,
        case
            when aggregation = 'first' then min_by(value, case when value is not null then position end)
            when aggregation = 'sum_required' and count(value) < count(*) then null
            else sum(value)
        end as value
    from components
    group by
        account_id,
        month,
        measure,
        instance_id,
        side,
        aggregation

),

instance_values as (

    select
        account_id,
        month,
        measure,
        instance_id,
        max(case when side = 'numerator' then value end) as numerator,
        max(case when side = 'denominator' then value end) as denominator
    from sides
    group by
        account_id,
        month,
        measure,
        instance_id

),

-- An instance that lacks either side is left out of both.
summed as (

    select
        account_id,
        month,
        measure,
        sum(case when denominator is not null then numerator end) as numerator,
        sum(case when numerator is not null then denominator end) as denominator,
        sum(case when numerator is null or denominator is null then 1 else 0 end) as left_out_count
    from instance_values
    group by
        account_id,
        month,
        measure

),

final as (

    select
        account_id,
        month,
        measure,
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        cast(numerator as double) / nullif(cast(denominator as double), 0) as value,
        cast(left_out_count as bigint) as left_out_count
    from summed

)

select * from final
