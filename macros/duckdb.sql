{#-
    All that only DuckDB understands: reading files and taking JSON apart. Another engine needs this one file again.
-#}

{# ---- the landing ---- #}

{% macro landing_ledger() %}
    create schema if not exists landing;
    create table if not exists landing.files (
        table_name varchar,
        file varchar,
        bytes bigint,
        modified_at timestamp,
        etag varchar,
        content_hash varchar,
        parser_fingerprint varchar,
        landing_root varchar,
        "rows" bigint,
        read_at timestamp,
        is_archived boolean
    );
    -- A warehouse of before has a ledger without them.
    alter table landing.files add column if not exists file_order varchar;
    alter table landing.files add column if not exists column_names varchar[];
    alter table landing.files add column if not exists missing_columns varchar[];
    create table if not exists landing.unknown_keys (
        file varchar,
        received_date date,
        payload_group varchar,
        payload_order varchar,
        key_paths varchar[]
    );
{% endmacro %}


{#-
    Keeps of the payloads that were looked at for unknown keys one per instance and release, and no more than are looked
    at in a run, whichever run that was.
-#}
{% macro enter_unknown_keys(maximum_looked_at=500) %}
    insert into landing.unknown_keys select * from seatwise_unknown_keys;
    create or replace table landing.unknown_keys as
    select * from landing.unknown_keys
    where
        file in (select file from landing.files where table_name = 'service_ping')
    qualify
        row_number() over (partition by payload_group order by payload_order, file desc) = 1;
    delete from landing.unknown_keys
    where
        payload_group not in (select payload_group from landing.unknown_keys order by payload_group limit {{ maximum_looked_at }})
{% endmacro %}


{% macro landing_plan(request) %}
    {#- What scripts/landing makes of the request, of what the database has, and of what was read before. -#}
    select seatwise_plan(
        '{{ tojson(request) | replace("'", "''") }}',
        (
            select cast(to_json(list(relation)) as varchar)
            from (select table_schema, table_name, table_type from information_schema.tables) as relation
        ),
        (select cast(to_json(list(files)) as varchar) from landing.files)
    )
{% endmacro %}


{#- Before a staging model reads its files: the rows of changed and vanished ones go, and whatever the ledger lacks. -#}
{% macro forget_landed_files(table_path, file_column='_file') %}
    delete from landing.files
    where
        table_name = '{{ table_path }}'
        and file in (select file from seatwise_files where table_name = '{{ table_path }}' and action = 'forget');
    {% if is_incremental() %}
    delete from {{ this }}
    where
        {{ file_column }} not in (select file from landing.files where table_name = '{{ table_path }}');
    {% endif %}
{% endmacro %}


{#- After it has read them, in the same transaction: a run that is killed leaves both or neither (R23.1). -#}
{% macro enter_landed_files(table_path, key_paths=none) %}
    insert into landing.files
    select
        * exclude (action)
        {%- if key_paths is not none %} replace (parser_fingerprint || '-{{ local_md5(key_paths | join(',')) }}' as parser_fingerprint){% endif %}
    from seatwise_files
    where
        table_name = '{{ table_path }}'
        and action = 'read'
{% endmacro %}


{# ---- text ---- #}

{% macro quoted_path(path) -%}
    {#- What a pattern would take for a wildcard stands for itself in the name of a file or folder. -#}
    {{- return(path | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') | replace("'", "''")) -}}
{%- endmacro %}


{% macro begins_with(text, pattern) -%}
    {#- Anchored, so that a long line is left at the first character that does not fit. -#}
    regexp_matches({{ text }}, '^{{ pattern }}')
{%- endmacro %}


{% macro is_white_space(text) -%}
    {#- Tabs and line ends too, which trim() leaves. -#}
    regexp_full_match(trim({{ text }}), '\s*')
{%- endmacro %}


{% macro without_byte_order_mark(line) -%}
    case when left({{ line }}, 1) = chr(65279) then substr({{ line }}, 2) else {{ line }} end
{%- endmacro %}


{% macro without_line_end(line) -%}
    case when ends_with({{ line }}, chr(13)) then left({{ line }}, length({{ line }}) - 1) else {{ line }} end
{%- endmacro %}


{#- Whether what was purged comes back: the server of a ping, or the licence that it names (R23.4). -#}
{% macro is_purged(instance_uuid, hostname, license_ids) -%}
    seatwise_is_purged({{ instance_uuid }}, {{ hostname }}, [{{ license_ids | join(', ') }}])
{%- endmacro %}


{#- The HMAC of a text, with the key of this process (scripts/duckdb_functions.py): no query ever holds it. -#}
{% macro keyed_hash(text) -%}
    seatwise_keyed_hash(nullif({{ text }}, ''))
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
    {#- The text of a JSON string; NULL for what is not one. -#}
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
    {#- The elements of a JSON array as text; NULL for what is not one. -#}
    case when json_type({{ value }}) = 'ARRAY' then json_extract_string({{ value }}, '$[*]') end
{%- endmacro %}


{#- One row per JSON value of a list, as text, with its place in it from 1. `with ordinality` breaks unit tests. -#}
{% macro unnest_with_position(json_list, column_name) -%}
    unnest(cast({{ json_list }} as varchar[])) as {{ column_name }},
        generate_subscripts({{ json_list }}, 1) as value_position
{%- endmacro %}


{#- The element of a list at a position, from 1. -#}
{% macro list_element(list, position) -%}
    {{ list }}[{{ position }}]
{%- endmacro %}


{% macro list_has(list, element) -%}
    list_contains({{ list }}, {{ element }})
{%- endmacro %}


{#-
    A moment as UTC; NULL for what is not one. The shape is checked first: the cast takes a bare date, 'epoch' and
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
    A date before a time, on the clock of the sources (R16.5); NULL for a date alone and for what is no time. What has a
    zone or an offset is taken to their zone.
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
    {#- The characters themselves: built with chr(), they would be most of the SQL of an id that is looked at by letter. -#}
    trim({{ column }}, '{{ ' \t\n\x0b\x0c\r\xa0' }}')
{%- endmacro %}


{#- The three characters that tell which of the fifteen of a CRM id are capitals, five at a time. -#}
{% macro crm_id_suffix(id) -%}
    array_to_string(
        list_transform([1, 6, 11], lambda place: substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', 1
            {%- for step in range(5) %}
            + case when substr({{ id }}, place + {{ step }}, 1) between 'A' and 'Z' then {{ 2 ** step }} else 0 end
            {%- endfor %}, 1)),
        ''
    )
{%- endmacro %}


{#- The first fifteen characters of a CRM id, in the case that its last three tell. -#}
{% macro crm_record_in_case(id) -%}
    array_to_string(
        list_transform(range(15), lambda place: case
            when {{ crm_id_says_capital(id) }} then upper(substr({{ id }}, place + 1, 1))
            else lower(substr({{ id }}, place + 1, 1))
        end),
        ''
    )
{%- endmacro %}


{#- Whether the last three characters of a CRM id are a suffix that says capitals of letters alone. -#}
{% macro can_be_crm_id_suffix(id) -%}
    (regexp_full_match(upper(substr({{ id }}, 16)), '[A-Z0-5]{3}') and not list_contains(
        list_transform(range(15), lambda place:
            {{ crm_id_says_capital(id) }} and upper(substr({{ id }}, place + 1, 1)) not between 'A' and 'Z'),
        true
    ))
{%- endmacro %}


{#- Whether the suffix of a CRM id says that the character at `place`, counted from 0, is a capital. -#}
{% macro crm_id_says_capital(id) -%}
    floor((strpos(
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', upper(substr({{ id }}, 16 + cast(floor(place / 5) as integer), 1))
    ) - 1) / pow(2, place % 5)) % 2 = 1
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


{# ---- casting ---- #}

{% macro duckdb__safe_cast(field, type) -%}
    try_cast({{ field }} as {{ type }})
{%- endmacro %}


{# ---- dates ---- #}

{#- dbt's own writes a line that is longer than ours may be; dates need none of its casts. -#}
{% macro duckdb__datediff(first_date, second_date, datepart) -%}
    date_diff('{{ datepart }}', {{ first_date }}, {{ second_date }})
{%- endmacro %}


{# ---- aggregates ---- #}

{#- The value below which a share of the values lies, interpolated between two of them. -#}
{% macro quantile_of(value, share) -%}
    percentile_cont({{ share }}) within group (order by {{ value }})
{%- endmacro %}
