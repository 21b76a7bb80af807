-- One row per CRM account, merged and deleted ones resolved (R8.8), as of the run.

with

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

parents as (

    select * from {{ ref('int_account_parents') }}

),

arr as (

    select * from {{ ref('int_account_arr_as_of') }}

),

utilization as (

    select * from {{ ref('int_account_utilization') }}
    where
        is_as_of_month

),

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

current_arr as (

    select arr.*
    from arr
    inner join months
        on arr.month = months.month

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
    group by
        subscriptions.account_id

),

final as (

    select
        accounts.account_id,
        accounts.account_name,
        parents.parent_account_id,
        accounts.segment,
        accounts.region,
        accounts.account_owner,
        accounts.csm_name,
        accounts.csm_priority,
        accounts.customer_since,
        coalesce(current_arr.live_subscription_count, 0) as live_subscription_count,
        renewals.next_renewal_date,
        case
            when current_arr.account_id is null then cast(0 as double)
            else current_arr.arr
        end as arr,
        current_arr.arr_missing_reason,
        case
            when current_arr.account_id is null then cast(0 as double)
            else current_arr.arr_reporting
        end as arr_reporting,
        case
            when current_arr.account_id is null then cast(0 as double)
            else current_arr.arr_constant_currency
        end as arr_constant_currency,
        {{ reporting_currency_text() }} as reporting_currency,
        current_arr.arr_reporting_missing_reason,
        coalesce(utilization.availability_status, 'no_live_subscription') as availability_status
    from accounts
    inner join parents
        on accounts.account_id = parents.account_id
    left join current_arr
        on accounts.account_id = current_arr.account_id
    left join renewals
        on accounts.account_id = renewals.account_id
    left join utilization
        on accounts.account_id = utilization.account_id

)

select * from final
