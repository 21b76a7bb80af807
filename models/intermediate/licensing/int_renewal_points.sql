-- One row per subscription live as of the run and month of the last ones with known billable users: what a forecast can
-- rest on (R18.4). Comparable is a month that counts the same primary instances as the as-of month.

with

utilization as (

    select * from {{ ref('int_subscription_utilization') }}

),

primaries as (

    select * from {{ ref('int_primary_instances') }}
    where
        is_sold

),

primary_sets as (

    select
        subscription_name,
        month,
        {{ dbt.listagg('instance_id', "','", 'order by instance_id') }} as instance_ids
    from primaries
    group by
        subscription_name,
        month

),

final as (

    select
        utilization.subscription_name,
        utilization.month,
        utilization.as_of_date,
        utilization.billable_user_count,
        coalesce(sets_then.instance_ids = sets_now.instance_ids, false) as is_comparable
    from utilization
    inner join utilization as utilization_now
        on
            utilization.subscription_name = utilization_now.subscription_name
            and {{ dbt.datediff('utilization.month', 'utilization_now.month', 'month') }} < {{ var('forecast_months') }}
            and utilization_now.is_as_of_month
    left join primary_sets as sets_then
        on
            utilization.subscription_name = sets_then.subscription_name
            and utilization.month = sets_then.month
    left join primary_sets as sets_now
        on
            utilization_now.subscription_name = sets_now.subscription_name
            and utilization_now.month = sets_now.month
    where
        utilization.billable_user_count is not null

)

select * from final
