-- One row per recurring charge segment of any subscription version, with what its rate plan is (R8.3, R8.4).
-- Of a plan with a charge in a seat unit only such charges are seats; a discount never is. What has an unreadable
-- date has no known amounts (R8.10).

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

seat_units as (

    select * from {{ ref('seat_units') }}

),

measured as (

    select
        charges.*,
        charges.is_start_unreadable or charges.is_end_unreadable as is_date_unreadable,
        seat_units.unit is not null and not charges.is_discount as is_in_seats
    from charges
    left join seat_units
        on charges.unit_of_measure = seat_units.unit

),

counted as (

    select
        *,
        not is_discount
        and (
            is_in_seats
            or not {{ dbt.bool_or('is_in_seats') }} over (partition by rate_plan_id)
        ) as counts_as_seats
    from measured

),

classified as (

    select
        counted.rate_plan_charge_id,
        counted.charge_number,
        rate_plans.subscription_id,
        rate_plans.delivery_type,
        rate_plans.carries_seats and counted.counts_as_seats as carries_seats,
        product_tiers.tier_rank,
        counted.is_discount,
        case when counted.is_date_unreadable then null else counted.quantity end as quantity,
        case
            when counted.is_date_unreadable then null
            when counted.is_discount then coalesce(counted.mrr, 0)
            else counted.mrr
        end as mrr,
        counted.effective_from,
        counted.effective_to,
        counted.is_start_unreadable,
        counted.is_date_unreadable
    from counted
    inner join rate_plans
        on counted.rate_plan_id = rate_plans.rate_plan_id
    left join product_tiers
        on rate_plans.tier = product_tiers.tier

)

select * from classified
