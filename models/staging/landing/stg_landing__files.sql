-- One row per landed file that was read (R23.1), with the day on which it arrived.

with

source as (

    select * from {{ source('landing', 'files') }}

),

renamed as (

    select
        file,
        table_name,
        bytes as file_bytes,
        rows as landed_row_count,
        modified_at,
        {{ dbt.safe_cast("regexp_extract(file, '/(received_date|ping_date)=([0-9-]+)/', 2)", 'date') }}
            as partition_date,
        read_at,
        is_archived,
        file_order,
        column_names,
        missing_columns
    from source

),

arrived as (

    select
        *,
        -- A folder that is a date says when its files arrived; of others the day that they last changed on does.
        coalesce(partition_date, cast(modified_at as date)) as arrived_on
    from renamed

)

select * from arrived
