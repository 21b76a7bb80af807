{#-
    The key paths of the tracked metrics, in the order in which staging takes them out of a payload. They stand in the
    SQL as a constant list: DuckDB parses a payload once for a constant list, and once a path for anything else.
-#}
{% macro tracked_metric_key_paths() -%}
    {%- set seed = adapter.get_relation(target.database, 'seeds', 'tracked_metrics') if execute -%}
    {%- if not seed -%}
        {{- return([]) -}}
    {%- endif -%}
    {{- return(run_query('select key_path from ' ~ seed ~ ' order by key_path').columns[0].values() | list) -}}
{%- endmacro %}
