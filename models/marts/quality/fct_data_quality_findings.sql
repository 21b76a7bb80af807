-- One row per finding: something in the inputs that a person should look at, as of the run.

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

combined as (

    select * from sales_findings

    union all

    select * from usage_findings

    union all

    select * from export_findings

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
