-- One row per request to purge an instance or an account.

with

source as (

    select * from {{ source('operations', 'purge_requests') }}

),

renamed as (

    select
        row_number() over (order by _file_order, _file, _row) as request_number,
        lower({{ text_of('subject_type') }}) as subject_type,
        {{ text_of('subject_id') }} as subject_id,
        {{ time_of('requested_at') }} as requested_at
    from source

)

select * from renamed
