-- R19.2 Families add up to the portfolio: each account's subscriptions are in one family, with what they are worth, and
-- the shares by colour make a whole.

with

families as (

    select * from {{ ref('fct_family_utilization_monthly') }}

),

members as (

    select * from {{ ref('dim_account_families') }}

),

accounts as (

    select
        members.family_id,
        utilization.month,
        sum(utilization.subscription_count) as subscription_count,
        sum(utilization.excluded_subscription_count) as excluded_subscription_count,
        sum(utilization.scored_billable_user_count) as scored_billable_user_count,
        sum(utilization.scored_licenses_sold) as scored_licenses_sold,
        count(utilization.licenses_sold) = count(*) as has_licenses_sold
    from {{ ref('fct_account_utilization_monthly') }} as utilization
    left join members
        on utilization.account_id = members.account_id
    group by
        members.family_id,
        utilization.month

),

subscriptions as (

    select
        members.family_id,
        subscriptions_as_of.month,
        case
            when count(subscriptions_as_of.arr_reporting) = count(*) then sum(subscriptions_as_of.arr_reporting)
        end as arr_reporting
    from {{ ref('int_subscriptions_as_of') }} as subscriptions_as_of
    inner join members
        on subscriptions_as_of.account_id = members.account_id
    group by
        members.family_id,
        subscriptions_as_of.month

)

select
    coalesce(families.family_id, accounts.family_id) as family_id,
    coalesce(families.month, accounts.month) as month
from families
full outer join accounts
    on
        families.family_id = accounts.family_id
        and families.month = accounts.month
left join subscriptions
    on
        families.family_id = subscriptions.family_id
        and families.month = subscriptions.month
where
    families.family_id is null
    or accounts.family_id is null
    or families.subscription_count <> accounts.subscription_count
    or families.excluded_subscription_count <> accounts.excluded_subscription_count
    or families.scored_billable_user_count is distinct from accounts.scored_billable_user_count
    or (families.scored_licenses_sold is null) <> (accounts.scored_licenses_sold is null)
    or abs(families.scored_licenses_sold - accounts.scored_licenses_sold)
    > 1e-9 * greatest(1, abs(accounts.scored_licenses_sold))
    or (families.licenses_sold is not null) <> accounts.has_licenses_sold
    or (families.arr_reporting is null) <> (subscriptions.arr_reporting is null)
    or abs(families.arr_reporting - subscriptions.arr_reporting) > 1e-9 * greatest(1, abs(subscriptions.arr_reporting))
    or abs(
        families.arr_share_green + families.arr_share_yellow + families.arr_share_red + families.arr_share_unscored - 1
    ) > 1e-9
    or (families.arr_share_green is null) <> coalesce(families.arr_reporting = 0, true)
