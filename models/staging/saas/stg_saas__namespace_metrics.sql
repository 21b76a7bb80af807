-- One row a namespace, date and metric.

with

source as (

    select * from {{ source('saas', 'namespace_metrics') }}

),

renamed as (

    select
        {{ id_of('namespace_ultimate_parent_id') }} as namespace_id,
        ping_date,
        {{ text_of('ping_name') }} as key_path,
        case when trim(counter_value) <> '' then counter_value end as counter_text,
        {{ text_of('error') }} as error_text,
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
        {{ row_recency(['namespace_id', 'ping_date', 'key_path']) }} as row_recency,
        {{ landed_row_count(['namespace_id', 'ping_date', 'key_path']) }} as landed_row_count
    from renamed

),

latest as (

    select
        namespace_id,
        ping_date,
        key_path,
        counter_text,
        error_text,
        landed_row_count
    from ranked
    where
        row_recency = 1
        and namespace_id is not null
        and ping_date is not null
        and key_path is not null

)

select * from latest
