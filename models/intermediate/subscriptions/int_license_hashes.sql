-- One row per kind of licence hash and hash: the subscription that an override or a licence gives it (R7.1).

with

overrides as (

    select * from {{ ref('int_license_overrides_mapped') }}

),

licenses as (

    select * from {{ ref('int_licenses_mapped') }}

),

license_hashes as (

    select
        'sha256' as hash_kind,
        license_sha256 as license_hash,
        license_precedence,
        subscription_name,
        names_a_subscription
    from licenses
    where
        license_sha256 is not null

    union all

    select
        'md5' as hash_kind,
        license_md5 as license_hash,
        license_precedence,
        subscription_name,
        names_a_subscription
    from licenses
    where
        license_md5 is not null

),

ranked_licenses as (

    select
        *,
        row_number() over (
            partition by hash_kind, license_hash
            order by license_precedence
        ) as license_rank
    from license_hashes

),

latest_licenses as (

    select * from ranked_licenses
    where
        license_rank = 1

),

hash_kinds as (

    select 'sha256' as hash_kind

    union all

    select 'md5' as hash_kind

),

override_hashes as (

    select
        hash_kinds.hash_kind,
        overrides.license_hash,
        overrides.subscription_name
    from overrides
    cross join hash_kinds

),

combined as (

    select
        coalesce(latest_licenses.hash_kind, override_hashes.hash_kind) as hash_kind,
        coalesce(latest_licenses.license_hash, override_hashes.license_hash) as license_hash,
        override_hashes.license_hash is not null as has_override,
        override_hashes.subscription_name as override_subscription_name,
        latest_licenses.license_hash is not null as has_license,
        coalesce(latest_licenses.names_a_subscription, false) as license_names_a_subscription,
        latest_licenses.subscription_name as license_subscription_name
    from latest_licenses
    full outer join override_hashes
        on
            latest_licenses.hash_kind = override_hashes.hash_kind
            and latest_licenses.license_hash = override_hashes.license_hash

)

select * from combined
