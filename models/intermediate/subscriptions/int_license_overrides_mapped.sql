-- One row per licence hash mapped by hand, with the counted subscription that it names (R7.1).

with

overrides as (

    select * from {{ ref('stg_operations__license_overrides') }}
    where
        subscription_name is not null

),

subscription_references as (

    select * from {{ ref('int_subscription_references') }}
    where
        reference_kind = 'name'

),

mapped as (

    select
        overrides.license_hash,
        subscription_references.subscription_name
    from overrides
    left join subscription_references
        on overrides.subscription_name = subscription_references.reference_text

)

select * from mapped
