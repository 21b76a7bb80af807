-- One row per finding about the values of a column in one landed file (R16.2, R16.5), or about its rows without an id.

with

readings as (

    select * from {{ ref('stg_landing__column_readings') }}

),

unreadable_values as (

    select
        'unreadable_value' as finding,
        'file' as subject_type,
        column_reading_id as subject_id,
        cast(null as varchar) as account_id,
        {{ unreadable_in_words('column_kind') }} as detail
    from readings
    where
        unreadable_count > 0

),

dates_not_midnight as (

    select
        'date_not_midnight' as finding,
        'file' as subject_type,
        column_reading_id as subject_id,
        cast(null as varchar) as account_id,
        not_midnight_count || ' of ' || non_blank_count
        || ' dates have a time of day in the zone {{ source_time_zone() }}, first in row '
        || first_not_midnight_row || '; the date counts' as detail
    from readings
    where
        not_midnight_count > 0

),

rows_without_id as (

    select
        'row_without_id' as finding,
        'file' as subject_type,
        column_reading_id as subject_id,
        cast(null as varchar) as account_id,
        landed_row_count - non_blank_count || ' of ' || landed_row_count
        || ' rows have no ' || column_name || '; they count nowhere' as detail
    from readings
    where
        column_kind = 'id'
        and non_blank_count < landed_row_count

),

combined as (

    select * from unreadable_values

    union all

    select * from dates_not_midnight

    union all

    select * from rows_without_id

)

select * from combined
