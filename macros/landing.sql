{#-
    Opens the landing (R23.1): the files of tables are loaded, each once; of payloads and namespaces' exports only the
    views are made, for the staging models to read what is new. All that is wrong stops the run with one line, before
    anything is built; what is absent and optional is said. How files are found and read: scripts/landing.
-#}

{% macro open_landing() %}
    {% if execute %}
        {% do run_query(landing_ledger()) %}
        {% set request = landing_request() %}
        {% set plan = fromjson(run_query(landing_plan(request)).columns[0].values()[0]) %}
        {% do run_query('begin') %}
        {% for table in request.tables if table.identifier in plan.dropped_readers %}
            {% set reader = adapter.get_relation(table.reader.database, table.reader.schema, table.reader.name) %}
            {% do adapter.drop_relation(reader) if reader %}
        {% endfor %}
        {% for statement in plan.statements %}
            {% do run_query(statement) %}
        {% endfor %}
        {% do run_query(landed_column_readings()) %}
        {% set damages = fromjson(run_query('select seatwise_problems()').columns[0].values()[0]) %}
        {% set problems = plan.problems + damages + unreadable_problems() %}
        {% if problems %}
            {% do run_query('rollback') %}
            {% do exceptions.raise_compiler_error('Preflight: ' ~ problems | join('; ')) %}
        {% endif %}
        {% do run_query('commit') %}
        {% for note in plan.notes %}
            {% do log('Preflight: ' ~ note, info=true) %}
        {% endfor %}
    {% endif %}
{% endmacro %}


{#- What the project promises of its sources, and what this run wants of them. -#}
{% macro landing_request() %}
    {% set tables = [] %}
    {% for source in graph.sources.values() if source.package_name == project_name and source.config.meta.layout %}
        {% set columns = [] %}
        {% for column in source.columns.values() %}
            {% do columns.append({'name': column.name, 'meta': column.config.meta}) %}
        {% endfor %}
        {% set reader = {} %}
        {% for model in graph.nodes.values() if model.resource_type == 'model' and source.unique_id in model.depends_on.nodes %}
            {% do reader.update({
                'database': model.database, 'schema': model.schema, 'name': model.alias, 'checksum': model.checksum.checksum,
                'is_selected': model.unique_id in selected_resources and flags.WHICH in ('run', 'build')
            }) %}
        {% endfor %}
        {% do tables.append({'identifier': source.identifier, 'meta': source.config.meta, 'columns': columns, 'reader': reader}) %}
    {% endfor %}
    {{ return({
        'root': env_var('SEATWISE_LANDING', '') or 'landing',
        'tables': tables,
        'seeds': (flags.PROJECT_DIR or '.') ~ '/seeds',
        'maximum_vanished_share': var('maximum_vanished_share'),
        'maximum_line_bytes': var('maximum_line_bytes'),
        'variables': {'earliest_recorded_on': var('earliest_recorded_on') | string},
        'is_full_refresh': flags.FULL_REFRESH or false,
        'hides_hostnames': var('hide_hostnames'),
    }) }}
{% endmacro %}


{#- What could be read of each file's columns (R16.2): anew each time, for the words of seeds decide it too. -#}
{% macro landed_column_readings() %}
    {% set queries = [] %}
    {% for table in graph.sources.values() if table.package_name == project_name and table.config.meta.layout == 'table' %}
        {% do queries.append('select * from (' ~ column_readings_query(table) ~ ')') %}
    {% endfor %}
    {{ return('create or replace table landing.column_readings as ' ~ queries | join(' union all ')) }}
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
