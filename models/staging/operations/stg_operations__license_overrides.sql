-- One row per licence hash mapped by hand.

with

source as (

    select * from {{ source('operations', 'license_overrides') }}

),

renamed as (

    select
        {{ license_hash_of('license_hash') }} as license_hash,
        {{ text_of('zuora_subscription_name') }} as subscription_name,
        _file,
        _file_order,
        _row
    from source

),

ranked as (

    select
        *,
        {{ row_recency(['license_hash']) }} as row_recency,
        {{ landed_row_count(['license_hash']) }} as landed_row_count
    from renamed

),

latest as (

    select
        license_hash,
        subscription_name,
        landed_row_count
    from ranked
    where
        row_recency = 1
        and license_hash is not null

)

select * from latest
