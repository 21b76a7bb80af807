{#- A number as a person writes it: whole ones without decimals. -#}
{% macro number_in_words(number) -%}
    case
        when round({{ number }}, 2) = floor(round({{ number }}, 2))
            then cast(cast(round({{ number }}, 2) as decimal(38, 0)) as varchar)
        else cast(round({{ number }}, 2) as varchar)
    end
{%- endmacro %}
