-- R9.5, R9.6 What an account sums up is what its subscriptions show, and N/A exactly where one of them is blank.

with

subscriptions as (

    select
        account_id,
        month,
        count(*) as subscription_count,
        count(billable_user_count) as known_billable_count,
        count(licenses_sold) as known_licenses_count,
        sum(billable_user_count) as billable_user_count,
        sum(licenses_sold) as licenses_sold,
        sum(abs(licenses_sold)) as licenses_size,
        sum(case when licenses_sold is not null then billable_user_count end) as scored_billable_user_count,
        sum(case when billable_user_count is null or licenses_sold is null then 1 else 0 end) as excluded_count
    from {{ ref('fct_subscription_utilization_monthly') }}
    where
        account_id is not null
    group by
        account_id,
        month

),

accounts as (

    select * from {{ ref('fct_account_utilization_monthly') }}

)

select
    coalesce(accounts.account_id, subscriptions.account_id) as account_id,
    coalesce(accounts.month, subscriptions.month) as month
from subscriptions
full outer join accounts
    on
        subscriptions.account_id = accounts.account_id
        and subscriptions.month = accounts.month
where
    subscriptions.account_id is null
    or accounts.account_id is null
    or subscriptions.subscription_count <> accounts.subscription_count
    or subscriptions.excluded_count <> accounts.excluded_subscription_count
    or accounts.billable_user_count is distinct from
    case
        when subscriptions.known_billable_count = subscriptions.subscription_count
            then subscriptions.billable_user_count
    end
    or (accounts.licenses_sold is null)
    <> (subscriptions.known_licenses_count < subscriptions.subscription_count)
    -- Doubles add up in any order, so that the last digits may differ.
    or abs(accounts.licenses_sold - subscriptions.licenses_sold) > 1e-9 * subscriptions.licenses_size
    or accounts.scored_billable_user_count is distinct from subscriptions.scored_billable_user_count
