-- One row per landed exchange rate: what one unit of a currency was worth in the reporting currency (R17.1).

with

source as (

    select * from {{ source('operations', 'exchange_rates') }}

),

renamed as (

    select
        row_number() over (order by _file_order, _file, _row) as rate_number,
        upper({{ text_of('currency') }}) as currency,
        {{ date_of('valid_from') }} as valid_from,
        {{ rate_of('rate') }} as rate
    from source

)

select * from renamed
