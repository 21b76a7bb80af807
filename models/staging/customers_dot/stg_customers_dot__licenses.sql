-- One row per licence file.

with

source as (

    select * from {{ source('customers_dot', 'licenses') }}

),

renamed as (

    select
        {{ id_of('id') }} as license_id,
        {{ license_hash_of('license_file_md5') }} as license_md5,
        {{ license_hash_of('license_file_sha256') }} as license_sha256,
        {{ text_of('zuora_subscription_id') }} as subscription_id,
        {{ text_of('zuora_subscription_name') }} as subscription_name,
        {{ number_of('users_count') }} as licensed_user_count,
        {{ date_of('starts_at') }} as starts_on,
        {{ date_of('expires_at') }} as expires_on,
        {{ flag_of('trial') }} as is_trial,
        {{ time_of('updated_at') }} as updated_at,
        _file,
        _file_order,
        _row
    from source

),

ranked as (

    select
        *,
        {{ row_recency(['license_id']) }} as row_recency,
        {{ landed_row_count(['license_id']) }} as landed_row_count
    from renamed

),

latest as (

    select
        license_id,
        license_md5,
        license_sha256,
        subscription_id,
        subscription_name,
        licensed_user_count,
        starts_on,
        expires_on,
        is_trial,
        updated_at,
        landed_row_count,
        row_number() over (
            order by
                updated_at desc nulls last,
                {{ dbt.safe_cast('license_id', 'bigint') }} desc nulls last,
                license_id desc
        ) as license_precedence
    from ranked
    where
        row_recency = 1
        and license_id is not null

)

select * from latest
