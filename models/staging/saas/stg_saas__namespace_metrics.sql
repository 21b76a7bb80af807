-- One row per landed row of a namespace, date and metric, whenever it was received; repeated ones too.

{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget_landed_files('saas/namespace_metrics') }}",
    post_hook="{{ enter_landed_files('saas/namespace_metrics') }}"
) }}

with

source as (

    select * from {{ source('saas', 'namespace_metrics') }}

),

renamed as (

    select
        {{ id_of('namespace_ultimate_parent_id') }} as namespace_id,
        ping_date,
        {{ text_of('ping_name') }} as key_path,
        case when {{ text_of('counter_value') }} is not null then counter_value end as counter_text,
        {{ text_of('error') }} as error_text,
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
        and key_path is not null

)

select * from named
