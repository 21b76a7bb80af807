-- One row a recurring charge segment of any subscription version, with what its rate plan is.

with

charges as (

    select * from {{ ref('stg_zuora__rate_plan_charges') }}
    where
        is_recurring

),

rate_plans as (

    select * from {{ ref('int_rate_plans_classified') }}

),

product_tiers as (

    select * from {{ ref('product_tiers') }}

),

classified as (

    select
        charges.rate_plan_charge_id,
        rate_plans.subscription_id,
        rate_plans.delivery_type,
        rate_plans.carries_seats,
        product_tiers.tier_rank,
        charges.quantity,
        charges.mrr,
        charges.effective_from,
        charges.effective_to
    from charges
    inner join rate_plans
        on charges.rate_plan_id = rate_plans.rate_plan_id
    left join product_tiers
        on rate_plans.tier = product_tiers.tier

)

select * from classified
