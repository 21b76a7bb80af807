{#- Amounts in one currency (R17). -#}

{#- The currency of the amounts that add up and rank, as text in capitals; none where nothing is told (R17.1). -#}
{% macro reporting_currency() -%}
    {%- set code = var('reporting_currency') or env_var('SEATWISE_REPORTING_CURRENCY', '') -%}
    {%- if not code and not env_var('SEATWISE_LANDING', '') -%}
        {%- set code = var('demo_reporting_currency') -%}
    {%- endif -%}
    {%- set code = code | string | trim if code else '' -%}
    {%- if code and not modules.re.fullmatch('[A-Za-z]{3}', code) -%}
        {%- do exceptions.raise_compiler_error(
            "reporting_currency (SEATWISE_REPORTING_CURRENCY) is '" ~ code ~ "': give the code of a currency, such as USD"
        ) -%}
    {%- endif -%}
    {{- return(code | upper or none) -}}
{%- endmacro %}


{#- The same as SQL: a text, or NULL. -#}
{% macro reporting_currency_text() -%}
    {%- set code = reporting_currency() -%}
    cast({{ dbt.string_literal(code) if code else 'null' }} as {{ dbt.type_string() }})
{%- endmacro %}


{#-
    An amount times the rate of its currency, half up to 2 decimals, which is away from 0; an amount of 0 is 0 with or
    without a rate (R17.2). Decimals multiply exactly as far as they hold the product: a larger one has no cents to lose.
-#}
{% macro in_reporting_currency(amount, rate) -%}
    case
        when {{ amount }} = 0 then 0
        when abs(cast({{ amount }} as double) * cast({{ rate }} as double)) < 1e11
            then cast(round(cast({{ amount }} as decimal(38, 8)) * cast({{ rate }} as decimal(38, 18)), 2) as double)
        else round(cast({{ amount }} as double) * cast({{ rate }} as double), 2)
    end
{%- endmacro %}
