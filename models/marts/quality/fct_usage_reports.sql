-- One row per report of a wrong figure up to the as-of date: what the figure is now, and what explains it (R22).

with

reports as (

    select * from {{ ref('fct_usage_report_figures') }}

),

report_subjects as (

    select * from {{ ref('int_usage_report_subjects') }}

),

report_figures as (

    select * from {{ ref('report_figures') }}

),

report_verdicts as (

    select * from {{ ref('report_verdicts') }}

),

findings as (

    select * from {{ ref('fct_data_quality_findings') }}

),

named_findings as (

    select
        report_subjects.report_id,
        findings.finding
    from report_subjects
    inner join findings
        on
            report_subjects.subject_type = findings.subject_type
            and report_subjects.subject_id = findings.subject_id
    group by
        report_subjects.report_id,
        findings.finding

),

explaining_findings as (

    select
        report_id,
        {{ dbt.listagg('finding', "', '", 'order by finding') }} as findings
    from named_findings
    group by
        report_id

),

explained as (

    select
        reports.*,
        explaining_findings.findings,
        case
            when reports.subject_id is null then 'unknown_subject'
            when report_figures.figure is null then 'unknown_figure'
            when reports.is_as_expected then 'value_matches_expected'
            when not reports.has_row or reports.not_available_reason is not null then 'explained_by_status'
            when explaining_findings.findings is not null then 'explained_by_finding'
            else 'no_cause_found'
        end as verdict
    from reports
    left join report_figures
        on
            reports.subject_type = report_figures.subject_type
            and reports.figure = report_figures.figure
    left join explaining_findings
        on reports.report_id = explaining_findings.report_id

),

final as (

    select
        explained.report_id,
        explained.reported_at,
        explained.closed_at,
        explained.subject_type,
        explained.subject_id,
        explained.account_id,
        explained.subscription_name,
        explained.instance_uuid,
        explained.month,
        explained.figure,
        explained.expected_value,
        explained.value_now,
        explained.not_available_reason,
        explained.findings,
        explained.age_days,
        explained.verdict,
        report_verdicts.in_words as verdict_in_words,
        report_verdicts.instruction
    from explained
    left join report_verdicts
        on explained.verdict = report_verdicts.verdict

)

select * from final
