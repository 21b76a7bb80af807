-- One row per counted subscription and month on whose date it is live: what is sold on that date (R8.4 to R8.10).

with

live as (

    select * from {{ ref('int_subscriptions_live') }}

),

in_effect as (

    select * from {{ ref('int_charges_in_effect') }}

),

product_tiers as (

    select * from {{ ref('product_tiers') }}

),

sold as (

    select
        subscription_name,
        month,
        sum(case when carries_seats and quantity is null then 1 else 0 end) as blank_quantity_count,
        sum(case when carries_seats then quantity end) as seat_quantity,
        sum(case when is_date_unreadable then 1 else 0 end) as unreadable_date_count,
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

explained as (

    select
        live.*,
        case when live.is_date_unreadable then null else product_tiers.tier end as tier,
        case when live.is_date_unreadable then null else product_tiers.tier_rank end as tier_rank,
        coalesce(sold.sells_self_managed, false) as sells_self_managed,
        coalesce(sold.sells_saas, false) as sells_saas,
        case
            when live.is_date_unreadable then null
            when sold.blank_quantity_count = 0 then cast(sold.seat_quantity as double)
        end as licenses_sold,
        case
            when live.is_date_unreadable or sold.unreadable_date_count > 0 then 'date_unreadable'
            when sold.blank_mrr_count > 0 then 'price_blank'
        end as arr_missing_reason,
        -- No charge in effect is an ARR of 0.
        cast(12 * coalesce(sold.mrr, 0) as decimal(38, 8)) as priced_arr
    from live
    left join sold
        on
            live.subscription_name = sold.subscription_name
            and live.month = sold.month
    left join product_tiers
        on sold.tier_rank = product_tiers.tier_rank

),

final as (

    select
        subscription_name,
        month,
        as_of_date,
        is_as_of_month,
        account_id,
        currency,
        carries_seats,
        is_exempt_from_operational_metrics,
        license_type,
        term_overage_from,
        tier,
        tier_rank,
        sells_self_managed,
        sells_saas,
        licenses_sold,
        case when arr_missing_reason is null then priced_arr end as arr,
        arr_missing_reason
    from explained

)

select * from final
