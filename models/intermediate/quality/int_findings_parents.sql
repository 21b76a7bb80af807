-- One row per account whose parents in the CRM lead back to it (R19.1).

with

parents as (

    select * from {{ ref('int_account_parents') }}
    where
        is_in_ring

),

findings as (

    select
        'parent_ring' as finding,
        'account' as subject_type,
        account_id as subject_id,
        account_id,
        'The accounts above it, from ' || parent_account_id || ' on, lead back to it' as detail
    from parents

)

select * from findings
