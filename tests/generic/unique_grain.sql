{#-
    The grain of a table, as its columns: none of them is NULL but in a nullable one, and no two rows share them all.
-#}
{% test unique_grain(model, columns, nullable_columns=[]) %}

select
    {{ (columns + nullable_columns) | join(',\n    ') }},
    count(*) as row_count
from {{ model }}
group by {{ (columns + nullable_columns) | join(', ') }}
having
    count(*) > 1
{%- for column in columns %}
    or {{ column }} is null
{%- endfor %}

{% endtest %}
