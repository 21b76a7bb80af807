{#-
    Opens the landing: what the source YAML promises becomes one view a source table, whatever mix of files arrived.
    This is also the preflight: headers are read, and CSV files are checked to be whole and regular. What is wrong with
    them, or a missing required file or column, stops the run with one line; a missing optional file counts as empty, a
    missing optional column as NULL, both said once.
-#}

{% macro open_landing() %}
    {% if execute %}
        {% set problems = [] %}
        {% set notes = [] %}
        {% set views = [] %}
        {% set landing_tables = [] %}
        {% for table in graph.sources.values() if table.package_name == project_name and table.config.meta.layout %}
            {% do landing_tables.append(table) %}
        {% endfor %}
        {% for table in landing_tables %}
            {% if table.config.meta.layout == 'lines' %}
                {% do views.append(service_ping_view(table, problems, notes)) %}
            {% else %}
                {% do views.append(landing_table_view(table, problems, notes)) %}
            {% endif %}
        {% endfor %}
        {% if problems %}
            {% do exceptions.raise_compiler_error('Preflight: ' ~ problems | join('; ')) %}
        {% endif %}
        {% for note in notes %}
            {% do log('Preflight: ' ~ note, info=true) %}
        {% endfor %}
        {% do run_query('create schema if not exists landing') %}
        {% for view in views %}
            {% do run_query(view) %}
        {% endfor %}
        {% do read_columns(landing_tables) %}
        {% do problems.extend(unreadable_problems()) %}
        {% if problems %}
            {% do exceptions.raise_compiler_error('Preflight: ' ~ problems | join('; ')) %}
        {% endif %}
    {% endif %}
{% endmacro %}


{% macro read_columns(landing_tables) %}
    {#- What could be read of each file's columns (R16.2), for the findings and for what stops a run. -#}
    {% set queries = [] %}
    {% for table in landing_tables if table.config.meta.layout == 'table' %}
        {% do queries.append('select * from (' ~ column_readings_query(table) ~ ')') %}
    {% endfor %}
    {% do run_query('create or replace table landing.column_readings as ' ~ queries | join(' union all ')) %}
{% endmacro %}


{% macro landing_root() %}
    {%- set root = env_var('SEATWISE_LANDING', '') or 'landing' -%}
    {{- return(root.rstrip('/') or '/') -}}
{% endmacro %}


{% macro service_ping_view(table, problems, notes) %}
    {% set patterns = [] %}
    {% for file in landed_files(landing_root() ~ '/' ~ table.config.meta.path ~ '/', '**') %}
        {% set parts = modules.re.match('^received_date=([^/]*)/[^/]*(\\.ndjson|\\.ndjson\\.gz|\\.json)$', file.below) %}
        {% if not parts %}
            {% do notes.append(table.config.meta.path ~ '/' ~ file.below ~ ' is not where or what a payload file is: ignored') %}
        {% elif not is_iso_date(parts.group(1)) %}
            {% do problems.append(table.config.meta.path ~ '/' ~ file.below ~ ': received_date is not a date (YYYY-MM-DD)') %}
        {% else %}
            {#- A pattern for each last digit of the day: branches of a union are read side by side, one branch is not. -#}
            {% set pattern = 'received_date=*' ~ parts.group(1)[-1] ~ '/*' ~ parts.group(2) %}
            {% if pattern not in patterns %}
                {% do patterns.append(pattern) %}
            {% endif %}
        {% endif %}
    {% endfor %}
    {% if not patterns %}
        {% do notes.append(table.config.meta.path ~ ' holds no payloads: counts as empty') %}
    {% endif %}
    {{ return(
        'create or replace view landing.' ~ table.identifier ~ ' as '
        ~ read_lines(landing_root(), table.config.meta.path, patterns | sort)
    ) }}
{% endmacro %}


{% macro landing_table_view(table, problems, notes) %}
    {% set path = table.config.meta.path %}
    {% set is_partitioned = table.config.meta.layout == 'partitioned' %}
    {% set files = [] %}
    {% set start = landing_root() ~ '/' ~ path %}
    {% for file in landed_files(start, '*') + landed_files(start, '/**') %}
        {% set shape = '^/ping_date=([^/]*)/[^/]+' if is_partitioned else '^(/[^/]+)?' %}
        {% set below = file.name[start | length:] %}
        {% set parts = modules.re.match(shape ~ '(\\.csv|\\.csv\\.gz|\\.parquet)$', below) %}
        {% if parts and is_partitioned and not is_iso_date(parts.group(1)) %}
            {% do problems.append(path ~ below ~ ': ping_date is not a date (YYYY-MM-DD)') %}
        {% elif parts %}
            {% do files.append({'name': file.name, 'is_parquet': below.endswith('.parquet')}) %}
        {% elif below.startswith('/') %}
            {% do notes.append(path ~ below ~ ' is not where or what a file of this table is: ignored') %}
        {% endif %}
    {% endfor %}

    {% if not files and table.config.meta.is_required %}
        {% do problems.append(path ~ ': no such file (.csv, .csv.gz, .parquet or a folder of them) in ' ~ landing_root()) %}
    {% elif not files %}
        {% do notes.append(path ~ ' is absent: counts as empty') %}
    {% endif %}

    {% set groups = {} %}
    {% set readable = [] %}
    {% for file in headers_of(files) %}
        {% if file.problem %}
            {% do problems.append(file.name[(landing_root() | length) + 1:] ~ ': ' ~ file.problem) %}
        {% else %}
            {% do readable.append(file) %}
        {% endif %}
    {% endfor %}
    {% for file in readable %}
        {% set header = {} %}
        {% for column in file.columns %}
            {% do header.setdefault(column | trim | lower, column) %}
        {% endfor %}
        {% for column in table.columns.values() if column.name | lower not in header %}
            {% set missing = file.name[(landing_root() | length) + 1:] ~ ': column ' ~ column.name ~ ' is missing' %}
            {% if column.config.meta.is_required %}
                {% do problems.append(missing) %}
            {% elif missing not in notes %}
                {% do notes.append(missing ~ ': counts as NULL') %}
            {% endif %}
        {% endfor %}
        {#- Files of one kind and header are read together: a folder of a thousand dates is one branch. -#}
        {% set group = {'is_parquet': file.is_parquet, 'header': header, 'names': []} %}
        {% do groups.setdefault(file.is_parquet ~ tojson(header, sort_keys=true), group).names.append(file.name) %}
    {% endfor %}

    {% set branches = [] %}
    {% for group in groups.values() %}
        {% do branches.append(
            read_table(table.columns.values() | list, group.header, group.names, group.is_parquet, is_partitioned)
        ) %}
    {% endfor %}
    {{ return(
        'create or replace view landing.' ~ table.identifier ~ ' as '
        ~ (branches | join(' union all ') or empty_table(table.columns.values() | list, is_partitioned))
    ) }}
{% endmacro %}


{% macro is_iso_date(text) %}
    {%- if not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', text) -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set month, day = text[5:7] | int, text[8:10] | int -%}
    {%- set year = text[0:4] | int -%}
    {%- set is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) -%}
    {%- set last_day = 29 if month == 2 and is_leap else (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month] if 1 <= month <= 12 else 0 -%}
    {{ return(year > 0 and 1 <= day <= last_day) }}
{% endmacro %}
