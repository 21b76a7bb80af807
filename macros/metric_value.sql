{#-
    What a metric value says (R4). Of JSON text a whole number from 0 to 2^63-1 is usable, as a number or as a string of
    digits alone; text of an export is read as a JSON number, and a quote in it makes it none (R5.6). The shape is checked
    first: a cast would round 12.7 and take '1_000', '0x1F' and ' 12 '.
-#}

{% macro usable_json_value(json_text) -%}
    {{ usable_number(json_text, '^([0-9]+([.]0+)?|"[0-9]+")$') }}
{%- endmacro %}


{% macro usable_text_value(export_text) -%}
    {{ usable_number(export_text, '^[0-9]+([.]0+)?$') }}
{%- endmacro %}


{#- NULL for a usable value. -#}
{% macro unusable_json_reason(json_text) -%}
    {{ unusable_reason(json_text, usable_json_value(json_text)) }}
{%- endmacro %}


{% macro unusable_text_reason(export_text) -%}
    {{ unusable_reason(export_text, usable_text_value(export_text)) }}
{%- endmacro %}


{#-
    Why a value that a ping carries does not show; NULL where it does (R5.5, R4). `ping` has release_ordinal and
    shared_data_categories, `metric` is a row of int_tracked_metrics.
-#}
{% macro ping_value_missing_reason(json_value, ping, metric) -%}
    {%- set is_absent = '(' ~ json_value ~ ' is null or ' ~ json_value ~ " = 'null')" -%}
    case
        when
            {{ ping }}.release_ordinal is null
            and ({{ metric }}.introduced_ordinal is not null or {{ metric }}.removed_ordinal is not null)
            then 'release_unknown'
        when
            {{ ping }}.release_ordinal < {{ metric }}.introduced_ordinal
            or {{ ping }}.release_ordinal >= {{ metric }}.removed_ordinal
            then 'not_instrumented_in_release'
        when
            {{ is_absent }}
            and {{ ping }}.shared_data_categories is not null
            and not {{ list_has(ping ~ '.shared_data_categories', metric ~ '.data_category') }}
            then 'category_not_shared'
        when {{ is_absent }} then 'not_reported'
        else {{ unusable_json_reason(json_value) }}
    end
{%- endmacro %}


{% macro unusable_reason(number_text, usable_value) -%}
    case
        when {{ is_json_number(number_text) }} and regexp_extract({{ number_text }}, '^-[0.]*[1-9]') <> '' then 'collection_failed'
        when ({{ usable_value }}) is null then 'not_numeric'
    end
{%- endmacro %}


{% macro is_json_number(number_text) -%}
    regexp_extract({{ number_text }}, '^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?$') <> ''
{%- endmacro %}


{#- Whole numbers are taken digit by digit; only one with an exponent goes by way of a float. -#}
{% macro usable_number(number_text, whole_number) -%}
    case
        when regexp_extract({{ number_text }}, '^-0([.]0+)?$') <> '' then 0
        when regexp_extract({{ number_text }}, '{{ whole_number }}') <> ''
            then {{ dbt.safe_cast("regexp_extract(" ~ number_text ~ ", '[0-9]+')", 'bigint') }}
        when
            {{ is_json_number(number_text) }}
            and lower({{ number_text }}) like '%e%'
            and {{ dbt.safe_cast(number_text, 'double') }} >= 0
            and {{ dbt.safe_cast(number_text, 'double') }} = floor({{ dbt.safe_cast(number_text, 'double') }})
            then {{ dbt.safe_cast(dbt.safe_cast(number_text, 'double'), 'bigint') }}
    end
{%- endmacro %}
