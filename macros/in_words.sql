{#- A number as a person writes it: whole ones without decimals. -#}
{% macro number_in_words(number) -%}
    case
        when round({{ number }}, 2) = floor(round({{ number }}, 2))
            then cast(cast(round({{ number }}, 2) as decimal(38, 0)) as varchar)
        else cast(round({{ number }}, 2) as varchar)
    end
{%- endmacro %}


{#- A bound of a band as a person writes it; NULL where the band has no end. -#}
{% macro bound_in_words(bound, value_format) -%}
    case
        when {{ bound }} in (cast('-Infinity' as double), cast('Infinity' as double)) then null
        when {{ value_format }} = 'percent' then {{ number_in_words('100 * ' ~ bound) }} || ' %'
        else {{ number_in_words(bound) }}
    end
{%- endmacro %}


{#- A sentence with its places, such as {value}, filled: `texts` has the SQL of a text for each; NULL leaves a gap. -#}
{% macro filled_in(sentence, texts) -%}
    {%- set filled = namespace(sql=sentence) -%}
    {%- for place, text in texts.items() -%}
        {%- set filled.sql = "replace(" ~ filled.sql ~ ", '{" ~ place ~ "}', coalesce(" ~ text ~ ", ''))" -%}
    {%- endfor -%}
    {{ filled.sql }}
{%- endmacro %}


{#- A sentence of a seed with the project's own settings in their places, so that the words say what holds. -#}
{% macro with_settings(sentence) -%}
    {%- set texts = {} -%}
    {%- for name in ['onboarding_days', 'usage_window_days', 'forecast_months', 'forecast_minimum_points'] -%}
        {%- do texts.update({name: "'" ~ var(name) ~ "'"}) -%}
    {%- endfor -%}
    {{ filled_in(sentence, texts) }}
{%- endmacro %}
