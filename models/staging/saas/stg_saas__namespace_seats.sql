-- One row a namespace and date.

with

source as (

    select * from {{ source('saas', 'namespace_seats') }}

),

renamed as (

    select
        {{ id_of('namespace_id') }} as namespace_id,
        ping_date,
        case when trim(seats_in_use) <> '' then seats_in_use end as seats_in_use_text,
        _file,
        _file_order,
        _row
    from source
    where
        ping_date <= {{ as_of_date() }}

),

ranked as (

    select
        *,
        {{ row_recency(['namespace_id', 'ping_date']) }} as row_recency,
        {{ landed_row_count(['namespace_id', 'ping_date']) }} as landed_row_count
    from renamed

),

latest as (

    select
        namespace_id,
        ping_date,
        seats_in_use_text,
        landed_row_count
    from ranked
    where
        row_recency = 1
        and namespace_id is not null
        and ping_date is not null

)

select * from latest
