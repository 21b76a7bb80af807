{#-
    What may leave the file that a build writes (R14.1). What people wrote into the inputs ends at staging, but for the
    names that the marts are about.
-#}

{#- A hostname as readers see it; NULL for none. -#}
{% macro shown_hostname(column) -%}
    {%- if var('hide_hostnames') -%}
        {{ keyed_hash(column) }}
    {%- else -%}
        nullif({{ column }}, '')
    {%- endif -%}
{%- endmacro %}


{#- The original text of a line as readers see it: it may hold a name, an address, and always holds the hostname. -#}
{% macro shown_raw_text(column) -%}
    {%- if var('publish_raw_text') and not var('hide_hostnames') -%}
        {{ column }}
    {%- else -%}
        cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}


{#- What a column of ids holds, where that can be one: what shifted into it may be an address, and shows its shape. -#}
{% macro shown_id(column) -%}
    case when {{ begins_with(column, '[A-Za-z0-9_-]+$') }} then {{ column }} else {{ shape_of(column) }} end
{%- endmacro %}


{#- The key of a payload, likewise: a path of words. -#}
{% macro shown_key_path(column) -%}
    case
        when {{ begins_with(column, '[A-Za-z][A-Za-z0-9_.-]*$') }} then {{ column }} else {{ shape_of(column) }}
    end
{%- endmacro %}
