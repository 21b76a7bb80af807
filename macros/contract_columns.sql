{#-
    The columns that a mart's contract names and that end alike: where a wide mart has a column a use case or metric,
    its contract is the list, and the SQL need not repeat it.
-#}
{% macro contract_columns(model_name, ending='', without=[]) -%}
    {%- set names = [] -%}
    {%- if execute -%}
        {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ model_name] -%}
        {%- for name in node.columns if name.endswith(ending) and name not in without -%}
            {%- do names.append(name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(names) -}}
{%- endmacro %}
