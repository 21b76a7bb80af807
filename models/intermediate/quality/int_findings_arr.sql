-- One row per live subscription whose ARR is not known, with what keeps it from being so, as of the run (R8.7, R8.10).

with

subscriptions_as_of as (

    select * from {{ ref('int_subscriptions_as_of') }}
    where
        is_as_of_month

),

charges as (

    select * from {{ ref('int_charges_in_effect') }}
    where
        is_as_of_month

),

charges_at_fault as (

    select
        subscription_name,
        is_date_unreadable,
        {{ dbt.listagg("coalesce(charge_number, rate_plan_charge_id)", "', '", "order by rate_plan_charge_id") }}
            as charges
    from charges
    where
        mrr is null
    group by
        subscription_name,
        is_date_unreadable

),

unknown_arr as (

    select
        'arr_unknown' as finding,
        'subscription' as subject_type,
        subscriptions_as_of.subscription_name as subject_id,
        subscriptions_as_of.account_id,
        subscriptions_as_of.arr_missing_reason
        || coalesce(': charges ' || charges_at_fault.charges, ': its start, end or cancellation') as detail
    from subscriptions_as_of
    left join charges_at_fault
        on
            subscriptions_as_of.subscription_name = charges_at_fault.subscription_name
            and charges_at_fault.is_date_unreadable = (subscriptions_as_of.arr_missing_reason = 'date_unreadable')
    where
        subscriptions_as_of.arr is null

)

select * from unknown_arr
