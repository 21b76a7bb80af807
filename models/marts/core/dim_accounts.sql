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
    where
        month = cast({{ dbt.date_trunc('month', as_of_date()) }} as date)

),

utilization as (

    select * from {{ ref('int_account_utilization') }}
    where
        is_as_of_month

),

dates as (

    select * from {{ ref('int_account_dates') }}

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
        coalesce(arr.live_subscription_count, 0) as live_subscription_count,
        dates.next_renewal_date,
        case
            when arr.account_id is null then cast(0 as double)
            else arr.arr
        end as arr,
        arr.arr_missing_reason,
        case
            when arr.account_id is null then cast(0 as double)
            else arr.arr_reporting
        end as arr_reporting,
        case
            when arr.account_id is null then cast(0 as double)
            else arr.arr_constant_currency
        end as arr_constant_currency,
        {{ reporting_currency_text() }} as reporting_currency,
        arr.arr_reporting_missing_reason,
        dates.last_reported_at is not null as has_ever_reported,
        dates.last_reported_at,
        coalesce(utilization.availability_status, 'no_live_subscription') as availability_status
    from accounts
    inner join parents
        on accounts.account_id = parents.account_id
    left join arr
        on accounts.account_id = arr.account_id
    left join dates
        on accounts.account_id = dates.account_id
    left join utilization
        on accounts.account_id = utilization.account_id

)

select * from final
