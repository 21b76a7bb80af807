-- R11.1 Measures are made of tracked metrics and billable users.

with

components as (

    select * from {{ ref('scorecard_components') }}

),

tracked_metrics as (

    select * from {{ ref('tracked_metrics') }}

)

select
    components.scorecard_version,
    components.measure,
    components.side,
    components.position,
    components.metric
from components
left join tracked_metrics
    on components.metric = tracked_metrics.key_path
where
    tracked_metrics.key_path is null
    and coalesce(components.metric <> 'billable_users', true)
