{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Marts live in the target's own schema, so that a reader writes `from dim_accounts`. -#}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
