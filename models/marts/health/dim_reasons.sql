-- One row per reason for which a figure is not available, in words, with what ends it (R4, R5, R10, R11.7, R13, R17.3,
-- R18).

with

statuses as (

    select * from {{ ref('availability_statuses') }}

),

actions as (

    select * from {{ ref('availability_actions') }}

),

measure_reasons as (

    select * from {{ ref('scorecard_reasons') }}

),

metric_value_reasons as (

    select * from {{ ref('missing_reasons') }}

),

amount_reasons as (

    select * from {{ ref('amount_missing_reasons') }}

),

renewal_reasons as (

    select * from {{ ref('renewal_reasons') }}

),

ranked_actions as (

    select
        *,
        case when license_type = 'any' then 0 else 1 end as license_type_rank
    from actions

),

instructions as (

    select
        availability_status,
        {{ dbt.listagg(
            "instruction || ' (' || owner || ')'", "' '", 'order by license_type_rank, action'
        ) }} as instruction
    from ranked_actions
    group by
        availability_status

),

combined as (

    select
        'availability_status' as kind,
        statuses.availability_status as reason,
        statuses.severity_rank as reason_rank,
        statuses.description as in_words,
        instructions.instruction
    from statuses
    left join instructions
        on statuses.availability_status = instructions.availability_status

    union all

    select
        'measure' as kind,
        not_available_reason as reason,
        reason_rank,
        in_words,
        cure as instruction
    from measure_reasons

    {% for kind, reasons in [
        ("'metric_value'", 'metric_value_reasons'), ("'amount'", 'amount_reasons'), ('figure', 'renewal_reasons'),
    ] -%}
    union all

    select
        {{ kind }} as kind,
        reason,
        reason_rank,
        in_words,
        cure as instruction
    from {{ reasons }}

    {% endfor %}
),

final as (

    select
        kind,
        reason,
        reason_rank,
        {{ with_settings('in_words') }} as in_words,
        {{ with_settings('instruction') }} as instruction
    from combined

)

select * from final
