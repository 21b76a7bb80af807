-- One row an account, month and measure of usage that has figures: its numerator, denominator and value (R11.1, R11.2).

with

components as (

    select * from {{ ref('int_measure_components') }}

),

measures as (

    select * from {{ ref('int_scorecard_measures_as_of') }}
    where
        measure_kind = 'license_utilization'

),

utilization as (

    select * from {{ ref('int_account_utilization') }}

),

sides as (

    select
        account_id,
        month,
        measure,
        instance_id,
        side,
        aggregation,
        count(*) as component_count,
        count(value) as visible_count,
        sum(value) as visible_sum,
        min(case when value is not null then position end) as first_visible_position
    from components
    where
        aggregation <> 'count_positive'
    group by
        account_id,
        month,
        measure,
        instance_id,
        side,
        aggregation

),

side_values as (

    select
        sides.account_id,
        sides.month,
        sides.measure,
        sides.instance_id,
        sides.side,
        case
            when sides.aggregation = 'first' then components.value
            when sides.aggregation = 'sum_required' and sides.visible_count < sides.component_count then null
            else sides.visible_sum
        end as value
    from sides
    left join components
        on
            sides.account_id = components.account_id
            and sides.month = components.month
            and sides.measure = components.measure
            and sides.instance_id = components.instance_id
            and sides.side = components.side
            and sides.first_visible_position = components.position

),

instance_values as (

    select
        account_id,
        month,
        measure,
        instance_id,
        max(case when side = 'numerator' then value end) as numerator,
        max(case when side = 'denominator' then value end) as denominator
    from side_values
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
        sum(case when numerator is not null and denominator is not null then numerator end) as numerator,
        sum(case when numerator is not null and denominator is not null then denominator end) as denominator,
        true as is_ratio,
        sum(case when numerator is null or denominator is null then 1 else 0 end) as left_out_instance_count
    from instance_values
    group by
        account_id,
        month,
        measure

),

metric_sums as (

    select
        account_id,
        month,
        measure,
        metric,
        sum(value) as value
    from components
    where
        aggregation = 'count_positive'
    group by
        account_id,
        month,
        measure,
        metric

),

silent_instances as (

    select
        account_id,
        month,
        measure,
        instance_id,
        count(value) as visible_count
    from components
    where
        aggregation = 'count_positive'
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
        sum(case when visible_count = 0 then 1 else 0 end) as left_out_instance_count
    from silent_instances
    group by
        account_id,
        month,
        measure

),

counted as (

    select
        metric_sums.account_id,
        metric_sums.month,
        metric_sums.measure,
        case
            when count(metric_sums.value) > 0 then sum(case when metric_sums.value > 0 then 1 else 0 end)
        end as numerator,
        max(left_out.left_out_instance_count) as left_out_instance_count
    from metric_sums
    inner join left_out
        on
            metric_sums.account_id = left_out.account_id
            and metric_sums.month = left_out.month
            and metric_sums.measure = left_out.measure
    group by
        metric_sums.account_id,
        metric_sums.month,
        metric_sums.measure

),

combined as (

    select
        account_id,
        month,
        measure,
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        is_ratio,
        left_out_instance_count
    from summed

    union all

    select
        account_id,
        month,
        measure,
        cast(numerator as double) as numerator,
        cast(null as double) as denominator,
        false as is_ratio,
        left_out_instance_count
    from counted

    union all

    select
        utilization.account_id,
        utilization.month,
        measures.measure,
        cast(utilization.scored_billable_user_count as double) as numerator,
        utilization.scored_licenses_sold as denominator,
        true as is_ratio,
        utilization.excluded_subscription_count as left_out_instance_count
    from utilization
    inner join measures
        on utilization.month = measures.month

),

final as (

    select
        account_id,
        month,
        measure,
        numerator,
        denominator,
        is_ratio and numerator is not null and denominator = 0 as has_zero_denominator,
        case
            when is_ratio then numerator / nullif(denominator, 0)
            else numerator
        end as value,
        cast(left_out_instance_count as bigint) as left_out_count
    from combined

)

select * from final
