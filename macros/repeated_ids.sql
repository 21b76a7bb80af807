{#- The ids of a staging model that its export carried more than once, as findings. -#}
{% macro repeated_ids(relation, export, id) -%}
    select
        'repeated_id' as finding,
        '{{ export }}' as subject_type,
        {{ id }} as subject_id,
        cast(null as varchar) as account_id,
        cast(landed_row_count as varchar) || ' rows of one id; the last one counts' as detail
    from {{ relation }}
    where
        landed_row_count > 1
{%- endmacro %}
