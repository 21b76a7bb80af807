-- One row per report of a figure that is wrong (R22.1).

with

source as (

    select * from {{ source('operations', 'usage_reports') }}

),

renamed as (

    select
        {{ text_of('report_id') }} as report_id,
        {{ time_of('reported_at') }} as reported_at,
        {{ crm_id_of('account_id') }} as crm_account_id,
        {{ text_of('subscription_name') }} as subscription_name,
        {{ text_of('instance_uuid') }} as instance_uuid,
        {{ month_of('month') }} as month,
        {{ measure_of('figure') }} as figure,
        {{ figure_value_of('expected_value') }} as expected_value,
        {{ figure_number_of('expected_value') }} as expected_number,
        {{ figure_decimals_of('expected_value') }} as expected_decimals,
        {{ time_of('closed_at') }} as closed_at,
        _file,
        _file_order,
        _row
    from source

),

ranked as (

    select
        *,
        {{ row_recency(['report_id']) }} as row_recency,
        {{ landed_row_count(['report_id']) }} as landed_row_count
    from renamed

),

latest as (

    select
        report_id,
        reported_at,
        crm_account_id,
        subscription_name,
        instance_uuid,
        month,
        figure,
        expected_value,
        expected_number,
        expected_decimals,
        closed_at,
        landed_row_count
    from ranked
    where
        row_recency = 1
        and report_id is not null

)

select * from latest
