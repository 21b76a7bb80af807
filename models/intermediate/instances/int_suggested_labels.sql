-- One row per unlabelled instance that is probably Production, with the evidence (R6.6). Never applied by itself.

with

latest as (

    select * from {{ ref('int_instances_latest') }}
    where
        subscription_name is not null

),

billable_users as (

    select * from {{ ref('int_instance_billable_users') }}

),

subscriptions as (

    select * from {{ ref('int_subscriptions_as_of') }}
    where
        is_as_of_month

),

ranked_billable_users as (

    select
        *,
        row_number() over (
            partition by instance_id
            order by usage_month desc
        ) as usage_recency
    from billable_users

),

counted as (

    select
        latest.instance_id,
        latest.subscription_name,
        latest.instance_type,
        count(*) over (partition by latest.subscription_name) as subscription_instance_count
    from latest

),

measured as (

    select
        counted.instance_id,
        counted.subscription_name,
        counted.subscription_instance_count,
        ranked_billable_users.billable_user_count,
        subscriptions.licenses_sold,
        ranked_billable_users.billable_user_count / nullif(subscriptions.licenses_sold, 0) as share_of_licenses,
        subscriptions.arr
    from counted
    left join subscriptions
        on counted.subscription_name = subscriptions.subscription_name
    left join ranked_billable_users
        on
            counted.instance_id = ranked_billable_users.instance_id
            and ranked_billable_users.usage_recency = 1
    where
        counted.instance_type = 'Unknown'

),

suggested as (

    select
        instance_id,
        subscription_name,
        'Production' as suggested_instance_type,
        case
            when subscription_instance_count = 1 then 'The only instance of its subscription.'
            else billable_user_count || ' billable users of ' || {{ number_in_words('licenses_sold') }} || ' licences.'
        end as suggestion_evidence,
        arr as suggested_arr_in_view
    from measured
    where
        subscription_instance_count = 1
        or share_of_licenses >= {{ var('suggested_production_share') }}

)

select * from suggested
