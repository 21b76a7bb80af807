{#- How text of an export becomes a value: used by staging alone. Blank is NULL; what does not parse is NULL. -#}

{% macro text_of(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}


{#- Loaders that took an id for a number write it with a decimal point. -#}
{% macro id_of(column) -%}
    nullif(regexp_replace(trim({{ column }}), '\.0+$', ''), '')
{%- endmacro %}


{#- A date or a midnight timestamp; years beyond 9999 are dates too. -#}
{% macro date_of(column) -%}
    {{ dbt.safe_cast("regexp_extract(" ~ column ~ ", '^ *([0-9]{4,7}-[0-9]{2}-[0-9]{2})', 1)", 'date') }}
{%- endmacro %}


{% macro number_of(column) -%}
    {{ dbt.safe_cast("nullif(trim(" ~ column ~ "), '')", 'decimal(28, 8)') }}
{%- endmacro %}


{#- A flag that is blank is not set. -#}
{% macro flag_of(column) -%}
    coalesce(lower(trim({{ column }})) in ('true', 't', 'yes', 'y', '1', '1.0'), false)
{%- endmacro %}


{#- Licence hashes compare without hyphens and case (R7.1). -#}
{% macro license_hash_of(column) -%}
    nullif(lower(replace(trim({{ column }}), '-', '')), '')
{%- endmacro %}


{#-
    A CRM id with 18 characters (R8.8): the last three tell which of the fifteen before them are capitals. Ids of
    another length stay as they are.
-#}
{% macro crm_id_of(column) -%}
    {%- set id = "trim(" ~ column ~ ")" -%}
    case
        when length({{ id }}) in (15, 18)
            then substr({{ id }}, 1, 15)
                {%- for chunk in range(3) %}
                || substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', 1
                    {%- for position in range(5) %}
                    + case when substr({{ id }}, {{ chunk * 5 + position + 1 }}, 1) between 'A' and 'Z' then {{ 2 ** position }} else 0 end
                    {%- endfor %}, 1)
                {%- endfor %}
        else nullif({{ id }}, '')
    end
{%- endmacro %}


{#- Of several rows of one id in an export the later file, then the later row wins. -#}
{% macro row_recency(key_columns) -%}
    row_number() over (partition by {{ key_columns | join(', ') }} order by _file desc, _row desc)
{%- endmacro %}


{% macro landed_row_count(key_columns) -%}
    count(*) over (partition by {{ key_columns | join(', ') }})
{%- endmacro %}
