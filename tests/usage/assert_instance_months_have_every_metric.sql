-- R5 Each server and namespace with usage in a month has a row for each tracked metric in it, and no others.

with

pings as (

    select * from {{ ref('int_pings_latest_of_month') }}

),

namespace_dates as (

    select * from {{ ref('int_namespace_dates') }}

),

metric_values as (

    select * from {{ ref('int_instance_metric_values') }}

),

metrics as (

    select * from {{ ref('tracked_metrics') }}

),

instance_months as (

    select
        instance_id,
        usage_month
    from pings

    union distinct

    select
        instance_id,
        usage_month
    from namespace_dates

),

expected as (

    select
        instance_months.instance_id,
        instance_months.usage_month,
        metrics.key_path
    from instance_months
    cross join metrics

)

select
    expected.key_path as expected_key_path,
    metric_values.instance_id,
    metric_values.usage_month,
    metric_values.key_path
from expected
full outer join metric_values
    on
        expected.instance_id = metric_values.instance_id
        and expected.usage_month = metric_values.usage_month
        and expected.key_path = metric_values.key_path
where
    expected.key_path is null
    or metric_values.key_path is null
