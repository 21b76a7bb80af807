-- One row per account and month with a live seat-carrying subscription: how long it has been a customer (R11.6).

with

subscriptions as (

    select * from {{ ref('int_subscriptions_as_of') }}
    where
        carries_seats
        and account_id is not null

),

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

account_months as (

    select
        account_id,
        month,
        as_of_date
    from subscriptions
    group by
        account_id,
        month,
        as_of_date

),

dated as (

    select
        account_months.account_id,
        account_months.month,
        account_months.as_of_date,
        account_months.month = max(account_months.month) over (
            partition by account_months.account_id
        ) as is_last_month,
        accounts.customer_since
    from account_months
    inner join accounts
        on account_months.account_id = accounts.account_id

),

counted as (

    select
        *,
        {{ dbt.datediff('customer_since', 'as_of_date', 'month') }} as month_boundaries,
        {{ dbt.datediff('customer_since', 'as_of_date', 'day') }} as age_days
    from dated

),

final as (

    select
        account_id,
        month,
        as_of_date,
        is_last_month,
        customer_since,
        case
            when {{ dbt.dateadd('month', 'month_boundaries', 'customer_since') }} > as_of_date then month_boundaries - 1
            else month_boundaries
        end as account_age_months,
        coalesce(age_days < {{ var('onboarding_days') }}, false) as is_onboarding
    from counted

)

select * from final
