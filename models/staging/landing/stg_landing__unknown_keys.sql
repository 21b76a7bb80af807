-- One row per instance, release and key of a payload that was looked at and that no dictionary knew when it was read.

with

source as (

    select * from {{ source('landing', 'unknown_keys') }}

),

keys as (

    select
        file,
        received_date,
        payload_group,
        {{ unnest_with_position('key_paths', 'key_path') }}
    from source

),

renamed as (

    select
        payload_group || '|' || key_path as unknown_key_id,
        file,
        received_date,
        payload_group,
        key_path
    from keys

)

select * from renamed
