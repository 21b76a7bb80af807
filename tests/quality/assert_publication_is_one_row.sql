-- R15.2 A publication says once what it is.

with

publications as (

    select count(*) as row_count
    from {{ ref('dim_publication') }}

)

select * from publications
where
    row_count != 1
