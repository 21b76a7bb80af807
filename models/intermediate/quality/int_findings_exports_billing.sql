-- One row per id that an export of billing or licences carries more than once: the later row won.

with

accounts as (

    select * from {{ ref('stg_zuora__accounts') }}

),

subscriptions as (

    select * from {{ ref('stg_zuora__subscriptions') }}

),

rate_plans as (

    select * from {{ ref('stg_zuora__rate_plans') }}

),

charges as (

    select * from {{ ref('stg_zuora__rate_plan_charges') }}

),

licenses as (

    select * from {{ ref('stg_customers_dot__licenses') }}

),

orders as (

    select * from {{ ref('stg_customers_dot__orders') }}

),

combined as (

    {{ repeated_ids('accounts', 'zuora/account', 'billing_account_id') }}

    union all

    {{ repeated_ids('subscriptions', 'zuora/subscription', 'subscription_id') }}

    union all

    {{ repeated_ids('rate_plans', 'zuora/rate_plan', 'rate_plan_id') }}

    union all

    {{ repeated_ids('charges', 'zuora/rate_plan_charge', 'rate_plan_charge_id') }}

    union all

    {{ repeated_ids('licenses', 'customers_dot/licenses', 'license_id') }}

    union all

    {{ repeated_ids('orders', 'customers_dot/orders', 'order_key') }}

)

select * from combined
