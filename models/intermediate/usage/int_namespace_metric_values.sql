-- One row per namespace, calendar month with usage and tracked metric, from the month's last metrics date (R5.6, R9.1).

with

namespace_months as (

    select * from {{ ref('int_namespaces_monthly') }}

),

counters as (

    select * from {{ ref('stg_saas__namespace_metrics') }}
    where
        ping_date <= {{ as_of_date() }}

),

metrics as (

    select * from {{ ref('int_tracked_metrics') }}

),

-- A metric that any export ever carried is available, whatever the dictionary says.
carried_metrics as (

    select counters.key_path
    from counters
    inner join metrics
        on counters.key_path = metrics.key_path
    where
        not metrics.is_available_on_saas
        and coalesce(counters.error_text, 'Success') = 'Success'
        and {{ usable_text_value('counters.counter_text') }} is not null
    group by
        counters.key_path

),

-- Of repeated rows the later file's later one counts (R16.7); only those of the dates that speak for a month matter.
ranked as (

    select
        namespace_months.instance_id,
        namespace_months.usage_month,
        counters.key_path,
        counters.counter_text,
        counters.error_text,
        row_number() over (
            partition by namespace_months.instance_id, namespace_months.usage_month, counters.key_path
            order by counters._file_order desc, counters._file desc, counters._row desc
        ) as row_recency
    from counters
    inner join namespace_months
        on
            counters.namespace_id = namespace_months.namespace_id
            and counters.ping_date = namespace_months.last_metrics_date
    inner join metrics
        on counters.key_path = metrics.key_path

),

latest_counters as (

    select * from ranked
    where
        row_recency = 1

),

expected as (

    select
        namespace_months.instance_id,
        namespace_months.usage_month,
        metrics.key_path,
        metrics.is_available_on_saas or carried_metrics.key_path is not null as is_available
    from namespace_months
    cross join metrics
    left join carried_metrics
        on metrics.key_path = carried_metrics.key_path

),

judged as (

    select
        expected.instance_id,
        expected.usage_month,
        expected.key_path,
        latest_counters.counter_text,
        case
            when coalesce(latest_counters.error_text, 'Success') <> 'Success' then 'collection_failed'
            when latest_counters.counter_text is null and not expected.is_available then 'not_available_on_saas'
            when latest_counters.counter_text is null then 'not_reported'
            else {{ unusable_text_reason('latest_counters.counter_text') }}
        end as missing_reason
    from expected
    left join latest_counters
        on
            expected.instance_id = latest_counters.instance_id
            and expected.usage_month = latest_counters.usage_month
            and expected.key_path = latest_counters.key_path

),

final as (

    select
        instance_id,
        usage_month,
        key_path,
        case when missing_reason is null then {{ usable_text_value('counter_text') }} end as value,
        missing_reason
    from judged

)

select * from final
