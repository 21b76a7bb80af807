{#-
    What a metric value says, given as JSON text (R4): a whole number from 0 to 2^63-1, as a number or as a string of
    digits alone, is usable. The shape is checked first: a cast would round 12.7 and take '1_000', '0x1F' and ' 12 '.
-#}

{% macro is_json_number(json_text) -%}
    regexp_extract({{ json_text }}, '^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?$') <> ''
{%- endmacro %}


{% macro usable_value(json_text) -%}
    case
        when regexp_extract({{ json_text }}, '^([0-9]+|"[0-9]+")$') <> ''
            then {{ dbt.safe_cast("replace(" ~ json_text ~ ", '\"', '')", 'bigint') }}
        when
            {{ is_json_number(json_text) }}
            and {{ dbt.safe_cast(json_text, 'double') }} >= 0
            and {{ dbt.safe_cast(json_text, 'double') }} = floor({{ dbt.safe_cast(json_text, 'double') }})
            then {{ dbt.safe_cast(dbt.safe_cast(json_text, 'double'), 'bigint') }}
    end
{%- endmacro %}


{#- NULL for a usable value. -#}
{% macro unusable_reason(json_text) -%}
    case
        when {{ is_json_number(json_text) }} and {{ dbt.safe_cast(json_text, 'double') }} < 0 then 'collection_failed'
        when ({{ usable_value(json_text) }}) is null then 'not_numeric'
    end
{%- endmacro %}
