-- One row per account, month, measure, primary instance and component of the measure: the number that the instance
-- gives, and the line of the landing that it stands in (R12.6). Namespaces have no line: an export speaks for them.
-- Of licence utilisation (R9.6) instances give the billable users; the licences are the account's.

with

components as (

    select * from {{ ref('int_measure_components') }}

),

latest_pings as (

    select * from {{ ref('int_pings_latest_of_month') }}

),

final as (

    select
        components.account_id,
        components.month,
        components.measure,
        components.side,
        components.position,
        components.metric,
        components.aggregation,
        components.subscription_name,
        components.delivery_type,
        components.instance_id,
        components.ping_at,
        latest_pings.file,
        latest_pings.line_number as line,
        components.value,
        components.missing_reason,
        components.scorecard_version
    from components
    left join latest_pings
        on
            components.instance_id = latest_pings.instance_id
            and components.metrics_usage_month = latest_pings.usage_month

)

select * from final
