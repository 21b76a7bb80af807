-- One row per CRM account that leads to a living one: itself, or the record that it was merged into (R8.8).
-- Rings of merges and deleted survivors lead nowhere and have no row. A living record whose survivor did not arrive
-- stands for itself.

with recursive

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

-- A set of pairs, not a list of steps: a ring of merges ends when it meets itself.
resolutions as (

    select
        account_id,
        account_id as merged_into_id
    from accounts

    union

    select
        resolutions.account_id,
        accounts.master_account_id as merged_into_id
    from resolutions
    inner join accounts
        on resolutions.merged_into_id = accounts.account_id
    where
        accounts.master_account_id <> accounts.account_id

),

survivors as (

    select
        resolutions.account_id,
        accounts.account_id as surviving_account_id
    from resolutions
    inner join accounts
        on resolutions.merged_into_id = accounts.account_id
    left join accounts as masters
        on accounts.master_account_id = masters.account_id
    where
        not accounts.is_deleted
        and coalesce(masters.account_id, accounts.account_id) = accounts.account_id

)

select * from survivors
