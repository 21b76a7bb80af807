-- One row per seat-carrying subscription live as of the run and primary instance of a delivery type sold: the most
-- users that it had in the term (R18.2). The maximum that it reports itself stands only where it is higher.

with

live as (

    select * from {{ ref('int_subscriptions_live') }}
    where
        is_as_of_month
        and carries_seats

),

primaries as (

    select * from {{ ref('int_primary_instances') }}
    where
        is_sold

),

billable_users as (

    select * from {{ ref('int_usage_billable_users') }}
    where
        billable_user_count is not null

),

reported_maxima as (

    select * from {{ ref('int_reported_maxima_latest') }}

),

running as (

    select
        live.subscription_name,
        live.term_overage_from as term_peak_from,
        primaries.delivery_type,
        primaries.instance_id
    from live
    inner join primaries
        on
            live.subscription_name = primaries.subscription_name
            and live.month = primaries.month

),

ranked as (

    select
        running.subscription_name,
        running.instance_id,
        billable_users.usage_kind,
        billable_users.usage_on,
        billable_users.billable_user_count,
        row_number() over (
            partition by running.subscription_name, running.instance_id
            order by billable_users.billable_user_count desc, billable_users.usage_at asc
        ) as peak_rank
    from running
    inner join billable_users
        on
            running.instance_id = billable_users.instance_id
            and running.term_peak_from <= billable_users.usage_on

),

compared as (

    select
        running.subscription_name,
        running.delivery_type,
        running.instance_id,
        ranked.usage_kind,
        ranked.usage_on,
        ranked.billable_user_count,
        reported_maxima.reported_maximum,
        reported_maxima.reported_maximum is not null
        and coalesce(reported_maxima.reported_maximum > ranked.billable_user_count, true) as is_reported_higher
    from running
    left join ranked
        on
            running.subscription_name = ranked.subscription_name
            and running.instance_id = ranked.instance_id
            and ranked.peak_rank = 1
    left join reported_maxima
        on
            running.instance_id = reported_maxima.instance_id
            and running.term_peak_from <= reported_maxima.reported_for

),

final as (

    select
        subscription_name,
        delivery_type,
        instance_id,
        case when is_reported_higher then reported_maximum else billable_user_count end as peak_user_count,
        case when not is_reported_higher then usage_on end as peak_on,
        case when is_reported_higher then 'reported_maximum' else usage_kind end as peak_source
    from compared

)

select * from final
