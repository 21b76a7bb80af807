{#-
    What was read of the columns that have a kind (R16). A source column says in its meta which kind it is: date, time,
    number, flag, the kinds of the seed flag_words, instance_type, measure, color. All other kinds hold whatever they hold.
-#}

{#- The value of a column, NULL where it is blank or not of its kind; for kinds that a seed lists: its text. -#}
{% macro reading_of(kind, column) -%}
    {%- if kind == 'date' -%}
        {{ date_of(column) }}
    {%- elif kind == 'time' -%}
        {{ time_of(column) }}
    {%- elif kind == 'number' -%}
        {{ number_of(column) }}
    {%- elif kind == 'instance_type' -%}
        {{ listed_text_of(column, seed_column('instance_types', 'instance_type')) }}
    {%- elif kind == 'color' -%}
        {{ listed_text_of(column, seed_column('scorecard_colors', 'color')) }}
    {%- elif kind == 'measure' -%}
        {%- set measures = [] -%}
        {%- for row in seed_rows('scorecard_measures') if row.measure_kind.startswith('delivered_') -%}
            {%- do measures.append(row.measure) -%}
        {%- endfor -%}
        case when {{ measure_of(column) }} in ({{ quoted_list(measures) }}) then {{ measure_of(column) }} end
    {%- else -%}
        {{ flag_meaning_of(kind, column) }}
    {%- endif -%}
{%- endmacro %}


{% macro listed_text_of(column, words) -%}
    case when lower({{ trimmed(column) }}) in ({{ quoted_list(words) | lower }}) then {{ text_of(column) }} end
{%- endmacro %}


{#- Whether a value is not blank and not what its column is (R16.2). Never NULL. -#}
{% macro is_unreadable(kind, column) -%}
    ({{ text_of(column) }} is not null and {{ reading_of(kind, column) }} is null)
{%- endmacro %}


{% macro quoted_list(words) -%}
    {%- set quoted = [] -%}
    {%- for word in words -%}
        {%- do quoted.append("'" ~ (word | replace("'", "''")) ~ "'") -%}
    {%- endfor -%}
    {{- return(quoted | join(', ') or "''") -}}
{%- endmacro %}


{% macro seed_column(seed_name, column) -%}
    {%- set values = [] -%}
    {%- for row in seed_rows(seed_name) -%}
        {%- do values.append(row[column]) -%}
    {%- endfor -%}
    {{- return(values) -}}
{%- endmacro %}


{#- The zone in which the sources write their days (R16.5). -#}
{% macro source_time_zone() -%}
    {%- set zone = var('source_time_zone') or env_var('SEATWISE_SOURCE_TIME_ZONE', '') or 'UTC' -%}
    {%- if zone not in modules.pytz.all_timezones_set -%}
        {%- do exceptions.raise_compiler_error(
            "source_time_zone (SEATWISE_SOURCE_TIME_ZONE) is '" ~ zone ~ "': give the name of a time zone, such as Europe/Berlin"
        ) -%}
    {%- endif -%}
    {{- return(zone) -}}
{%- endmacro %}
