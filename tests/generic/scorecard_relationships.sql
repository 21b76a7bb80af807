{#-
    `relationships` for several columns at once: every row finds its like in another seed, in all of the columns. The
    columns have the same names there; `condition` and `to_condition` narrow down either side. Blanks find nothing.
-#}
{% test scorecard_relationships(model, to, columns, condition='true', to_condition='true') %}

with

children as (

    select * from {{ model }}
    where
        {{ condition }}

),

parents as (

    select distinct {{ columns | join(', ') }}
    from {{ to }}
    where
        {{ to_condition }}

)

select children.*
from children
left join parents
    on
        {% for column in columns -%}
        {{ 'and ' if not loop.first }}children.{{ column }} = parents.{{ column }}
        {% endfor %}
where
    parents.{{ columns[0] }} is null

{% endtest %}
