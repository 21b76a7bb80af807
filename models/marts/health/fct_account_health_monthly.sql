-- One row an account and month with a live seat-carrying subscription: its utilisation, scores and colours (R12).
-- The colour columns that the contract names are the use cases that are shown.

{% set use_case_columns = contract_columns('fct_account_health_monthly', ending='_color', without=[
    'product_color', 'health_color'
]) %}

with

scores as (

    select * from {{ ref('int_account_scores') }}

),

use_cases as (

    select * from {{ ref('int_use_case_scores') }}

),

utilization as (

    select * from {{ ref('int_account_utilization') }}

),

colors as (

    select
        {%- for column in use_case_columns %}
        max(case when use_case = '{{ column | replace('_color', '') }}' then use_case_color end) as {{ column }},
        {%- endfor %}
        account_id,
        month
    from use_cases
    group by
        account_id,
        month

),

final as (

    select
        scores.account_id,
        scores.month,
        utilization.billable_user_count,
        utilization.licenses_sold,
        utilization.license_utilization,
        utilization.scored_license_utilization,
        scores.product_score,
        scores.product_color,
        scores.health_score,
        scores.health_color,
        scores.health_score_before_override,
        scores.is_overridden,
        scores.score_coverage,
        scores.adopted_use_case_count,
        {%- for column in use_case_columns %}
        colors.{{ column }},
        {%- endfor %}
        scores.scorecard_version
    from scores
    inner join colors
        on
            scores.account_id = colors.account_id
            and scores.month = colors.month
    inner join utilization
        on
            scores.account_id = utilization.account_id
            and scores.month = utilization.month

)

select * from final
