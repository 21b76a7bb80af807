-- One row per finding: something in the inputs that a person should look at, as of the run, with who ends it
-- and how (R22.5).

with

sales_findings as (

    select * from {{ ref('int_findings_sales') }}

),

usage_findings as (

    select * from {{ ref('int_findings_usage') }}

),

export_findings as (

    select * from {{ ref('int_findings_exports') }}

),

kinds_of_finding as (

    select * from {{ ref('findings') }}

),

combined as (

    select * from sales_findings

    union all

    select * from usage_findings

    union all

    select * from export_findings

),

identified as (

    select
        {{ dbt.hash("finding || '|' || subject_type || '|' || subject_id || '|' || detail") }} as finding_id,
        finding,
        subject_type,
        subject_id,
        account_id,
        detail
    from combined

),

final as (

    select
        identified.finding_id,
        identified.finding,
        identified.subject_type,
        identified.subject_id,
        identified.account_id,
        identified.detail,
        kinds_of_finding.owner,
        kinds_of_finding.severity,
        kinds_of_finding.instruction
    from identified
    left join kinds_of_finding
        on identified.finding = kinds_of_finding.finding

)

select * from final
