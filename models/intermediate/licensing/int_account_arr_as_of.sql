-- One row per account and month with a live subscription: what all of them are worth on the month's date (R8.7).

with

subscriptions as (

    select * from {{ ref('int_subscriptions_as_of') }}
    where
        account_id is not null

),

summed as (

    select
        account_id,
        month,
        count(*) as live_subscription_count,
        count(distinct coalesce(currency, '')) as currency_count,
        sum(case when arr_missing_reason = 'date_unreadable' then 1 else 0 end) as unreadable_date_count,
        sum(case when arr_missing_reason = 'price_blank' then 1 else 0 end) as blank_price_count,
        sum(cast(arr as decimal(38, 8))) as arr
    from subscriptions
    group by
        account_id,
        month

),

explained as (

    select
        account_id,
        month,
        live_subscription_count,
        case
            when currency_count > 1 then 'several_currencies'
            when unreadable_date_count > 0 then 'date_unreadable'
            when blank_price_count > 0 then 'price_blank'
        end as arr_missing_reason,
        cast(arr as double) as arr
    from summed

),

final as (

    select
        account_id,
        month,
        live_subscription_count,
        case when arr_missing_reason is null then arr end as arr,
        arr_missing_reason
    from explained

)

select * from final
