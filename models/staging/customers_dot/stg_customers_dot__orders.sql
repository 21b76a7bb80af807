-- One row per paid order of a namespace.

with

source as (

    select * from {{ source('customers_dot', 'orders') }}

),

renamed as (

    select
        {{ id_of('id') }} as order_id,
        {{ text_of('subscription_name') }} as subscription_name,
        {{ id_of('gl_namespace_id') }} as namespace_id,
        {{ time_of('updated_at') }} as updated_at,
        _file,
        _file_order,
        _row
    from source

),

-- An order without an id is an order still: it is one of a kind.
identified as (

    select
        *,
        coalesce(order_id, 'row ' || _row || ' of ' || _file) as order_key
    from renamed

),

ranked as (

    select
        *,
        {{ row_recency(['order_key']) }} as row_recency,
        {{ landed_row_count(['order_key']) }} as landed_row_count
    from identified

),

latest as (

    select
        order_key,
        order_id,
        subscription_name,
        namespace_id,
        updated_at,
        landed_row_count,
        row_number() over (
            order by
                updated_at desc nulls last,
                {{ dbt.safe_cast('order_id', 'bigint') }} desc nulls last,
                order_id desc nulls last,
                _file_order desc,
                _file desc,
                _row desc
        ) as order_precedence
    from ranked
    where
        row_recency = 1

)

select * from latest
