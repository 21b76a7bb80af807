{#-
    A figure to so many decimals, halves away from 0 (R17.2, R18). What a division left beside a half counts as the half:
    a float is first taken to 8 decimals. A figure that those cannot hold has no decimals to lose.
-#}
{% macro half_up(figure, places) -%}
    case
        when abs({{ figure }}) < 1e15 then cast(round(cast({{ figure }} as decimal(38, 8)), {{ places }}) as double)
        else round({{ figure }}, {{ places }})
    end
{%- endmacro %}
