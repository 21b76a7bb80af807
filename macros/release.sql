{#- A number that orders releases as numbers order: 13.9 < 13.10 < 14.0 (R3.1). NULL where a part is: least() passes NULL over. -#}
{% macro release_ordinal(major, minor) -%}
    case
        when {{ major }} is not null and {{ minor }} is not null
            then least({{ major }}, 999999) * 1000000 + least({{ minor }}, 999999)
    end
{%- endmacro %}


{#- The same of a text such as 15.10 or <13.9. -#}
{% macro release_text_ordinal(column) -%}
    {{ release_ordinal(
        dbt.safe_cast("regexp_extract(" ~ column ~ ", '([0-9]+)[.]([0-9]+)', 1)", 'bigint'),
        dbt.safe_cast("regexp_extract(" ~ column ~ ", '([0-9]+)[.]([0-9]+)', 2)", 'bigint')
    ) }}
{%- endmacro %}
