{#- By how much a figure is above another one, at least 0; NULL where one of them is (R9.7). -#}
{% macro excess_of(figure, limit) -%}
    case
        when {{ figure }} > {{ limit }} then {{ figure }} - {{ limit }}
        when {{ figure }} <= {{ limit }} then 0
    end
{%- endmacro %}
