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
    select
        {% for column in columns -%}
        {% if column.name | lower in header -%}
        nullif(cast("{{ header[column.name | lower] | replace('"', '""') }}" as varchar), '')
        {%- else -%}
        cast(null as varchar)
        {%- endif %} as "{{ column.name }}",
        {% endfor -%}
        {% if is_partitioned -%}
        cast(regexp_extract(filename, '/ping_date=([^/]*)/[^/]*$', 1) as date) as ping_date,
        {% endif -%}
        substr(filename, {{ (landing_root() | length) + 2 }}) as _file,
        row_number() over () as _row,
        cast('{{ last_modified(names) }}' as timestamp) as _loaded_at
    from {{ file_reader(names, is_parquet) }}
{% endmacro %}


{% macro empty_table(columns, is_partitioned) %}
    select
        {% for column in columns -%}
        cast(null as varchar) as "{{ column.name }}",
        {% endfor -%}
        {% if is_partitioned -%}
        cast(null as date) as ping_date,
        {% endif -%}
        cast(null as varchar) as _file,
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
    24:00 for moments too, and does not know a blank before the offset, as Ruby writes it.
-#}
{% macro utc_timestamp_of(text, may_be_date=false) -%}
    {%- set time_of_day = '[Tt ]([01]\\d|2[0-3]):\\d{2}(:\\d{2}(\\.\\d+)?)?\\s*([Zz]|UTC|GMT|[+-]\\d{2}(:?\\d{2})?)?' -%}
    {%- set moment = 'trim(' ~ text ~ ')' -%}
    case
        when regexp_full_match({{ moment }}, '\d{4}-\d{2}-\d{2}({{ time_of_day }}){{ '?' if may_be_date }}')
            then timezone(
                'UTC',
                try_cast(
                    regexp_replace(
                        regexp_replace(
                            trim(substr({{ moment }}, 1, 10) || ' ' || substr({{ moment }}, 12)),
                            '\s*([Zz]|UTC|GMT)$', '+00'
                        ),
                        '\s+([+-])', '\1'
                    ) as timestamptz
                )
            )
    end
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
