-- One row per live subscription, month and recurring charge of its current version in effect on the month's date
-- (R8.4). Of a charge with dates that nobody can read, only those that can be read count (R8.10).

with

live as (

    select * from {{ ref('int_subscriptions_live') }}

),

charges as (

    select * from {{ ref('int_charges_classified') }}

),

in_effect as (

    select
        live.subscription_name,
        live.month,
        live.is_as_of_month,
        live.account_id,
        charges.rate_plan_charge_id,
        charges.charge_number,
        charges.carries_seats,
        charges.delivery_type,
        charges.tier_rank,
        charges.quantity,
        charges.mrr,
        charges.is_discount,
        charges.is_date_unreadable
    from live
    inner join charges
        on
            live.current_subscription_id = charges.subscription_id
            and (charges.is_start_unreadable or coalesce(live.as_of_date >= charges.effective_from, false))
            and coalesce(live.as_of_date < charges.effective_to, true)

)

select * from in_effect
