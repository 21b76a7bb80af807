-- One row per landed file and column with a kind: how much of it could be read (R16.2).

with

source as (

    select * from {{ source('landing', 'column_readings') }}

),

renamed as (

    select
        file || ':' || column_name as column_reading_id,
        table_name,
        file,
        column_name,
        kind as column_kind,
        is_required,
        row_count as landed_row_count,
        non_blank_count,
        unreadable_count,
        first_unreadable_row,
        first_unreadable_shape,
        not_midnight_count,
        first_not_midnight_row
    from source

)

select * from renamed
