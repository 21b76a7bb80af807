-- One row per billing account.

with

source as (

    select * from {{ source('zuora', 'account') }}

),

renamed as (

    select
        {{ text_of('id') }} as billing_account_id,
        {{ text_of('accountnumber') }} as account_number,
        {{ text_of('name') }} as billing_account_name,
        {{ crm_id_of('crmid') }} as crm_account_id,
        upper({{ text_of('currency') }}) as currency,
        {{ text_of('status') }} as billing_account_status,
        {{ text_of('batch') }} as billing_batch,
        {{ flag_of('deleted') }} as is_deleted,
        _file,
        _file_order,
        _row
    from source

),

ranked as (

    select
        *,
        {{ row_recency(['billing_account_id']) }} as row_recency,
        {{ landed_row_count(['billing_account_id']) }} as landed_row_count
    from renamed

),

latest as (

    select
        billing_account_id,
        account_number,
        billing_account_name,
        crm_account_id,
        currency,
        billing_account_status,
        billing_batch,
        is_deleted,
        landed_row_count
    from ranked
    where
        row_recency = 1
        and billing_account_id is not null

)

select * from latest
