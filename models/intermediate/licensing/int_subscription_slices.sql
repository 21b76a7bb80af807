-- One row per live seat-carrying subscription, month and slice of coverage: the value under which it counts there, and
-- the amount that counts (R20.1), without a reporting currency its own.

{%- set columns = [
    'every_subscription', 'account_owner', 'csm_name', 'segment', 'region', 'tier', 'license_type', 'currency'
] %}

with

utilization as (

    select * from {{ ref('int_subscription_utilization') }}

),

subscriptions as (

    select * from {{ ref('int_subscriptions_as_of') }}

),

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

coverage_slices as (

    select * from {{ ref('coverage_slices') }}

),

described as (

    select
        utilization.subscription_name,
        utilization.month,
        utilization.account_id,
        utilization.availability_status,
        coalesce(subscriptions.reporting_currency, subscriptions.currency) as amount_currency,
        case
            when subscriptions.reporting_currency is null then subscriptions.arr
            else subscriptions.arr_reporting
        end as amount,
        cast(null as {{ dbt.type_string() }}) as every_subscription,
        accounts.account_owner,
        accounts.csm_name,
        accounts.segment,
        accounts.region,
        subscriptions.tier,
        subscriptions.license_type,
        subscriptions.currency
    from utilization
    inner join subscriptions
        on
            utilization.subscription_name = subscriptions.subscription_name
            and utilization.month = subscriptions.month
    left join accounts
        on utilization.account_id = accounts.account_id

),

unpivoted as (

    {% for column in columns -%}
    select
        subscription_name,
        month,
        account_id,
        availability_status,
        amount_currency,
        amount,
        '{{ column }}' as column_name,
        {{ column }} as slice_value
    from described
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

),

final as (

    select
        unpivoted.subscription_name,
        unpivoted.month,
        coverage_slices.slice,
        unpivoted.slice_value,
        unpivoted.account_id,
        unpivoted.availability_status,
        unpivoted.amount_currency,
        unpivoted.amount
    from unpivoted
    inner join coverage_slices
        on unpivoted.column_name = coverage_slices.column_name

)

select * from final
