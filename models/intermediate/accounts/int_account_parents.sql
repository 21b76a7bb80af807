-- One row per living CRM account: the next living account above it, and whether it is above itself (R19.1).

with recursive

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

survivors as (

    select * from {{ ref('int_account_survivors') }}

),

parents as (

    select
        accounts.account_id,
        above.surviving_account_id as parent_account_id
    from accounts
    inner join survivors
        on
            accounts.account_id = survivors.account_id
            and accounts.account_id = survivors.surviving_account_id
    left join survivors as above
        on
            accounts.parent_account_id = above.account_id
            and accounts.account_id <> above.surviving_account_id

),

-- A set of pairs, not a list of steps: a ring of parents ends when it meets itself.
ancestors as (

    select
        account_id,
        parent_account_id as ancestor_id
    from parents
    where
        parent_account_id is not null

    union

    select
        ancestors.account_id,
        parents.parent_account_id as ancestor_id
    from ancestors
    inner join parents
        on ancestors.ancestor_id = parents.account_id
    where
        parents.parent_account_id is not null

),

final as (

    select
        parents.account_id,
        parents.parent_account_id,
        rings.account_id is not null as is_in_ring
    from parents
    left join ancestors as rings
        on
            parents.account_id = rings.account_id
            and parents.account_id = rings.ancestor_id

)

select * from final
