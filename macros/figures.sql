{#- Figures as people report them and as other systems take them (R21, R22). -#}

{#- The first day of a month that is written as YYYY-MM or by one of its days (R22.2); NULL for what is neither. -#}
{% macro month_of(column) -%}
    cast({{ dbt.date_trunc('month', 'coalesce(' ~ dbt.safe_cast(
        "regexp_extract(" ~ trimmed(column) ~ ", '^[0-9]{4}-[0-9]{2}$') || '-01'", 'date'
    ) ~ ', ' ~ date_of(column) ~ ')') }} as date)
{%- endmacro %}


{#- What a report expects: a number, a percentage or a word of the seed (R22.3); NULL for what is none of them. -#}
{% macro figure_value_of(column) -%}
    case
        when
            {{ figure_number_of(column) }} is not null
            or lower({{ trimmed(column) }}) in ({{ quoted_list(seed_column('report_words', 'word')) | lower }})
            then {{ text_of(column) }}
    end
{%- endmacro %}


{#- The number that a report expects; a percentage is a share (R22.3). -#}
{% macro figure_number_of(column) -%}
    cast(
        {{ number_of(without_percent_sign(column), 'decimal(34, 12)') }}
        * case when right({{ trimmed(column) }}, 1) = '%' then 0.01 else 1 end as decimal(38, 12)
    )
{%- endmacro %}


{#- The decimals of the number that a report expects, of a percentage as a share: at least 0, and no more than compare. -#}
{% macro figure_decimals_of(column) -%}
    {%- set number = without_percent_sign(column) -%}
    case when {{ figure_number_of(column) }} is not null then least(greatest(
        length(regexp_extract({{ number }}, '[.]([0-9]*)', 1))
        - coalesce({{ dbt.safe_cast("nullif(regexp_extract(" ~ number ~ ", '[eE]([+-]?[0-9]{1,4})$', 1), '')", 'integer') }}, 0)
        + case when right({{ trimmed(column) }}, 1) = '%' then 2 else 0 end, 0
    ), 11) end
{%- endmacro %}


{% macro without_percent_sign(column) -%}
    regexp_replace({{ trimmed(column) }}, ' *%$', '')
{%- endmacro %}


{#- A number as text, without the zeros that its type adds; one beyond all decimals as its own type writes it. -#}
{% macro number_as_text(number, decimals=12) -%}
    coalesce(
        regexp_replace(
            cast({{ dbt.safe_cast(number, 'decimal(38, ' ~ decimals ~ ')') }} as {{ dbt.type_string() }}), '[.]?0+$', ''
        ), cast({{ number }} as {{ dbt.type_string() }})
    )
{%- endmacro %}


{#- Whether a figure is what a report expects: equal at the decimals that were expected, half away from 0 (R22.3). -#}
{% macro is_equal_at_decimals(number, expected, decimals) -%}
    {%- set half = 'cast(0.5 * pow(10, -' ~ decimals ~ ') as decimal(38, 12))' -%}
    (
        abs({{ number }}) >= abs({{ expected }}) - {{ half }}
        and abs({{ number }}) < abs({{ expected }}) + {{ half }}
        and sign({{ number }}) * sign({{ expected }}) >= 0
    )
{%- endmacro %}


{#- The first month that exports write (R21.3): the as-of month and those before it, `export_months` in all. -#}
{% macro first_exported_month() -%}
    {%- set months = var('export_months') | string -%}
    {%- if not modules.re.fullmatch('[1-9][0-9]{0,2}', months) -%}
        {%- do exceptions.raise_compiler_error("export_months is '" ~ months ~ "': give a whole number from 1") -%}
    {%- endif -%}
    cast({{ dbt.dateadd('month', 1 - months | int, dbt.date_trunc('month', as_of_date())) }} as date)
{%- endmacro %}


{% macro is_in_export_window(month) -%}
    {{ month }} >= {{ first_exported_month() }}
{%- endmacro %}


{#- A value as it leaves: a percentage is 100 times the share, half up to 2 decimals, without a cap (R21.2). -#}
{% macro export_text(column, kind) -%}
    {%- if kind == 'percent' -%}
        case
            when abs({{ column }}) < 1e11
                then cast(cast(round(cast({{ column }} as decimal(38, 12)) * 100, 2) as decimal(38, 2)) as {{ dbt.type_string() }})
            else cast(round(100 * {{ column }}, 2) as {{ dbt.type_string() }})
        end
    {%- elif kind == 'number' -%}
        {{ number_as_text(column, 8) }}
    {%- else -%}
        cast({{ column }} as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}


{#- What leaves, by object: the mart that its keys are of, and the SQL of a record's key, its parts joined by a bar. -#}
{% macro export_objects() -%}
    {%- set objects = {} -%}
    {%- for row in seed_rows('export_fields') if row.kind == 'key' -%}
        {%- set before = objects[row.object].record_id ~ " || '|' || " if row.object in objects else '' -%}
        {%- do objects.update({row.object: {'mart': row.mart, 'record_id': before ~ 'marts.' ~ row.column_name}}) -%}
    {%- endfor -%}
    {{- return(objects) -}}
{%- endmacro %}
