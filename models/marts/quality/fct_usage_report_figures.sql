-- One row per report of a wrong figure up to the as-of date: the figure as it is now, whether that is what was
-- expected, and why it is not available (R22.3).

{%- set keys = {'account': 'account_id', 'subscription': 'subscription_name', 'instance': 'instance_id'} %}

with

reports as (

    select * from {{ ref('int_usage_reports') }}

),

scorecard_colors as (

    select * from {{ ref('scorecard_colors') }}

),

fct_account_utilization_monthly as (

    select * from {{ ref('fct_account_utilization_monthly') }}

),

fct_account_health_monthly as (

    select * from {{ ref('fct_account_health_monthly') }}

),

fct_subscription_utilization_monthly as (

    select * from {{ ref('fct_subscription_utilization_monthly') }}

),

fct_product_usage_monthly as (

    select * from {{ ref('fct_product_usage_monthly') }}

),

-- Where a figure stands is a row of the seed report_figures: a new one needs no line here.
figures as (

    {% for row in seed_rows('report_figures') -%}
    select
        reports.report_id,
        '{{ row.value_kind }}' as value_kind,
        {% if row.value_kind == 'number' -%}
        {{ number_as_text('marts.' ~ row.column_name) }} as value_now,
        {{ dbt.safe_cast('marts.' ~ row.column_name, 'decimal(38, 12)') }} as number_now,
        {%- else -%}
        marts.{{ row.column_name }} as value_now,
        cast(null as decimal(38, 12)) as number_now,
        {%- endif %}
        marts.{{ row.reason_column }} as reason
    from reports
    inner join {{ row.mart }} as marts
        on
            reports.subject_id = marts.{{ keys[row.subject_type] }}
            and reports.month = marts.month
    where
        reports.subject_type = '{{ row.subject_type }}'
        and reports.figure = '{{ row.figure }}'
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

),

-- A colour that the scorecard does not have is a word for why there is none.
final as (

    select
        reports.report_id,
        reports.reported_at,
        reports.closed_at,
        reports.subject_type,
        reports.subject_id,
        reports.account_id,
        reports.subscription_name,
        reports.instance_uuid,
        reports.month,
        reports.figure,
        reports.expected_value,
        reports.expected_number,
        reports.expected_decimals,
        reports.age_days,
        figures.report_id is not null as has_row,
        figures.value_now,
        case
            when figures.value_now is null then figures.reason
            when figures.value_kind = 'color' and scorecard_colors.color is null then figures.reason
        end as not_available_reason,
        coalesce(
            case
                when figures.value_kind = 'color' then lower(figures.value_now) = lower(reports.expected_value)
                else {{ is_equal_at_decimals(
                    'figures.number_now', 'reports.expected_number', 'reports.expected_decimals'
                ) }}
            end, false
        ) as is_as_expected
    from reports
    left join figures
        on reports.report_id = figures.report_id
    left join scorecard_colors
        on figures.value_now = scorecard_colors.color

)

select * from final
