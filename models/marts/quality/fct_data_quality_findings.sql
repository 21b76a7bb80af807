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

billing_findings as (

    select * from {{ ref('int_findings_exports_billing') }}

),

usage_findings as (

    select * from {{ ref('int_findings_exports_usage') }}

),

reading_findings as (

    select * from {{ ref('int_findings_readings') }}

),

input_findings as (

    select * from {{ ref('int_findings_inputs') }}

),

combined as (

    select * from subscription_findings

    union all

    select * from instance_findings

    union all

    select * from billing_findings

    union all

    select * from usage_findings

    union all

    select * from ping_findings

    union all

    select * from reading_findings

    union all

    select * from input_findings

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
