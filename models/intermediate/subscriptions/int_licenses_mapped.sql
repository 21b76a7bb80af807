-- One row per licence, with the counted subscription that it was issued for (R7.2).

with

licenses as (

    select * from {{ ref('stg_customers_dot__licenses') }}

),

subscription_references as (

    select * from {{ ref('int_subscription_references') }}

),

mapped as (

    select
        licenses.license_id,
        licenses.license_precedence,
        licenses.license_md5,
        licenses.license_sha256,
        licenses.licensed_user_count,
        licenses.starts_on,
        licenses.expires_on,
        licenses.is_trial,
        coalesce(by_id.subscription_name, by_name.subscription_name) as subscription_name,
        licenses.subscription_id is not null or licenses.subscription_name is not null as names_a_subscription
    from licenses
    left join subscription_references as by_id
        on
            licenses.subscription_id = by_id.reference_text
            and by_id.reference_kind = 'id'
    left join subscription_references as by_name
        on
            licenses.subscription_name = by_name.reference_text
            and by_name.reference_kind = 'name'

)

select * from mapped
