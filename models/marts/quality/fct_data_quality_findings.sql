-- One row a finding: something in the inputs that a person should look at, as of the run.

with

ping_findings as (

    select * from {{ ref('int_findings_pings') }}

),

subscription_findings as (

    select * from {{ ref('int_findings_subscriptions') }}

),

instance_findings as (

    select * from {{ ref('int_findings_instances') }}

),

export_findings as (

    select * from {{ ref('int_findings_exports') }}

),

combined as (

    select * from subscription_findings

    union all

    select * from instance_findings

    union all

    select * from export_findings

    union all

    select * from ping_findings

),

final as (

    select
        {{ dbt.hash("finding || '|' || subject_type || '|' || subject_id || '|' || detail") }} as finding_id,
        finding,
        subject_type,
        subject_id,
        account_id,
        detail
    from combined

)

select * from final
