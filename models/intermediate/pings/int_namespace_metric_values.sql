-- One row a namespace, calendar month with usage and tracked metric, from the month's last metrics date (R5.6, R9.1).

with

dates as (

    select * from {{ ref('int_namespace_dates') }}

),

counters as (

    select * from {{ ref('stg_saas__namespace_metrics') }}

),

metrics as (

    select * from {{ ref('int_tracked_metrics') }}

),

latest_dates as (

    select
        instance_id,
        namespace_id,
        usage_month,
        max(case when has_metrics then ping_date end) as ping_date
    from dates
    group by
        instance_id,
        namespace_id,
        usage_month

),

expected as (

    select
        latest_dates.instance_id,
        latest_dates.namespace_id,
        latest_dates.usage_month,
        latest_dates.ping_date,
        metrics.key_path,
        metrics.is_available_on_saas
    from latest_dates
    cross join metrics

),

judged as (

    select
        expected.instance_id,
        expected.usage_month,
        expected.key_path,
        counters.counter_text,
        case
            when coalesce(counters.error_text, 'Success') <> 'Success' then 'collection_failed'
            when counters.counter_text is null and not expected.is_available_on_saas then 'not_available_on_saas'
            when counters.counter_text is null then 'not_reported'
            else {{ unusable_reason(number_text('counters.counter_text')) }}
        end as missing_reason
    from expected
    left join counters
        on
            expected.namespace_id = counters.namespace_id
            and expected.ping_date = counters.ping_date
            and expected.key_path = counters.key_path

),

final as (

    select
        instance_id,
        usage_month,
        key_path,
        case when missing_reason is null then {{ usable_value(number_text('counter_text')) }} end as value,
        missing_reason
    from judged

)

select * from final
