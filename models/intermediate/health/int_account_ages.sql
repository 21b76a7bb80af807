-- One row an account and month that has a score: how long it has been a customer on the month's date (R11.6).

with

utilization as (

    select * from {{ ref('int_account_utilization') }}

),

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

dated as (

    select
        utilization.account_id,
        utilization.month,
        utilization.as_of_date,
        accounts.customer_since
    from utilization
    inner join accounts
        on utilization.account_id = accounts.account_id

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
        customer_since,
        case
            when {{ dbt.dateadd('month', 'month_boundaries', 'customer_since') }} > as_of_date then month_boundaries - 1
            else month_boundaries
        end as account_age_months,
        coalesce(age_days < {{ var('onboarding_days') }}, false) as is_onboarding
    from counted

)

select * from final
