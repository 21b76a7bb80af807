-- One row per subscription: what is sold by it, as last received (R23.3). Where a figure of a closed month changes, the
-- publisher looks here for whether that did.

with

subscriptions as (

    select * from {{ ref('int_subscriptions') }}

),

charges as (

    select * from {{ ref('int_charges_classified') }}

),

charges_in_words as (

    select
        subscription_id,
        {{ dbt.listagg(
            "rate_plan_charge_id || ' ' || coalesce(cast(quantity as varchar), '') || ' '"
            ~ " || coalesce(cast(effective_from as varchar), '') || ' ' || coalesce(cast(effective_to as varchar), '')",
            "','", 'order by rate_plan_charge_id'
        ) }} as charges_in_words
    from charges
    group by
        subscription_id

),

final as (

    select
        subscriptions.subscription_name,
        subscriptions.account_id,
        {{ dbt.hash(
            "coalesce(subscriptions.account_id, '') || '|' || cast(subscriptions.is_counted as varchar)"
            ~ " || '|' || cast(subscriptions.carries_seats as varchar)"
            ~ " || '|' || cast(subscriptions.is_date_unreadable as varchar)"
            ~ " || '|' || coalesce(cast(subscriptions.starts_on as varchar), '')"
            ~ " || '|' || coalesce(cast(subscriptions.live_until as varchar), '')"
            ~ " || '|' || coalesce(charges_in_words.charges_in_words, '')"
        ) }} as subscription_fingerprint
    from subscriptions
    left join charges_in_words
        on subscriptions.current_subscription_id = charges_in_words.subscription_id

)

select * from final
