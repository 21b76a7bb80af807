{#-
    How text of an export becomes a value: used by staging, and by the readings that tell what nobody could read.
    Blank is NULL; what is not what its column is becomes NULL too, and is told (R16.2).
-#}

{% macro text_of(column) -%}
    nullif({{ trimmed(column) }}, '')
{%- endmacro %}


{#- Loaders that took an id for a number write it with a decimal point. -#}
{% macro id_of(column) -%}
    nullif(regexp_replace({{ trimmed(column) }}, '\.0+$', ''), '')
{%- endmacro %}


{#-
    A date, alone or before a time; years beyond 9999 are dates too. A time with a zone or offset is first taken to the
    zone in which the sources write their days (R16.5).
-#}
{% macro date_of(column) -%}
    {{ local_date_of(column) }}
{%- endmacro %}


{#- A moment as UTC; a date alone is its midnight. -#}
{% macro time_of(column) -%}
    {{ utc_timestamp_of(trimmed(column), may_be_date=true) }}
{%- endmacro %}


{#- The shape is checked first: the cast takes 1_000 for a thousand. -#}
{% macro number_of(column, type='decimal(28, 8)') -%}
    {{ dbt.safe_cast(
        "regexp_extract(" ~ trimmed(column) ~ ", '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$')",
        type
    ) }}
{%- endmacro %}


{#- What one unit of a currency is worth: above 0, with the decimals that amounts of cheap currencies need (R17.1). -#}
{% macro rate_of(column) -%}
    nullif(greatest({{ number_of(column, 'decimal(38, 18)') }}, 0), 0)
{%- endmacro %}


{#- Letters and digits alone count (R16.4); loaders that took a flag for a number write it with a decimal point. -#}
{% macro flag_word_of(column) -%}
    regexp_replace(lower(regexp_replace({{ trimmed(column) }}, '^([01])\.0+$', '\1')), '[^\p{L}\p{N}]', '', 'g')
{%- endmacro %}


{#- What a flag says, as the seed flag_words has it for flags of this kind; NULL where it is blank or unreadable. -#}
{% macro flag_meaning_of(flag_kind, column) -%}
    {%- set words = {} -%}
    {%- for row in seed_rows('flag_words') if row.flag_kind == flag_kind -%}
        {%- do words.setdefault(row.meaning, []).append(row.word) -%}
    {%- endfor -%}
    {%- if not words -%}
        cast(null as varchar)
    {%- else -%}
    case
        {%- for meaning, spellings in words.items() %}
        when {{ flag_word_of(column) }} in ({{ quoted_list(spellings) }}) then '{{ meaning }}'
        {%- endfor %}
    end
    {%- endif -%}
{%- endmacro %}


{#- A flag that is blank or unreadable is not set. -#}
{% macro flag_of(column) -%}
    coalesce({{ flag_meaning_of('flag', column) }} = 'true', false)
{%- endmacro %}


{#- Licence hashes compare without hyphens and case (R7.1). -#}
{% macro license_hash_of(column) -%}
    nullif(lower(replace({{ trimmed(column) }}, '-', '')), '')
{%- endmacro %}


{#- People write the label of a measure in place of its code (R16.6). -#}
{% macro measure_of(column) -%}
    nullif(regexp_replace(lower({{ trimmed(column) }}), '[\s_-]+', '_', 'g'), '')
{%- endmacro %}


{#-
    A CRM id with 18 characters (R8.8): the last three tell which of the fifteen before them are capitals. Where a loader
    lost their case, the suffix that it kept gives it back, if it can be one (R16.6): letters stand wherever it says
    capitals. Ids of another length stay as they are.
-#}
{% macro crm_id_of(column) -%}
    {%- set id = trimmed(column) -%}
    {%- set record = 'substr(' ~ id ~ ', 1, 15)' -%}
    {%- set suffix = 'upper(substr(' ~ id ~ ', 16))' -%}
    case
        when length({{ id }}) not in (15, 18) then nullif({{ id }}, '')
        when
            length({{ id }}) = 18
            and {{ record }} in (lower({{ record }}), upper({{ record }}))
            and {{ suffix }} <> {{ crm_id_suffix(id) }}
            and {{ can_be_crm_id_suffix(id) }}
            then {{ crm_record_in_case(id) }} || {{ suffix }}
        else {{ record }} || {{ crm_id_suffix(id) }}
    end
{%- endmacro %}


{#- Of several rows of one id in an export the later file, then the later row wins (R16.7). -#}
{% macro row_recency(key_columns) -%}
    row_number() over (partition by {{ key_columns | join(', ') }} order by _file_order desc, _file desc, _row desc)
{%- endmacro %}


{% macro landed_row_count(key_columns) -%}
    count(*) over (partition by {{ key_columns | join(', ') }})
{%- endmacro %}
