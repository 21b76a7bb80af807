-- One row per account and month with a live subscription: what all of them are worth on the month's date (R8.7, R17.3).

with

subscriptions as (

    select * from {{ ref('int_subscriptions_as_of') }}
    where
        account_id is not null

),

amount_missing_reasons as (

    select * from {{ ref('amount_missing_reasons') }}

),

ranked as (

    select
        subscriptions.*,
        amount_missing_reasons.reason_rank
    from subscriptions
    left join amount_missing_reasons
        on subscriptions.arr_reporting_missing_reason = amount_missing_reasons.reason

),

summed as (

    select
        account_id,
        month,
        count(*) as live_subscription_count,
        count(distinct coalesce(currency, '')) as currency_count,
        sum(case when arr_missing_reason = 'date_unreadable' then 1 else 0 end) as unreadable_date_count,
        sum(case when arr_missing_reason = 'price_blank' then 1 else 0 end) as blank_price_count,
        sum(cast(arr as decimal(38, 8))) as arr,
        count(arr_reporting) as known_reporting_count,
        count(arr_constant_currency) as known_constant_count,
        sum(cast(arr_reporting as decimal(38, 2))) as arr_reporting,
        sum(cast(arr_constant_currency as decimal(38, 2))) as arr_constant_currency,
        min(reason_rank) as reason_rank
    from ranked
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
        cast(arr as double) as arr,
        case
            when known_reporting_count = live_subscription_count then cast(arr_reporting as double)
        end as arr_reporting,
        case
            when known_constant_count = live_subscription_count then cast(arr_constant_currency as double)
        end as arr_constant_currency,
        reason_rank
    from summed

),

final as (

    select
        explained.account_id,
        explained.month,
        explained.live_subscription_count,
        case when explained.arr_missing_reason is null then explained.arr end as arr,
        explained.arr_missing_reason,
        explained.arr_reporting,
        explained.arr_constant_currency,
        amount_missing_reasons.reason as arr_reporting_missing_reason
    from explained
    left join amount_missing_reasons
        on explained.reason_rank = amount_missing_reasons.reason_rank

)

select * from final
