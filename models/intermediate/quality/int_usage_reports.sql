-- One row per report of a wrong figure up to the as-of date, with what it is about (R22.1, R22.2).

with

reports as (

    select * from {{ ref('stg_operations__usage_reports') }}
    where
        cast(reported_at as date) <= {{ as_of_date() }}

),

account_survivors as (

    select * from {{ ref('int_account_survivors') }}

),

subscriptions as (

    select * from {{ ref('int_subscriptions') }}

),

instances as (

    select
        *,
        row_number() over (
            partition by lower(instance_uuid)
            order by last_ping_at desc, instance_id asc
        ) as uuid_recency
    from {{ ref('int_instances_latest') }}
    where
        instance_uuid is not null

),

-- A date that is still to come is not known on the as-of date.
dated as (

    select
        *,
        case when cast(closed_at as date) <= {{ as_of_date() }} then closed_at end as known_closed_at,
        case
            when instance_uuid is not null then 'instance'
            when subscription_name is not null then 'subscription'
            when crm_account_id is not null then 'account'
        end as subject_type
    from reports

),

final as (

    select
        dated.report_id,
        dated.reported_at,
        dated.known_closed_at as closed_at,
        dated.subject_type,
        case dated.subject_type
            when 'instance' then instances.instance_id
            when 'subscription' then subscriptions.subscription_name
            when 'account' then account_survivors.surviving_account_id
        end as subject_id,
        case
            when dated.subject_type = 'instance' and instances.instance_id is not null then instances.account_id
            when dated.subject_type = 'subscription' and subscriptions.subscription_name is not null
                then subscriptions.account_id
            else account_survivors.surviving_account_id
        end as account_id,
        dated.subscription_name,
        dated.instance_uuid,
        coalesce(dated.month, cast({{ dbt.date_trunc('month', as_of_date()) }} as date)) as month,
        dated.figure,
        dated.expected_value,
        dated.expected_number,
        dated.expected_decimals,
        {{ dbt.datediff(
            'cast(dated.reported_at as date)',
            'coalesce(cast(dated.known_closed_at as date), ' ~ as_of_date() ~ ')',
            'day'
        ) }} as age_days
    from dated
    left join account_survivors
        on dated.crm_account_id = account_survivors.account_id
    left join subscriptions
        on dated.subscription_name = subscriptions.subscription_name
    left join instances
        on
            lower(dated.instance_uuid) = lower(instances.instance_uuid)
            and instances.uuid_recency = 1

)

select * from final
