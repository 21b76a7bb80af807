-- One row per primary instance, month, measure and component of the measure: the instance's number (R11.2).
-- Only primaries of delivery types sold, of subscriptions of the measure's tier, are read (R9.3, R11.5).

with

primaries as (

    select * from {{ ref('int_primary_instances') }}
    where
        is_sold
        and carries_seats
        and account_id is not null

),

measures as (

    select * from {{ ref('int_scorecard_measures_as_of') }}

),

components as (

    select * from {{ ref('scorecard_components') }}

),

metric_values as (

    select * from {{ ref('int_instance_metric_values') }}

),

read as (

    select
        primaries.account_id,
        primaries.month,
        primaries.subscription_name,
        primaries.delivery_type,
        primaries.instance_id,
        primaries.ping_at,
        primaries.metrics_usage_month,
        primaries.billable_user_count,
        primaries.billable_missing_reason,
        measures.scorecard_version,
        measures.measure,
        measures.measure_kind,
        components.side,
        components.aggregation,
        components.position,
        components.metric
    from primaries
    inner join measures
        on
            primaries.month = measures.month
            and coalesce(primaries.tier_rank >= measures.minimum_tier_rank, measures.minimum_tier_rank is null)
            and case
                when primaries.delivery_type = 'SaaS' then measures.applies_to_saas
                else measures.applies_to_self_managed
            end
    inner join components
        on
            measures.scorecard_version = components.scorecard_version
            and measures.measure = components.measure

),

final as (

    select
        read.account_id,
        read.month,
        read.subscription_name,
        read.delivery_type,
        read.instance_id,
        read.ping_at,
        read.metrics_usage_month,
        read.scorecard_version,
        read.measure,
        read.measure_kind,
        read.side,
        read.aggregation,
        read.position,
        read.metric,
        case
            when read.metric = 'billable_users' then read.billable_user_count
            else metric_values.value
        end as value,
        case
            when read.metric = 'billable_users' then read.billable_missing_reason
            when metric_values.instance_id is null then 'not_reported'
            else metric_values.missing_reason
        end as missing_reason
    from read
    left join metric_values
        on
            read.instance_id = metric_values.instance_id
            and read.metrics_usage_month = metric_values.usage_month
            and read.metric = metric_values.key_path

)

select * from final
