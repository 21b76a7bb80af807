-- One row per live seat-carrying subscription: what a seat costs a year, in its billing currency, as of the run
-- (R18.3). A charge without seats has no price of its own.

with

subscriptions as (

    select * from {{ ref('int_subscriptions_live') }}
    where
        is_as_of_month
        and carries_seats

),

seat_charges as (

    select * from {{ ref('int_charges_in_effect') }}
    where
        is_as_of_month
        and carries_seats

),

summed as (

    select
        subscription_name,
        count(*) as charge_count,
        count(quantity) as quantity_count,
        count(mrr) as price_count,
        sum(quantity) as quantity,
        12 * sum(mrr) / nullif(sum(quantity), 0) as seat_price,
        max(12 * mrr / nullif(quantity, 0)) as max_seat_price
    from seat_charges
    group by
        subscription_name

),

explained as (

    select
        subscriptions.subscription_name,
        summed.seat_price,
        summed.max_seat_price,
        case
            when coalesce(summed.quantity_count < summed.charge_count, true) or summed.quantity = 0
                then 'quantity_unknown'
            when summed.price_count < summed.charge_count then 'price_blank'
        end as price_missing_reason
    from subscriptions
    left join summed
        on subscriptions.subscription_name = summed.subscription_name

),

final as (

    select
        subscription_name,
        case when price_missing_reason is null then seat_price end as seat_price,
        case when price_missing_reason is null then max_seat_price end as max_seat_price,
        price_missing_reason
    from explained

)

select * from final
