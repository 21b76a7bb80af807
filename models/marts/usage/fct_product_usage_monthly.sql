-- One row per Production instance and month in which it reported, with a column per metric that the scorecard reads.

{% set scorecard_columns = [
    'last_activity_28_days_user',
    'action_monthly_active_users_project_repo_28_days_user',
    'ci_builds_28_days_event_post_16_9',
    'ci_builds_28_days_event',
    'deployments_28_days_user',
    'deployments_28_days_event',
    'successful_deployments_28_days_event',
    'failed_deployments_28_days_event',
    'user_unique_users_all_secure_scanners_28_days_user',
    'secret_detection_scans_28_days_event',
    'dependency_scanning_scans_28_days_event',
    'container_scanning_scans_28_days_event',
    'sast_scans_28_days_event',
    'dast_scans_28_days_event',
    'coverage_fuzzing_scans_28_days_event',
    'api_fuzzing_scans_28_days_event',
    'ci_internal_pipelines_28_days_event',
] %}

with

usage_monthly as (

    select * from {{ ref('int_instance_usage_monthly') }}

),

metric_values as (

    select * from {{ ref('int_instance_metric_values') }}

),

metrics as (

    select * from {{ ref('int_tracked_metrics') }}

),

metric_columns as (

    select
        metric_values.instance_id,
        metric_values.usage_month,
        {%- for column_name in scorecard_columns %}
        max(case when metrics.column_name = '{{ column_name }}' then metric_values.value end) as {{ column_name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from metric_values
    inner join metrics
        on metric_values.key_path = metrics.key_path
    group by
        metric_values.instance_id,
        metric_values.usage_month

),

final as (

    select
        usage_monthly.instance_id,
        usage_monthly.month,
        usage_monthly.subscription_name,
        usage_monthly.account_id,
        usage_monthly.ping_at,
        usage_monthly.billable_user_count,
        usage_monthly.billable_users_missing_reason,
        usage_monthly.licensed_user_count,
        usage_monthly.license_utilization,
        coalesce(
            usage_monthly.billable_users_missing_reason,
            usage_monthly.licenses_missing_reason
        ) as license_utilization_missing_reason,
        {%- for column_name in scorecard_columns %}
        metric_columns.{{ column_name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from usage_monthly
    left join metric_columns
        on
            usage_monthly.instance_id = metric_columns.instance_id
            and usage_monthly.month = metric_columns.usage_month

)

select * from final
