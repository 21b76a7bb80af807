-- One row per CRM account, merged and deleted ones included.

with

source as (

    select * from {{ source('salesforce', 'account') }}

),

renamed as (

    select
        {{ crm_id_of('id') }} as account_id,
        {{ text_of('name') }} as account_name,
        {{ crm_id_of('parentid') }} as parent_account_id,
        {{ text_of('segment') }} as segment,
        {{ text_of('region') }} as region,
        {{ text_of('owner') }} as account_owner,
        {{ text_of('csmname') }} as csm_name,
        {{ dbt.safe_cast(number_of('csmpriority'), 'integer') }} as csm_priority,
        {{ date_of('customersince') }} as customer_since,
        {{ crm_id_of('masterrecordid') }} as master_account_id,
        {{ flag_of('isdeleted') }} as is_deleted,
        _file,
        _file_order,
        _row
    from source

),

ranked as (

    select
        *,
        {{ row_recency(['account_id']) }} as row_recency,
        {{ landed_row_count(['account_id']) }} as landed_row_count
    from renamed

),

latest as (

    select
        account_id,
        account_name,
        parent_account_id,
        segment,
        region,
        account_owner,
        csm_name,
        csm_priority,
        customer_since,
        master_account_id,
        is_deleted,
        landed_row_count
    from ranked
    where
        row_recency = 1
        and account_id is not null

)

select * from latest
