{#- The date the run speaks for, as text: only its default reads the clock. -#}
{% macro as_of_day() -%}
    {%- set day = var('as_of_date') or env_var('SEATWISE_AS_OF', '') -%}
    {%- if not day -%}
        {%- set is_demo = not env_var('SEATWISE_LANDING', '') -%}
        {%- set day = var('demo_as_of_date') if is_demo else run_started_at.strftime('%Y-%m-%d') -%}
    {%- endif -%}
    {%- if not is_iso_date(day | string) -%}
        {%- do exceptions.raise_compiler_error("as_of_date (SEATWISE_AS_OF) is '" ~ day ~ "': give a date as YYYY-MM-DD") -%}
    {%- endif -%}
    {{- return(day | string) -}}
{%- endmacro %}


{% macro as_of_date() -%}
    cast('{{ as_of_day() }}' as date)
{%- endmacro %}


{#- The first month that marts may show, as text; months begin later where usage does. -#}
{% macro first_month() -%}
    {%- set first = var('first_month') -%}
    {%- if first -%}
        {%- if not is_iso_date(first | string) -%}
            {%- do exceptions.raise_compiler_error("first_month is '" ~ first ~ "': give the first day of a month as YYYY-MM-DD") -%}
        {%- endif -%}
        {{- return((first | string)[:8] ~ '01') -}}
    {%- endif -%}
    {%- set day = as_of_day() -%}
    {{- return('%04d-%s-01' | format(day[:4] | int - 3, day[5:7])) -}}
{%- endmacro %}
