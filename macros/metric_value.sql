{#-
    What a metric value says, given as JSON text (R4): a whole number from 0 to 2^63-1, as a number or as a string of
    digits alone, is usable. The shape is checked first: a cast would round 12.7 and take '1_000', '0x1F' and ' 12 '.
-#}

{% macro is_json_number(json_text) -%}
    regexp_extract({{ json_text }}, '^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?$') <> ''
{%- endmacro %}


{#- Whole numbers are taken digit by digit; only one with an exponent goes by way of a float. -#}
{% macro usable_value(json_text) -%}
    case
        when regexp_extract({{ json_text }}, '^-0([.]0+)?$') <> '' then 0
        when regexp_extract({{ json_text }}, '^([0-9]+([.]0+)?|"[0-9]+")$') <> ''
            then {{ dbt.safe_cast("regexp_extract(" ~ json_text ~ ", '[0-9]+')", 'bigint') }}
        when
            {{ is_json_number(json_text) }}
            and lower({{ json_text }}) like '%e%'
            and {{ dbt.safe_cast(json_text, 'double') }} >= 0
            and {{ dbt.safe_cast(json_text, 'double') }} = floor({{ dbt.safe_cast(json_text, 'double') }})
            then {{ dbt.safe_cast(dbt.safe_cast(json_text, 'double'), 'bigint') }}
    end
{%- endmacro %}


{#- NULL for a usable value. -#}
{% macro unusable_reason(json_text) -%}
    case
        when {{ is_json_number(json_text) }} and regexp_extract({{ json_text }}, '^-[0.]*[1-9]') <> '' then 'collection_failed'
        when ({{ usable_value(json_text) }}) is null then 'not_numeric'
    end
{%- endmacro %}


{#- Text of an export is read as if it were a JSON number, so a quote in it makes it none (R5.6). -#}
{% macro number_text(export_text) -%}
    replace({{ export_text }}, '"', 'quoted')
{%- endmacro %}
