-- One row per instance and month since its first usage: which of its usage speaks for it on the month's date (R9.1).
-- Of a server one ping gives seats and metrics; of a namespace each has its own latest date. A usage month is the
-- calendar month under which values are kept; it is NULL where the usage is older than the window.

with

latest_pings as (

    select * from {{ ref('int_pings_latest_of_month') }}

),

namespace_dates as (

    select * from {{ ref('int_namespace_dates') }}

),

months as (

    select * from {{ ref('int_months') }}

),

usages as (

    select
        instance_id,
        usage_month,
        delivery_type,
        deployment_type,
        recorded_at as seats_at,
        recorded_at as metrics_at
    from latest_pings

    union all

    select
        instance_id,
        usage_month,
        'SaaS' as delivery_type,
        'GitLab.com' as deployment_type,
        cast(max(case when has_seats then ping_date end) as timestamp) as seats_at,
        cast(max(case when has_metrics then ping_date end) as timestamp) as metrics_at
    from namespace_dates
    group by
        instance_id,
        usage_month

),

kinds as (

    select
        instance_id,
        'seats' as usage_kind,
        usage_month,
        delivery_type,
        deployment_type,
        seats_at as usage_at
    from usages
    where
        seats_at is not null

    union all

    select
        instance_id,
        'metrics' as usage_kind,
        usage_month,
        delivery_type,
        deployment_type,
        metrics_at as usage_at
    from usages
    where
        metrics_at is not null

),

spans as (

    select
        *,
        lead(usage_month) over (
            partition by instance_id, usage_kind
            order by usage_month
        ) as next_usage_month
    from kinds

),

latest as (

    select
        spans.instance_id,
        months.month,
        months.as_of_date,
        spans.usage_kind,
        spans.usage_month,
        spans.delivery_type,
        spans.deployment_type,
        spans.usage_at,
        cast(spans.usage_at as date)
        >= {{ dbt.dateadd('day', -var('usage_window_days'), 'months.as_of_date') }} as is_in_window
    from spans
    inner join months
        on
            spans.usage_month <= months.month
            and coalesce(spans.next_usage_month > months.month, true)

),

final as (

    select
        instance_id,
        month,
        as_of_date,
        delivery_type,
        deployment_type,
        max(usage_at) as latest_usage_at,
        max(case when is_in_window then usage_at end) as ping_at,
        max(case when is_in_window and usage_kind = 'seats' then usage_month end) as seats_usage_month,
        max(case when is_in_window and usage_kind = 'metrics' then usage_month end) as metrics_usage_month
    from latest
    group by
        instance_id,
        month,
        as_of_date,
        delivery_type,
        deployment_type

)

select * from final
