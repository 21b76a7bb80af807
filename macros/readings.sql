{#-
    What could be read of the columns that have a kind (R16). A source column says in its meta which kind it is: date,
    time, month, number, rate, percentage, figure_value, instance_type, measure, color, or a kind of the seed
    flag_words. An id may be blank, but is told then; text, name and counter hold whatever they hold.
-#}

{#- The value of a column, NULL where it is blank or not of its kind; for kinds that a seed lists: its text. -#}
{% macro reading_of(kind, column) -%}
    {%- if kind == 'date' -%}
        {{ date_of(column) }}
    {%- elif kind == 'time' -%}
        {{ time_of(column) }}
    {%- elif kind == 'number' -%}
        {{ number_of(column) }}
    {%- elif kind == 'rate' -%}
        {{ rate_of(column) }}
    {%- elif kind == 'percentage' -%}
        {{ number_of("regexp_replace(" ~ trimmed(column) ~ ", ' *%$', '')") }}
    {%- elif kind == 'month' -%}
        {{ month_of(column) }}
    {%- elif kind == 'figure_value' -%}
        {{ figure_value_of(column) }}
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
    {%- elif kind == 'id' -%}
        {{ text_of(column) }}
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


{#- What a value looks like, without what it says (R16.2): what shifted into the column may be an address. -#}
{% macro shape_of(column) -%}
    left(
        regexp_replace(
            regexp_replace(
                regexp_replace({{ trimmed(column) }}, '\p{N}', '9', 'g'), '[\p{L}\p{M}]', 'a', 'g'
            ), '[\s\p{C}]', ' ', 'g'
        ), 40
    )
{%- endmacro %}


{% macro readable_kinds() -%}
    {%- set kinds = [
        'id', 'date', 'time', 'month', 'number', 'rate', 'percentage', 'figure_value', 'instance_type', 'measure', 'color'
    ] -%}
    {%- for row in seed_rows('flag_words') if row.flag_kind not in kinds -%}
        {%- do kinds.append(row.flag_kind) -%}
    {%- endfor -%}
    {{- return(kinds) -}}
{%- endmacro %}


{#-
    One row per file and column with a kind of the landed table `table`, a source node of the graph: how many values are
    not blank, how many of them are not what the column is, and how many dates had a time of day (R16.2, R16.5); where
    the first of them stands and what it looks like. Every file is one group of one scan.
-#}
{% macro column_readings_query(table) -%}
    {%- set kinds = readable_kinds() -%}
    {%- set columns = [] -%}
    {%- for column in table.columns.values() if column.config.meta.kind in kinds -%}
        {%- do columns.append({
            'name': column.name,
            'text': adapter.quote(column.name),
            'kind': column.config.meta.kind,
            'is_required': 'true' if column.config.meta.is_required else 'false',
        }) -%}
    {%- endfor -%}
    {%- if not columns -%}
    select
        cast(null as varchar) as table_name,
        cast(null as varchar) as file,
        cast(null as varchar) as column_name,
        cast(null as varchar) as kind,
        cast(null as boolean) as is_required,
        cast(null as bigint) as row_count,
        cast(null as bigint) as non_blank_count,
        cast(null as bigint) as unreadable_count,
        cast(null as bigint) as first_unreadable_row,
        cast(null as varchar) as first_unreadable_shape,
        cast(null as bigint) as not_midnight_count,
        cast(null as bigint) as first_not_midnight_row
    where false
    {%- else -%}
    with

    landed as (

        select
            _file,
            _row
            {%- for column in columns %},
            {{ column.text }} as value_{{ loop.index }},
            case when {{ text_of(column.text) }} is not null then 1 end as is_filled_{{ loop.index }},
            case when {{ is_unreadable(column.kind, column.text) }} then _row end as unreadable_row_{{ loop.index }},
            {% if column.kind == 'date' -%}
            case when {{ is_not_midnight(column.text) }} then _row end
            {%- else -%}
            cast(null as bigint)
            {%- endif %} as not_midnight_row_{{ loop.index }}
            {%- endfor %}
        from landing.{{ table.identifier }}

    ),

    counted as (

        select
            _file,
            count(*) as row_count
            {%- for column in columns %},
            count(is_filled_{{ loop.index }}) as filled_{{ loop.index }},
            count(unreadable_row_{{ loop.index }}) as unreadable_{{ loop.index }},
            min(unreadable_row_{{ loop.index }}) - min(_row) + 1 as first_unreadable_{{ loop.index }},
            {{ value_of_least('value_' ~ loop.index, 'unreadable_row_' ~ loop.index) }} as first_value_{{ loop.index }},
            count(not_midnight_row_{{ loop.index }}) as not_midnight_{{ loop.index }},
            min(not_midnight_row_{{ loop.index }}) - min(_row) + 1 as first_not_midnight_{{ loop.index }}
            {%- endfor %}
        from landed
        group by
            _file

    )
    {% for column in columns %}
    select
        '{{ table.config.meta.path }}' as table_name,
        _file as file,
        '{{ column.name }}' as column_name,
        '{{ column.kind }}' as kind,
        {{ column.is_required }} as is_required,
        row_count,
        filled_{{ loop.index }} as non_blank_count,
        unreadable_{{ loop.index }} as unreadable_count,
        first_unreadable_{{ loop.index }} as first_unreadable_row,
        {{ shape_of('first_value_' ~ loop.index) }} as first_unreadable_shape,
        not_midnight_{{ loop.index }} as not_midnight_count,
        first_not_midnight_{{ loop.index }} as first_not_midnight_row
    from counted
    {% if not loop.last %}
    union all
    {% endif %}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{#-
    Files of which so many values of a required column are unreadable that they are written another way (R16.3): a line
    each. What operators keep by hand never stops a run.
-#}
{% macro unreadable_problems() -%}
    {%- set share = var('maximum_unreadable_share') | float(-1) -%}
    {%- if not 0 <= share <= 1 -%}
        {%- do exceptions.raise_compiler_error(
            "maximum_unreadable_share is '" ~ var('maximum_unreadable_share') ~ "': give a share from 0 to 1"
        ) -%}
    {%- endif -%}
    {%- set query -%}
        select file || ': column ' || column_name || ': ' || {{ unreadable_in_words() }} as problem
        from landing.column_readings
        where
            is_required
            and kind in ('date', 'time', 'number')
            and table_name not like 'operations/%'
            and unreadable_count > {{ share }} * non_blank_count
        order by file, column_name
    {%- endset -%}
    {{- return(run_query(query).columns[0].values() | list) -}}
{%- endmacro %}


{#- How many values of how many are not what their column is, and what the first one looks like. -#}
{% macro unreadable_in_words(kind='kind') -%}
    unreadable_count || ' of ' || non_blank_count || ' values '
    || case when unreadable_count = 1 then 'is no ' else 'are no ' end || case
        when {{ kind }} in (
            'date', 'time', 'month', 'number', 'rate', 'percentage', 'figure_value', 'instance_type', 'measure', 'color'
        )
            then replace({{ kind }}, '_', ' ')
        else 'flag'
    end
    || ', first in row ' || first_unreadable_row || ' (' || replace(first_unreadable_shape, ';', ',') || ')'
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
