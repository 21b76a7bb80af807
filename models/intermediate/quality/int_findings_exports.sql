-- One row per finding about what other systems send: repeated ids, unreadable values, unknown accounts, silence.

with

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

landing_findings as (

    select * from {{ ref('int_findings_landing') }}

),

column_findings as (

    select * from {{ ref('int_findings_columns') }}

),

combined as (

    select * from billing_findings

    union all

    select * from usage_findings

    union all

    select * from reading_findings

    union all

    select * from input_findings

    union all

    select * from landing_findings

    union all

    select * from column_findings

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
