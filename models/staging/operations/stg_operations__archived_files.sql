-- One row per pattern of files that may leave the landing while what was read of them stays (R23.1).

with

source as (

    select * from {{ source('operations', 'archived_files') }}

),

renamed as (

    select {{ text_of('path_pattern') }} as path_pattern
    from source

),

patterns as (

    select path_pattern from renamed
    where
        path_pattern is not null
    group by
        path_pattern

)

select * from patterns
