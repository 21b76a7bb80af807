-- R4.2 A metric, and a count of billable users, has a value or the reason why not: never both, never neither.

with

metric_values as (

    select * from {{ ref('int_instance_metric_values') }}

),

billable_users as (

    select * from {{ ref('int_instance_billable_users') }}

),

combined as (

    select
        instance_id,
        usage_month,
        key_path,
        value,
        missing_reason
    from metric_values

    union all

    select
        instance_id,
        usage_month,
        'billable users' as key_path,
        billable_user_count as value,
        missing_reason
    from billable_users

)

select * from combined
where
    (value is null) = (missing_reason is null)
    or value < 0
