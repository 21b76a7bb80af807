-- One row per account, month and figure that this publication changed of a month that was closed (R23.3).

-- Only months that both publications show are compared: what leaves the window of months is no change of a figure.
-- A change of usage speaks for the month in which it was recorded and, by its window (R9.1), for the two after it.
with

changed as (

    select
        coalesce(figures_now.account_id, figures_before.account_id) as account_id,
        coalesce(figures_now.month, figures_before.month) as month,
        coalesce(figures_now.figure, figures_before.figure) as figure,
        figures_before.text as value_before,
        figures_now.text as value_after,
        figures_now.number - figures_before.number as difference
    from figures_now
    full join figures_before using (account_id, month, figure)
    where
        figures_now.text is distinct from figures_before.text
        and not coalesce(
            abs(figures_now.number - figures_before.number)
            <= 1e-9 * greatest(1, abs(figures_now.number), abs(figures_before.number)),
            false
        )

),

-- A month has one scorecard; a figure that is N/A in one of the two publications does not say which.
scored_figures as (

    select figure from figures_now
    where
        scorecard is not null

    union

    select figure from figures_before
    where
        scorecard is not null

),

scored_months as (

    select
        now.month,
        now.scorecard is distinct from before.scorecard as has_other_scorecard
    from (select month, max(scorecard) as scorecard from figures_now group by month) as now
    inner join (select month, max(scorecard) as scorecard from figures_before group by month) as before
        on now.month = before.month

),

closed as (

    select
        changed.*,
        changed.figure in (select figure from scored_figures)
        and coalesce(scored_months.has_other_scorecard, false) as has_other_scorecard,
        publication_now.publication_number,
        publication_now.published_at,
        publication_now.as_of_date,
        publication_before.published_at as previous_published_at,
        publication_before.as_of_date as previous_as_of_date,
        publication_now.seatwise_version is distinct from publication_before.seatwise_version as has_other_version
    from changed
    cross join publication_now
    cross join publication_before
    left join scored_months on changed.month = scored_months.month
    where
        changed.month < date_trunc('month', publication_before.as_of_date)
        and changed.month between publication_before.first_month and publication_before.as_of_date
        and changed.month between publication_now.first_month and publication_now.as_of_date

),

instance_months as (

    select
        coalesce(instances_now.instance_id, instances_before.instance_id) as instance_id,
        coalesce(instances_now.month, instances_before.month) as month,
        instances_now.account_id as account_now,
        instances_before.account_id as account_before,
        coalesce(instances_now.usage_count >= coalesce(instances_before.usage_count, 0), false)
        and instances_now.usage_count > 0
        and instances_now.usage_fingerprint is distinct from instances_before.usage_fingerprint as has_new_usage,
        coalesce(instances_now.label_fingerprint <> instances_before.label_fingerprint, false) as has_other_label,
        instances_now.subscription_name is distinct from instances_before.subscription_name
        or instances_now.account_id is distinct from instances_before.account_id as has_other_mapping
    from instances_now
    full join instances_before using (instance_id, month)

),

windows as (

    select
        *,
        max(has_new_usage) over (
            partition by instance_id
            order by month
            range between interval 2 month preceding and current row
        ) as has_new_usage_in_window
    from instance_months

),

speaking as (

    select
        month,
        has_new_usage_in_window,
        has_other_label,
        has_other_mapping,
        unnest(list_distinct([account_now, account_before])) as account_id
    from windows

),

account_months as (

    select
        account_id,
        month,
        bool_or(has_new_usage_in_window) as has_new_usage,
        bool_or(has_other_label) as has_other_label,
        bool_or(has_other_mapping) as has_other_mapping
    from speaking
    group by
        account_id,
        month

),

sold as (

    select
        unnest(list_distinct([subscriptions_now.account_id, subscriptions_before.account_id])) as account_id,
        subscriptions_now.subscription_fingerprint
        is distinct from subscriptions_before.subscription_fingerprint as is_other
    from subscriptions_now
    full join subscriptions_before using (subscription_name)

),

sold_otherwise as (

    select distinct account_id
    from sold
    where
        is_other

)

select
    closed.account_id,
    closed.month,
    closed.figure,
    closed.publication_number,
    closed.value_before,
    closed.value_after,
    closed.difference,
    case
        when closed.has_other_version then 'version_changed'
        when closed.account_id in (select account_id from purged_accounts) then 'purged'
        when closed.as_of_date < closed.previous_as_of_date then 'as_of_earlier'
        when closed.has_other_scorecard then 'scorecard_changed'
        when account_months.has_new_usage then 'late_usage'
        when account_months.has_other_label then 'label_changed'
        when sold_otherwise.account_id is not null then 'subscription_changed'
        when account_months.has_other_mapping then 'mapping_changed'
        else 'other'
    end as cause,
    closed.published_at,
    closed.as_of_date,
    closed.previous_published_at,
    closed.previous_as_of_date
from closed
left join account_months on closed.account_id = account_months.account_id and closed.month = account_months.month
left join sold_otherwise on closed.account_id = sold_otherwise.account_id
