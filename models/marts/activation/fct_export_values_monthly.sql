-- One row per record, month and field that leaves for other systems, as text: N/A is written out, never left out (R21).

-- Objects and fields are rows of the seed export_fields: a new field needs no line here.

{%- set objects = export_objects() %}

with

fct_product_usage_monthly as (

    select * from {{ ref('fct_product_usage_monthly') }}
    where
        {{ is_in_export_window('month') }}

),

fct_account_utilization_monthly as (

    select * from {{ ref('fct_account_utilization_monthly') }}
    where
        {{ is_in_export_window('month') }}

),

fct_account_health_monthly as (

    select * from {{ ref('fct_account_health_monthly') }}
    where
        {{ is_in_export_window('month') }}

),

fct_account_health_measures_monthly as (

    select * from {{ ref('fct_account_health_measures_monthly') }}
    where
        {{ is_in_export_window('month') }}

),

-- The records of an object are the rows of the mart that its keys are of.
records as (

    {% for object, parts in objects.items() -%}
    select
        '{{ object }}' as export_object,
        {{ parts.record_id }} as record_id,
        marts.account_id,
        marts.month
    from {{ parts.mart }} as marts
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

),

field_values as (

    {% for row in seed_rows('export_fields') -%}
    select
        records.export_object,
        records.record_id,
        records.account_id,
        records.month,
        {{ loop.index }} as field_number,
        {{ dbt.string_literal(dbt.escape_single_quotes(row.field)) }} as field,
        '{{ row.kind }}' as kind,
        {{ export_text('marts.' ~ row.column_name, row.kind) }} as available_value,
        {{ dbt.string_literal(dbt.escape_single_quotes(row.not_available_as or '')) }} as not_available_as
    from records
    left join {{ row.mart }} as marts
        on
            records.record_id = {{ objects[row.object].record_id }}
            and records.month = marts.month
    where
        records.export_object = '{{ row.object }}'
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

),

final as (

    select
        export_object,
        record_id,
        account_id,
        month,
        field_number,
        field,
        kind,
        coalesce(available_value, not_available_as) as value,
        available_value is null as is_not_available,
        not_available_as
    from field_values

)

select * from final
