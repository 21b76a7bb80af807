{#-
    The weights of the things of one whole (groups of a version, use cases of a group) are above 0 and add to 1, and a
    thing that stands in several rows has the same weight in all of them (R12.1).
-#}
{% test scorecard_weights_add_to_one(model, column_name, thing, whole) %}

{% set whole_columns = whole | join(', ') %}

with

things as (

    select
        {{ whole_columns }},
        {{ thing }},
        min({{ column_name }}) as lowest_weight,
        max({{ column_name }}) as highest_weight,
        count(*) - count({{ column_name }}) as blank_count
    from {{ model }}
    group by
        {{ whole_columns }},
        {{ thing }}

),

weighed as (

    select
        *,
        sum(highest_weight) over (partition by {{ whole_columns }}) as sum_of_weights
    from things

),

judged as (

    select
        {{ whole_columns }},
        {{ thing }},
        lowest_weight,
        highest_weight,
        sum_of_weights,
        case
            when blank_count > 0 then 'has a blank weight'
            when not lowest_weight > 0 then 'has a weight of 0 or less'
            when lowest_weight <> highest_weight then 'has several weights'
            when not abs(sum_of_weights - 1) < 1e-9 then 'is of weights that do not add to 1'
        end as problem
    from weighed

)

select * from judged
where
    problem is not null

{% endtest %}
