-- One row per SaaS top-level namespace.

with

source as (

    select * from {{ source('saas', 'namespaces') }}

),

renamed as (

    select
        {{ id_of('namespace_id') }} as namespace_id,
        {{ text_of('namespace_name') }} as namespace_name,
        {{ time_of('created_at') }} as created_at,
        _file,
        _file_order,
        _row
    from source

),

ranked as (

    select
        *,
        {{ row_recency(['namespace_id']) }} as row_recency,
        {{ landed_row_count(['namespace_id']) }} as landed_row_count
    from renamed

),

latest as (

    select
        namespace_id,
        namespace_name,
        created_at,
        landed_row_count
    from ranked
    where
        row_recency = 1
        and namespace_id is not null

)

select * from latest
