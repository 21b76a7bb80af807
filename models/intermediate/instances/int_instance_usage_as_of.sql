-- One row per instance and month since its first usage: which of its usage speaks for it on the month's date (R9.1).
-- Of a server one ping gives seats and metrics; of a namespace each has its own latest date. A usage month is the
-- calendar month under which values are kept; it is NULL where the usage is older than the window.

with

latest_pings as (

    select * from {{ ref('int_pings_latest_of_month') }}

),

namespace_months as (

    select * from {{ ref('int_namespaces_monthly') }}

),

months as (

    select * from {{ ref('int_months') }}

),

usage_by_kind as (

    select
        instance_id,
        usage_month,
        delivery_type,
        deployment_type,
        'ping' as usage_kind,
        true as has_seats,
        true as has_metrics,
        recorded_at as usage_at
    from latest_pings

    union all

    select
        instance_id,
        usage_month,
        'SaaS' as delivery_type,
        'GitLab.com' as deployment_type,
        'seats' as usage_kind,
        true as has_seats,
        false as has_metrics,
        cast(last_seats_date as timestamp) as usage_at
    from namespace_months
    where
        last_seats_date is not null

    union all

    select
        instance_id,
        usage_month,
        'SaaS' as delivery_type,
        'GitLab.com' as deployment_type,
        'metrics' as usage_kind,
        false as has_seats,
        true as has_metrics,
        cast(last_metrics_date as timestamp) as usage_at
    from namespace_months
    where
        last_metrics_date is not null

),

usage_until_next as (

    select
        *,
        lead(usage_month) over (
            partition by instance_id, usage_kind
            order by usage_month
        ) as next_usage_month
    from usage_by_kind

),

speaking_usage as (

    select
        usage_until_next.*,
        months.month,
        months.as_of_date,
        cast(usage_until_next.usage_at as date)
        >= {{ dbt.dateadd('day', -var('usage_window_days'), 'months.as_of_date') }} as is_in_window
    from usage_until_next
    inner join months
        on
            usage_until_next.usage_month <= months.month
            and coalesce(usage_until_next.next_usage_month > months.month, true)

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
        max(case when is_in_window and has_seats then usage_month end) as seats_usage_month,
        max(case when is_in_window and has_metrics then usage_month end) as metrics_usage_month
    from speaking_usage
    group by
        instance_id,
        month,
        as_of_date,
        delivery_type,
        deployment_type

)

select * from final
