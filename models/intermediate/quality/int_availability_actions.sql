-- One row per live seat-carrying subscription out of view as of the run and action that would end that (R10.3, R20.2).

with

subscriptions as (

    select * from {{ ref('int_subscription_utilization') }}
    where
        is_as_of_month
        and availability_status <> 'available'

),

amounts as (

    select * from {{ ref('int_subscriptions_as_of') }}
    where
        is_as_of_month

),

actions as (

    select * from {{ ref('availability_actions') }}

),

blockers as (

    select
        account_id,
        count(*) as account_blocker_count
    from subscriptions
    where
        account_id is not null
    group by
        account_id

),

fitting as (

    select
        subscriptions.subscription_name,
        subscriptions.account_id,
        amounts.license_type,
        actions.action,
        actions.owner,
        actions.instruction,
        subscriptions.availability_status,
        amounts.arr,
        amounts.arr_reporting,
        amounts.arr_reporting_missing_reason,
        amounts.currency,
        subscriptions.last_reported_at,
        subscriptions.production_instance_count,
        -- Without an account it keeps no page but its own out of view.
        coalesce(blockers.account_blocker_count, 1) as account_blocker_count,
        blockers.account_blocker_count is not null and blockers.account_blocker_count = 1 as unlocks_account_page,
        case when actions.license_type = 'any' then 0 else 1 end as specificity
    from subscriptions
    inner join amounts
        on subscriptions.subscription_name = amounts.subscription_name
    inner join actions
        on
            subscriptions.availability_status = actions.availability_status
            and actions.license_type in ('any', amounts.license_type)
    left join blockers
        on subscriptions.account_id = blockers.account_id

),

ranked as (

    select
        *,
        max(specificity) over (partition by subscription_name) as highest_specificity
    from fitting

),

final as (

    select
        subscription_name,
        account_id,
        license_type,
        action,
        owner,
        instruction,
        availability_status,
        arr,
        arr_reporting,
        arr_reporting_missing_reason,
        currency,
        last_reported_at,
        production_instance_count,
        account_blocker_count,
        unlocks_account_page
    from ranked
    where
        specificity = highest_specificity

)

select * from final
