-- One row an account, month, measure, primary instance and component of the measure: the number that the instance
-- gives, and the line of the landing that it stands in (R12.6). Namespaces have no line: an export speaks for them.

with

components as (

    select * from {{ ref('int_measure_components') }}

),

primaries as (

    select * from {{ ref('int_primary_instances') }}
    where
        is_sold
        and carries_seats
        and account_id is not null

),

license_measures as (

    select * from {{ ref('int_scorecard_measures_as_of') }}
    where
        measure_kind = 'license_utilization'

),

latest_pings as (

    select * from {{ ref('int_pings_latest_of_month') }}

),

-- Licence utilisation is the account's (R9.6): its instances give billable users, its charges the licences.
license_components as (

    select
        primaries.account_id,
        primaries.month,
        license_measures.measure,
        'numerator' as side,
        1 as component_position,
        'billable_users' as metric,
        'sum' as aggregation,
        primaries.subscription_name,
        primaries.delivery_type,
        primaries.instance_id,
        primaries.ping_at,
        primaries.metrics_usage_month,
        primaries.billable_user_count as value,
        primaries.billable_missing_reason as missing_reason,
        license_measures.scorecard_version
    from primaries
    inner join license_measures
        on primaries.month = license_measures.month

),

combined as (

    select
        account_id,
        month,
        measure,
        side,
        position,
        metric,
        aggregation,
        subscription_name,
        delivery_type,
        instance_id,
        ping_at,
        metrics_usage_month,
        value,
        missing_reason,
        scorecard_version
    from components

    union all

    select
        account_id,
        month,
        measure,
        side,
        component_position,
        metric,
        aggregation,
        subscription_name,
        delivery_type,
        instance_id,
        ping_at,
        metrics_usage_month,
        value,
        missing_reason,
        scorecard_version
    from license_components

),

final as (

    select
        combined.account_id,
        combined.month,
        combined.measure,
        combined.side,
        combined.position,
        combined.metric,
        combined.aggregation,
        combined.subscription_name,
        combined.delivery_type,
        combined.instance_id,
        combined.ping_at,
        latest_pings.file,
        latest_pings.line_number as line,
        combined.value,
        combined.missing_reason,
        combined.scorecard_version
    from combined
    left join latest_pings
        on
            combined.instance_id = latest_pings.instance_id
            and combined.metrics_usage_month = latest_pings.usage_month

)

select * from final
