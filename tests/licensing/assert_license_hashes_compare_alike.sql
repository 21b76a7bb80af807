-- R7.1 Hashes compare without hyphens and case, so that neither side of a comparison has any.

with

license_hashes as (

    select * from {{ ref('int_license_hashes') }}

),

pings as (

    select * from {{ ref('int_pings_accepted') }}

),

combined as (

    select license_hash
    from license_hashes

    union all

    select license_sha256 as license_hash
    from pings

    union all

    select license_md5 as license_hash
    from pings

)

select license_hash
from combined
where
    license_hash <> lower(replace(license_hash, '-', ''))
