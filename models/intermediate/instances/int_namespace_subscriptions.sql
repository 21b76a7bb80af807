-- One row per namespace with usage and month: the subscription that it belongs to on the month's date (R7.4).

with

namespace_dates as (

    select * from {{ ref('int_namespace_dates') }}

),

months as (

    select * from {{ ref('int_months') }}

),

subscriptions as (

    select * from {{ ref('int_subscriptions') }}
    where
        is_counted

),

orders as (

    select * from {{ ref('stg_customers_dot__orders') }}
    where
        namespace_id is not null

),

namespaces as (

    select
        instance_id,
        namespace_id
    from namespace_dates
    group by
        instance_id,
        namespace_id

),

named as (

    select
        subscriptions.namespace_id,
        months.month,
        subscriptions.subscription_name,
        row_number() over (
            partition by subscriptions.namespace_id, months.month
            order by {{ namespace_claim_order('subscriptions', 'months.as_of_date') }}
        ) as subscription_rank
    from subscriptions
    cross join months
    where
        subscriptions.namespace_id is not null

),

ranked_orders as (

    select
        namespace_id,
        subscription_name,
        row_number() over (
            partition by namespace_id
            order by order_precedence
        ) as order_rank
    from orders

),

ordered as (

    select
        ranked_orders.namespace_id,
        subscriptions.subscription_name
    from ranked_orders
    inner join subscriptions
        on ranked_orders.subscription_name = subscriptions.subscription_name
    where
        ranked_orders.order_rank = 1

),

mapped as (

    select
        namespaces.instance_id,
        months.month,
        months.is_as_of_month,
        coalesce(named.subscription_name, ordered.subscription_name) as subscription_name,
        case
            when named.subscription_name is not null then 'namespace_id'
            when ordered.subscription_name is not null then 'order'
        end as mapping_method,
        case
            when named.subscription_name is null and ordered.subscription_name is null then 'namespace_not_linked'
        end as unmapped_reason
    from namespaces
    cross join months
    left join named
        on
            namespaces.namespace_id = named.namespace_id
            and months.month = named.month
            and named.subscription_rank = 1
    left join ordered
        on namespaces.namespace_id = ordered.namespace_id

)

select * from mapped
