-- R9.1, R6.4 Trends show Production instances alone, each with usage of its very month.

with

usage_monthly as (

    select * from {{ ref('fct_product_usage_monthly') }}

),

instances as (

    select * from {{ ref('dim_instances') }}

)

select
    usage_monthly.instance_id,
    usage_monthly.month
from usage_monthly
left join instances
    on usage_monthly.instance_id = instances.instance_id
where
    instances.instance_id is null
    or instances.instance_type <> 'Production'
    or usage_monthly.month <> cast({{ dbt.date_trunc('month', 'usage_monthly.ping_at') }} as date)
