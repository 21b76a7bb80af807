-- One row per living CRM account: the family that it belongs to, and its way down from there (R19.1).
-- Every member of a ring begins a family of its own, so that from the beginnings down no way meets itself.

with recursive

parents as (

    select * from {{ ref('int_account_parents') }}

),

families as (

    select
        account_id,
        account_id as family_id,
        0 as depth,
        cast(account_id as {{ dbt.type_string() }}) as path,
        is_in_ring
    from parents
    where
        parent_account_id is null
        or is_in_ring

    union all

    select
        parents.account_id,
        families.family_id,
        families.depth + 1 as depth,
        families.path || '/' || parents.account_id as path,
        parents.is_in_ring
    from families
    inner join parents
        on families.account_id = parents.parent_account_id
    where
        not parents.is_in_ring

),

final as (

    select
        *,
        count(*) over (partition by family_id) as member_count
    from families

)

select * from final
