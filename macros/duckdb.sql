{#-
    All that only DuckDB understands: reading files and taking JSON apart. Another engine needs this one file again.
-#}

{# ---- reading files ---- #}

{% macro quoted_path(path) -%}
    {#- What a pattern would take for a wildcard stands for itself in the name of a file or folder. -#}
    {{- return(path | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') | replace("'", "''")) -}}
{%- endmacro %}


{% macro quoted_names(names) -%}
    {%- set quoted = [] -%}
    {%- for name in names -%}
        {%- do quoted.append("'" ~ quoted_path(name) ~ "'") -%}
    {%- endfor -%}
    {{- return('[' ~ quoted | join(', ') ~ ']') -}}
{%- endmacro %}


{% macro landed_files(start, pattern) %}
    {#- The files whose path is `start` and then what the pattern says. Hidden ones (.DS_Store, _SUCCESS) are no data. -#}
    {%- set files = [] -%}
    {%- for row in run_query("select file from glob('" ~ quoted_path(start) ~ pattern ~ "') order by file") -%}
        {%- if row[0].split('/')[-1][0] not in '._' -%}
            {%- do files.append({'name': row[0], 'below': row[0][start | length:]}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(files) }}
{% endmacro %}


{% macro file_reader(names, is_parquet) %}
    {%- if is_parquet -%}
        read_parquet({{ quoted_names(names) }}, filename = true, union_by_name = true, hive_partitioning = false)
    {%- else -%}
        read_csv(
            {{ quoted_names(names) }}, filename = true, union_by_name = true, hive_partitioning = false,
            header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', max_line_size = 16000000
        )
    {%- endif -%}
{% endmacro %}


{% macro headers_of(files) %}
    {#- Of each file its columns, or the problem that lets nobody read it. -#}
    {%- set queries = [] -%}
    {%- for file in files -%}
        {%- do file.update({'index': loop.index0, 'columns': [], 'problem': none}) -%}
        {%- do queries.append(
            'select ' ~ loop.index0 ~ " as file_index, csv_problem('" ~ file.name | replace("'", "''") ~ "') as problem"
        ) if not file.is_parquet -%}
    {%- endfor -%}
    {%- for batch in queries | batch(100) -%}
        {%- for row in run_query(batch | join(' union all ')) -%}
            {%- do files[row[0] | int].update({'problem': row[1]}) -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- set queries = [] -%}
    {%- for file in files if not file.problem -%}
        {%- set reader = file_reader([file.name], file.is_parquet) | replace('filename = true', 'filename = false') -%}
        {%- do queries.append(
            'select ' ~ file['index'] ~ ' as file_index, column_name from (describe select * from ' ~ reader ~ ')'
        ) -%}
    {%- endfor -%}
    {%- for batch in queries | batch(100) -%}
        {%- for row in run_query(batch | join(' union all ')) -%}
            {%- do files[row[0] | int].columns.append(row[1]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(files) }}
{% endmacro %}


{% macro read_table(columns, header, names, is_parquet, is_partitioned) %}
    {%- set words = quoted_list(seed_column('null_words', 'word')) | lower %}
    select
        {% for column in columns -%}
        {% if column.name | lower in header -%}
        {{ landed_text('cast("' ~ header[column.name | lower] | replace('"', '""') ~ '" as varchar)', column, is_parquet, words) }}
        {%- else -%}
        cast(null as varchar)
        {%- endif %} as "{{ column.name }}",
        {% endfor -%}
        {% if is_partitioned -%}
        cast(regexp_extract(filename, '/ping_date=([^/]*)/[^/]*$', 1) as date) as ping_date,
        {% endif -%}
        substr(filename, {{ (landing_root() | length) + 2 }}) as _file,
        {{ natural_order('substr(filename, ' ~ ((landing_root() | length) + 2) ~ ')') }} as _file_order,
        row_number() over () as _row,
        cast('{{ last_modified(names) }}' as timestamp) as _loaded_at
    from {{ file_reader(names, is_parquet) }}
{% endmacro %}


{% macro landed_text(text, column, is_parquet, words) -%}
    {#- A blank, and in CSV a word that stands for one (R16.1), is NULL; names and counters may be such words. -#}
    {%- if is_parquet or column.config.meta.kind in ('name', 'counter') -%}
        nullif({{ text }}, '')
    {%- else -%}
        case when lower({{ trimmed(text) }}) not in ('', {{ words }}) then {{ text }} end
    {%- endif -%}
{%- endmacro %}


{% macro natural_order(path) -%}
    {#- Runs of digits compare as numbers (R16.7): each is padded with zeros. -#}
    array_to_string(
        list_transform(
            regexp_extract_all({{ path }}, '\d+|\D+'),
            lambda part: case
                when regexp_full_match(part, '\d+') then repeat('0', 24 - length(ltrim(part, '0'))) || ltrim(part, '0')
                else part
            end
        ), ''
    )
{%- endmacro %}


{% macro empty_table(columns, is_partitioned) %}
    select
        {% for column in columns -%}
        cast(null as varchar) as "{{ column.name }}",
        {% endfor -%}
        {% if is_partitioned -%}
        cast(null as date) as ping_date,
        {% endif -%}
        cast(null as varchar) as _file,
        cast(null as varchar) as _file_order,
        cast(null as bigint) as _row,
        cast(null as timestamp) as _loaded_at
    where false
{% endmacro %}


{% macro last_modified(names) %}
    {{- return(run_query(
        "select strftime(max(last_modified), '%Y-%m-%d %H:%M:%S') from read_blob(" ~ quoted_names(names) ~ ')'
    ).columns[0].values()[0]) -}}
{% endmacro %}


{% macro read_lines(root, path, patterns) %}
    {#-
        Files are read whole and split, not read as CSV: a CSV reader stops at bytes that are no UTF-8, takes a lone
        carriage return for a line end, gives what is left of an archive cut short, and has no line numbers.
    -#}
    {% for pattern in patterns %}
    {%- set is_archive = pattern.endswith('.gz') %}
    select
        substr(filename, {{ (root | length) + 2 }}) as file,
        generate_subscripts(lines, 1) as line_number,
        cast(regexp_extract(filename, '/received_date=([^/]*)/[^/]*$', 1) as date) as received_date,
        unnest(lines) as line_text,
        unnest(invalid_lines) is null as is_valid_text,
        last_modified as _loaded_at
    from (
        select
            filename,
            last_modified,
            case
                when file_text is not null then {{ split_lines('file_text', 'chr(10)', pattern) }}
                when file_bytes is null then [cast(null as varchar)]
                else list_transform(
                    {{ split_lines('cast(file_bytes as varchar)', "'\\x0A'", pattern) }},
                    lambda line: coalesce(try(decode(cast(line as blob))), decode_with_escapes(cast(line as blob)))
                )
            end as lines,
            case
                when file_text is not null then cast(null as boolean[])
                when file_bytes is null then [true]
                else list_transform(
                    {{ split_lines('cast(file_bytes as varchar)', "'\\x0A'", pattern) }},
                    lambda line: case when try(decode(cast(line as blob))) is null then true end
                )
            end as invalid_lines
        from (
            select
                filename,
                last_modified,
                file_bytes,
                try(decode(file_bytes)) as file_text
            from (
                select
                    filename,
                    last_modified,
                    {{ 'gunzip(content)' if is_archive else 'content' }} as file_bytes
                from read_blob('{{ quoted_path(root) }}/{{ path }}/{{ pattern }}')
                where
                    not regexp_matches(filename, '/[._][^/]*$')
            )
        )
    )
    {% if not loop.last %}union all{% endif %}
    {% else %}
    select
        cast(null as varchar) as file,
        cast(null as bigint) as line_number,
        cast(null as date) as received_date,
        cast(null as varchar) as line_text,
        cast(null as boolean) as is_valid_text,
        cast(null as timestamptz) as _loaded_at
    where false
    {% endfor %}
{% endmacro %}


{% macro split_lines(text, line_end, pattern) %}
    {{- 'string_split(' ~ text ~ ', ' ~ line_end ~ ')' if '.ndjson' in pattern else '[' ~ text ~ ']' -}}
{% endmacro %}


{% macro begins_with(text, pattern) -%}
    {#- Anchored, so that a long line is left at the first character that does not fit. -#}
    regexp_matches({{ text }}, '^{{ pattern }}')
{%- endmacro %}


{% macro is_white_space(text) -%}
    {#- Tabs and line ends too, which trim() leaves. -#}
    regexp_full_match(trim({{ text }}), '\s*')
{%- endmacro %}


{% macro without_line_end(line) -%}
    case when ends_with({{ line }}, chr(13)) then left({{ line }}, length({{ line }}) - 1) else {{ line }} end
{%- endmacro %}


{# ---- taking JSON apart ---- #}

{% macro json_values(line, key_paths) %}
    {#- One parse a line, however many key paths; NULL where the line is no JSON. -#}
    {%- set paths = [] -%}
    {%- for key_path in key_paths -%}
        {%- do paths.append("'$.\"" ~ key_path | replace('.', '"."') ~ "\"'") -%}
    {%- endfor -%}
    try(json_extract({{ line }}, [{{ paths | join(', ') }}]))
{%- endmacro %}


{% macro json_text(value) -%}
    {#- The text of a JSON string; NULL for what is none. -#}
    case when json_type({{ value }}) = 'VARCHAR' then json_extract_string({{ value }}, '$') end
{%- endmacro %}


{% macro json_scalar_text(value) -%}
    {#- The text of a JSON string or number; NULL for what is neither. -#}
    case
        when json_type({{ value }}) in ('VARCHAR', 'BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')
            then json_extract_string({{ value }}, '$')
    end
{%- endmacro %}


{% macro json_text_list(value) -%}
    {#- The elements of a JSON array as text; NULL for what is none. -#}
    case when json_type({{ value }}) = 'ARRAY' then json_extract_string({{ value }}, '$[*]') end
{%- endmacro %}


{% macro list_has(list, element) -%}
    list_contains({{ list }}, {{ element }})
{%- endmacro %}


{#-
    A moment as UTC; NULL for what is none. The shape is checked first: the cast takes a bare date, 'epoch' and
    24:00 for moments too, and does not know a blank before the offset, as Ruby writes it, or an offset after minutes.
-#}
{% macro utc_timestamp_of(text, may_be_date=false) -%}
    {%- set moment = 'trim(' ~ text ~ ')' -%}
    case
        when regexp_full_match({{ moment }}, '\d{4}-\d{2}-\d{2}({{ time_of_day() }}){{ '?' if may_be_date }}')
            then timezone('UTC', {{ moment_with_zone(moment) }})
    end
{%- endmacro %}


{#-
    A date before a time, on the clock of the sources (R16.5); NULL for a date alone and for what is none. What has a zone
    or an offset is taken to their zone.
-#}
{% macro local_moment_of(column) -%}
    {%- set moment = trimmed(column) -%}
    case
        when regexp_full_match({{ moment }}, '\d{4,7}-\d{2}-\d{2}{{ time_of_day() }}')
            then timezone(
                case
                    when regexp_matches({{ moment }}, '[A-Za-z]$|:.*[+-]\d{2}(:?\d{2})?$') then '{{ source_time_zone() }}'
                    else 'UTC'
                end,
                {{ moment_with_zone(moment) }}
            )
    end
{%- endmacro %}


{#- A date, alone or before a time; years beyond 9999 are dates too, and beyond what a moment can say. -#}
{% macro local_date_of(column) -%}
    case
        when regexp_full_match({{ trimmed(column) }}, '\d{4,7}-\d{2}-\d{2}') then try_cast({{ trimmed(column) }} as date)
        else cast({{ local_moment_of(column) }} as date)
    end
{%- endmacro %}


{#- Whether a date stands before a time that is not midnight on the clock of the sources. -#}
{% macro is_not_midnight(column) -%}
    {{ local_moment_of(column) }} <> date_trunc('day', {{ local_moment_of(column) }})
{%- endmacro %}


{% macro time_of_day() -%}
    [Tt ]([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d+)?)?\s*([Zz]|UTC|GMT|[+-]\d{2}(:?\d{2})?)?
{%- endmacro %}


{% macro moment_with_zone(moment) -%}
    try_cast(
        regexp_extract({{ moment }}, '^\d+-\d{2}-\d{2}')
        || ' ' || coalesce(nullif(regexp_extract({{ moment }}, '[Tt ](\d{2}:\d{2})', 1), ''), '00:00')
        || coalesce(nullif(regexp_extract({{ moment }}, ':\d{2}(:\d{2}(\.\d+)?)', 1), ''), ':00')
        || coalesce(nullif(regexp_extract({{ moment }}, ':.*?([+-]\d{2}(:?\d{2})?)$', 1), ''), '+00')
        as timestamptz
    )
{%- endmacro %}


{#- Without the white space around it, as spreadsheets leave it: tabs, line ends and no-break spaces too. -#}
{% macro trimmed(column) -%}
    trim({{ column }}, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160))
{%- endmacro %}


{#- The value that stands where another one is least. -#}
{% macro value_of_least(value, order) -%}
    arg_min({{ value }}, {{ order }})
{%- endmacro %}


{# ---- seeds ---- #}

{#-
    The rows of a seed as its file has them: the landing is opened before seeds are built. Whoever takes only macros and
    sources of this project has no seeds, and no rows.
-#}
{% macro seed_rows(seed_name) -%}
    {%- if not execute -%}
        {{- return([]) -}}
    {%- endif -%}
    {%- set file = (flags.PROJECT_DIR or '.') ~ '/seeds/' ~ seed_name ~ '.csv' -%}
    {%- if not run_query("from glob('" ~ quoted_path(file) ~ "')").rows -%}
        {{- return([]) -}}
    {%- endif -%}
    {%- set rows = run_query(
        "select cast(to_json(list(seed)) as varchar) as seed_rows"
        ~ " from read_csv('" ~ quoted_path(file) ~ "', header = true, all_varchar = true, delim = ',', quote = '\"') as seed"
    ) -%}
    {{- return(fromjson(rows.columns[0].values()[0])) -}}
{%- endmacro %}


{#- One row a tracked metric: the list of values beside the list of their key paths. -#}
{% macro unnest_tracked_metrics(values) -%}
    unnest(cast({{ tracked_metric_key_paths() | tojson | replace('"', "'") }} as varchar[])) as key_path,
        unnest(cast({{ values }} as varchar[])) as json_value
{%- endmacro %}


{# ---- casting ---- #}

{% macro duckdb__safe_cast(field, type) -%}
    try_cast({{ field }} as {{ type }})
{%- endmacro %}


{# ---- dates ---- #}

{#- dbt's own writes a line that is longer than ours may be; dates need none of its casts. -#}
{% macro duckdb__datediff(first_date, second_date, datepart) -%}
    date_diff('{{ datepart }}', {{ first_date }}, {{ second_date }})
{%- endmacro %}
