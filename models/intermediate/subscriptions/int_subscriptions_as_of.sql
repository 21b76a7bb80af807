-- One row a counted subscription and month on whose date it is live: what is sold on that date (R8.2 to R8.9).

with

subscriptions as (

    select * from {{ ref('int_subscriptions') }}
    where
        is_counted

),

months as (

    select * from {{ ref('int_months') }}

),

charges as (

    select * from {{ ref('int_charges_classified') }}

),

product_tiers as (

    select * from {{ ref('product_tiers') }}

),

live as (

    select
        subscriptions.subscription_name,
        subscriptions.current_subscription_id,
        subscriptions.account_id,
        subscriptions.currency,
        subscriptions.carries_seats,
        subscriptions.is_exempt_from_operational_metrics,
        case
            when
                subscriptions.term_starts_on <= months.as_of_date
                and coalesce(subscriptions.term_ends_on > months.as_of_date, true)
                then subscriptions.term_starts_on
            else subscriptions.starts_on
        end as term_overage_from,
        months.month,
        months.as_of_date,
        months.is_as_of_month
    from subscriptions
    inner join months
        on
            subscriptions.starts_on <= months.as_of_date
            and coalesce(subscriptions.ends_on > months.as_of_date, true)

),

in_effect as (

    select
        live.subscription_name,
        live.month,
        charges.carries_seats,
        charges.delivery_type,
        charges.tier_rank,
        charges.quantity,
        charges.mrr
    from live
    inner join charges
        on
            live.current_subscription_id = charges.subscription_id
            and live.as_of_date >= charges.effective_from
            and coalesce(live.as_of_date < charges.effective_to, true)

),

sold as (

    select
        subscription_name,
        month,
        sum(case when carries_seats and quantity is null then 1 else 0 end) as blank_quantity_count,
        sum(case when carries_seats then quantity end) as seat_quantity,
        sum(case when mrr is null then 1 else 0 end) as blank_mrr_count,
        sum(mrr) as mrr,
        max(case when carries_seats then tier_rank end) as tier_rank,
        {{ dbt.bool_or("carries_seats and coalesce(delivery_type = 'Self-Managed', false)") }} as sells_self_managed,
        {{ dbt.bool_or("carries_seats and coalesce(delivery_type = 'SaaS', false)") }} as sells_saas
    from in_effect
    group by
        subscription_name,
        month

),

final as (

    select
        live.subscription_name,
        live.month,
        live.as_of_date,
        live.is_as_of_month,
        live.account_id,
        live.currency,
        live.carries_seats,
        live.is_exempt_from_operational_metrics,
        live.term_overage_from,
        product_tiers.tier,
        product_tiers.tier_rank,
        coalesce(sold.sells_self_managed, false) as sells_self_managed,
        coalesce(sold.sells_saas, false) as sells_saas,
        case
            when sold.blank_quantity_count = 0 then cast(sold.seat_quantity as double)
        end as licenses_sold,
        -- No charge in effect is an ARR of 0; a charge without its price is not known.
        case
            when sold.subscription_name is null then cast(0 as double)
            when sold.blank_mrr_count = 0 then cast(12 * sold.mrr as double)
        end as arr
    from live
    left join sold
        on
            live.subscription_name = sold.subscription_name
            and live.month = sold.month
    left join product_tiers
        on sold.tier_rank = product_tiers.tier_rank

)

select * from final
