-- One row per account, subscription and action that would bring it into view, ranked by the ARR at stake (R10.3).

with

subscriptions as (

    select * from {{ ref('int_subscription_utilization') }}
    where
        is_as_of_month
        and account_id is not null

),

actions as (

    select * from {{ ref('availability_actions') }}

),

suggested_labels as (

    select * from {{ ref('int_suggested_labels') }}

),

suggestions as (

    select
        subscription_name,
        {{ dbt.listagg('instance_id', "', '", 'order by instance_id') }} as suggested_instances
    from suggested_labels
    group by
        subscription_name

),

final as (

    select
        row_number() over (
            order by
                subscriptions.arr desc nulls last,
                subscriptions.account_id asc,
                subscriptions.subscription_name asc,
                actions.action asc
        ) as action_rank,
        subscriptions.account_id,
        subscriptions.subscription_name,
        actions.action,
        actions.owner,
        actions.instruction,
        subscriptions.availability_status,
        subscriptions.arr as arr_in_view,
        subscriptions.currency,
        subscriptions.last_reported_at,
        case
            when subscriptions.production_instance_count = 0 then suggestions.suggested_instances
        end as suggested_instances
    from subscriptions
    inner join actions
        on subscriptions.availability_status = actions.availability_status
    left join suggestions
        on subscriptions.subscription_name = suggestions.subscription_name

)

select * from final
