-- One row an account, its last month: the figures of a customer page, with the reasons in words.
-- The columns in words that the contract names are the use cases that are shown.

{% set use_case_columns = contract_columns('fct_account_health_current', ending='_in_words') %}

with

health as (

    select * from {{ ref('fct_account_health_monthly') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

measures as (

    select * from {{ ref('int_measures_in_words') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by account_id
            order by month desc
        ) as month_recency
    from health

),

in_words as (

    select
        {%- for column in use_case_columns %}
        {{ dbt.listagg(
            "case when use_case = '" ~ column | replace('_in_words', '') ~ "' then in_words end", "' '", 'order by measure'
        ) }} as {{ column }},
        {%- endfor %}
        account_id,
        month
    from measures
    group by
        account_id,
        month

),

final as (

    select
        ranked.account_id,
        accounts.account_name,
        accounts.csm_name,
        ranked.month,
        ranked.license_utilization,
        ranked.scored_license_utilization,
        ranked.product_score,
        ranked.product_color,
        ranked.health_score,
        ranked.health_color,
        ranked.health_score_before_override,
        ranked.is_overridden,
        ranked.score_coverage,
        ranked.adopted_use_case_count,
        {%- for column in use_case_columns %}
        in_words.{{ column }},
        {%- endfor %}
        ranked.scorecard_version
    from ranked
    inner join accounts
        on ranked.account_id = accounts.account_id
    inner join in_words
        on
            ranked.account_id = in_words.account_id
            and ranked.month = in_words.month
    where
        ranked.month_recency = 1

)

select * from final
