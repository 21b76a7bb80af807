-- One row per account with a renewal ahead or with usage, as of the run: when it renews next and when it last reported.

with

subscriptions as (

    select * from {{ ref('int_subscriptions') }}
    where
        is_counted

),

months as (

    select * from {{ ref('int_months') }}
    where
        is_as_of_month

),

last_usage as (

    select * from {{ ref('int_account_last_usage') }}

),

renewals as (

    select
        subscriptions.account_id,
        min(subscriptions.term_ends_on) as next_renewal_date
    from subscriptions
    inner join months
        on
            {{ is_live_on('subscriptions', 'months.as_of_date') }}
            and subscriptions.term_ends_on > months.as_of_date
    where
        subscriptions.account_id is not null
    group by
        subscriptions.account_id

),

final as (

    select
        coalesce(renewals.account_id, last_usage.account_id) as account_id,
        renewals.next_renewal_date,
        last_usage.last_reported_at
    from renewals
    full outer join last_usage
        on renewals.account_id = last_usage.account_id

)

select * from final
