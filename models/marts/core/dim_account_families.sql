-- One row per CRM account: the family that it belongs to, by the accounts above it (R19.1), as of the run.

with

families as (

    select * from {{ ref('int_account_families') }}

),

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

final as (

    select
        families.account_id,
        accounts.account_name,
        families.family_id,
        heads.account_name as family_name,
        families.depth,
        families.path,
        families.is_in_ring,
        families.member_count
    from families
    inner join accounts
        on families.account_id = accounts.account_id
    inner join accounts as heads
        on families.family_id = heads.account_id

)

select * from final
