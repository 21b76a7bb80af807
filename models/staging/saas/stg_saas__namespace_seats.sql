-- One row per landed row of a namespace and date, whenever it was received; repeated ones too.

{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget_landed_files('saas/namespace_seats') }}",
    post_hook="{{ enter_landed_files('saas/namespace_seats') }}"
) }}

with

source as (

    select * from {{ source('saas', 'namespace_seats') }}

),

renamed as (

    select
        {{ id_of('namespace_id') }} as namespace_id,
        ping_date,
        case when {{ text_of('seats_in_use') }} is not null then seats_in_use end as seats_in_use_text,
        case when {{ text_of('max_seats_used') }} is not null then max_seats_used end as max_seats_used_text,
        _file,
        _file_order,
        _row
    from source

),

named as (

    select * from renamed
    where
        namespace_id is not null
        and ping_date is not null

)

select * from named
