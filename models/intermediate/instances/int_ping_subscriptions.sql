-- One row per accepted ping: the subscription that it belongs to and how that is known, or why it is not (R7).

with

pings as (

    select * from {{ ref('int_pings_accepted') }}

),

license_hashes as (

    select * from {{ ref('int_license_hashes') }}

),

subscription_references as (

    select * from {{ ref('int_subscription_references') }}

),

candidates as (

    select
        pings.instance_id,
        pings.recorded_at,
        coalesce(by_sha256.override_subscription_name, by_md5.override_subscription_name) as override_name,
        by_sha256.license_subscription_name as sha256_name,
        by_md5.license_subscription_name as md5_name,
        coalesce(by_payload_id.subscription_name, by_payload_name.subscription_name) as payload_name,
        coalesce(by_sha256.has_override, false)
        or coalesce(by_md5.has_override, false)
        or coalesce(by_sha256.license_names_a_subscription, false)
        or coalesce(by_md5.license_names_a_subscription, false)
        or pings.license_subscription_id is not null as names_a_subscription,
        coalesce(by_sha256.has_license, false) or coalesce(by_md5.has_license, false) as has_license,
        pings.license_sha256 is not null or pings.license_md5 is not null as has_license_hash
    from pings
    left join license_hashes as by_sha256
        on
            pings.license_sha256 = by_sha256.license_hash
            and by_sha256.hash_kind = 'sha256'
    left join license_hashes as by_md5
        on
            pings.license_md5 = by_md5.license_hash
            and by_md5.hash_kind = 'md5'
    left join subscription_references as by_payload_id
        on
            pings.license_subscription_id = by_payload_id.reference_text
            and by_payload_id.reference_kind = 'id'
    left join subscription_references as by_payload_name
        on
            pings.license_subscription_id = by_payload_name.reference_text
            and by_payload_name.reference_kind = 'name'

),

mapped as (

    select
        instance_id,
        recorded_at,
        coalesce(override_name, sha256_name, md5_name, payload_name) as subscription_name,
        case
            when override_name is not null then 'override'
            when sha256_name is not null then 'license_sha256'
            when md5_name is not null then 'license_md5'
            when payload_name is not null then 'license_subscription_id'
        end as mapping_method,
        case
            when coalesce(override_name, sha256_name, md5_name, payload_name) is not null then null
            when names_a_subscription then 'subscription_unknown'
            when has_license then 'license_without_subscription'
            when has_license_hash then 'license_unknown'
            else 'no_license'
        end as unmapped_reason
    from candidates

)

select * from mapped
