-- One row per account, month and measure of usage that counts: how many of its metrics are above 0 (R11.2).
-- Columns are those of the measures that divide.

with

components as (

    select * from {{ ref('int_measure_components') }}
    where
        aggregation = 'count_positive'

),

metric_sums as (

    select
        account_id,
        month,
        measure,
        metric,
        sum(value) as value
    from components
    group by
        account_id,
        month,
        measure,
        metric

),

counted as (

    select
        account_id,
        month,
        measure,
        case
            when count(value) > 0 then cast(sum(case when value > 0 then 1 else 0 end) as double)
        end as positive_metric_count
    from metric_sums
    group by
        account_id,
        month,
        measure

),

instances as (

    select
        account_id,
        month,
        measure,
        instance_id,
        count(value) as visible_count
    from components
    group by
        account_id,
        month,
        measure,
        instance_id

),

left_out as (

    select
        account_id,
        month,
        measure,
        count(case when visible_count = 0 then 1 end) as left_out_count
    from instances
    group by
        account_id,
        month,
        measure

),

final as (

    select
        counted.account_id,
        counted.month,
        counted.measure,
        counted.positive_metric_count as numerator,
        cast(null as double) as denominator,
        counted.positive_metric_count as value,
        left_out.left_out_count
    from counted
    inner join left_out
        on
            counted.account_id = left_out.account_id
            and counted.month = left_out.month
            and counted.measure = left_out.measure

)

select * from final
