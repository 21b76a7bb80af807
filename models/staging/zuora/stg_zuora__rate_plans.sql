-- One row per rate plan of a subscription version.

with

source as (

    select * from {{ source('zuora', 'rate_plan') }}

),

renamed as (

    select
        {{ text_of('id') }} as rate_plan_id,
        {{ text_of('subscriptionid') }} as subscription_id,
        {{ text_of('name') }} as rate_plan_name,
        {{ text_of('amendmenttype') }} as amendment_type,
        _file,
        _file_order,
        _row
    from source

),

ranked as (

    select
        *,
        {{ row_recency(['rate_plan_id']) }} as row_recency,
        {{ landed_row_count(['rate_plan_id']) }} as landed_row_count
    from renamed

),

latest as (

    select
        rate_plan_id,
        subscription_id,
        rate_plan_name,
        amendment_type,
        landed_row_count
    from ranked
    where
        row_recency = 1
        and rate_plan_id is not null

)

select * from latest
