-- One row per segment of a charge.

with

source as (

    select * from {{ source('zuora', 'rate_plan_charge') }}

),

renamed as (

    select
        {{ text_of('id') }} as rate_plan_charge_id,
        {{ text_of('rateplanid') }} as rate_plan_id,
        {{ text_of('name') }} as charge_name,
        {{ text_of('chargenumber') }} as charge_number,
        coalesce(lower({{ text_of('chargetype') }}) = 'recurring', false) as is_recurring,
        coalesce(lower({{ text_of('chargemodel') }}) like 'discount%', false) as is_discount,
        nullif(lower(regexp_replace({{ trimmed('uom') }}, '\s', '', 'g')), '') as unit_of_measure,
        {{ number_of('quantity') }} as quantity,
        {{ number_of('mrr') }} as mrr,
        {{ date_of('effectivestartdate') }} as effective_from,
        {{ date_of('effectiveenddate') }} as effective_to,
        {{ is_unreadable('date', 'effectivestartdate') }} as is_start_unreadable,
        {{ is_unreadable('date', 'effectiveenddate') }} as is_end_unreadable,
        _file,
        _file_order,
        _row
    from source

),

ranked as (

    select
        *,
        {{ row_recency(['rate_plan_charge_id']) }} as row_recency,
        {{ landed_row_count(['rate_plan_charge_id']) }} as landed_row_count
    from renamed

),

latest as (

    select
        rate_plan_charge_id,
        rate_plan_id,
        charge_name,
        charge_number,
        is_recurring,
        is_discount,
        unit_of_measure,
        quantity,
        mrr,
        effective_from,
        effective_to,
        is_start_unreadable,
        is_end_unreadable,
        landed_row_count
    from ranked
    where
        row_recency = 1
        and rate_plan_charge_id is not null

)

select * from latest
