-- One row per measure that another system delivers of an account.

with

source as (

    select * from {{ source('gainsight', 'scorecard_inputs') }}

),

renamed as (

    select
        row_number() over (order by _file_order, _file, _row) as input_number,
        {{ crm_id_of('account_id') }} as crm_account_id,
        {{ measure_of('measure') }} as measure,
        cast({{ number_of('value') }} as double) as value,
        {{ text_of('color') }} as color_text,
        {{ time_of('updated_at') }} as updated_at
    from source

)

select * from renamed
