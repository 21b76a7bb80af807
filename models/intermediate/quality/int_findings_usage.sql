-- One row per finding about usage: lines, pings, instances and their labels, as of the run.

with

ping_findings as (

    select * from {{ ref('int_findings_pings') }}

),

instance_findings as (

    select * from {{ ref('int_findings_instances') }}

),

instance_ping_findings as (

    select * from {{ ref('int_findings_instance_pings') }}

),

label_findings as (

    select * from {{ ref('int_findings_labels') }}

),

metric_findings as (

    select * from {{ ref('int_findings_metrics') }}

),

combined as (

    select * from ping_findings

    union all

    select * from instance_findings

    union all

    select * from instance_ping_findings

    union all

    select * from label_findings

    union all

    select * from metric_findings

),

final as (

    select
        finding,
        subject_type,
        subject_id,
        account_id,
        detail
    from combined

)

select * from final
