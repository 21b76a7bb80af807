-- One row per id that an export of the CRM, of SaaS or of the operators carries more than once: the later row won.

with

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}

),

namespaces as (

    select * from {{ ref('stg_saas__namespaces') }}

),

namespace_metrics as (

    select
        namespace_id,
        ping_date,
        key_path,
        count(*) as landed_row_count
    from {{ ref('stg_saas__namespace_metrics') }}
    where
        ping_date <= {{ as_of_date() }}
    group by
        namespace_id,
        ping_date,
        key_path

),

namespace_seats as (

    select
        namespace_id,
        ping_date,
        count(*) as landed_row_count
    from {{ ref('stg_saas__namespace_seats') }}
    where
        ping_date <= {{ as_of_date() }}
    group by
        namespace_id,
        ping_date

),

license_overrides as (

    select * from {{ ref('stg_operations__license_overrides') }}

),

usage_reports as (

    select * from {{ ref('stg_operations__usage_reports') }}

),

combined as (

    {{ repeated_ids('accounts', 'salesforce/account', 'account_id') }}

    union all

    {{ repeated_ids('namespaces', 'saas/namespaces', 'namespace_id') }}

    union all

    {{ repeated_ids(
        'namespace_metrics', 'saas/namespace_metrics', "namespace_id || ' ' || cast(ping_date as varchar) || ' ' || key_path"
    ) }}

    union all

    {{ repeated_ids('namespace_seats', 'saas/namespace_seats', "namespace_id || ' ' || cast(ping_date as varchar)") }}

    union all

    {{ repeated_ids('license_overrides', 'operations/license_overrides', 'license_hash') }}

    union all

    {{ repeated_ids('usage_reports', 'operations/usage_reports', 'report_id') }}

)

select * from combined
