-- R5.7 Five metrics begin where the rulebook says, in the dictionary as it is and as the gate reads it.

with

metrics as (

    select * from {{ ref('int_tracked_metrics') }}

),

anchors as (

    select
        'license_billable_users' as key_path,
        14000000 as introduced_ordinal

    union all

    select
        'redis_hll_counters.manage.unique_active_users_monthly' as key_path,
        15000002 as introduced_ordinal

    union all

    select
        'counts_monthly.ci_internal_pipelines' as key_path,
        15000010 as introduced_ordinal

    union all

    select
        'counts_monthly.ci_builds' as key_path,
        16000001 as introduced_ordinal

    union all

    select
        'counts.count_total_create_ci_build_monthly' as key_path,
        16000009 as introduced_ordinal

)

select
    anchors.key_path,
    anchors.introduced_ordinal,
    metrics.introduced_ordinal as introduced_ordinal_found
from anchors
left join metrics
    on anchors.key_path = metrics.key_path
where
    metrics.introduced_ordinal is null
    or metrics.introduced_ordinal <> anchors.introduced_ordinal
    or metrics.removed_ordinal is not null
