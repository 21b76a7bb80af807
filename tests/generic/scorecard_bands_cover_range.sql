{#-
    Bands of one scale lie side by side: none is empty, no two overlap, and between the lowest and the highest bound
    there is no gap. A scale that has ends may leave out what lies between two whole numbers (R13 counts tickets);
    one without ends may not. With `without_ends` the scale must reach from -Infinity to Infinity.
-#}
{% test scorecard_bands_cover_range(model, scale, without_ends=false) %}

{% set scale_columns = scale | join(', ') %}

with

ordered as (

    select
        {{ scale_columns }},
        lower_bound,
        is_lower_bound_closed,
        upper_bound,
        is_upper_bound_closed,
        lag(upper_bound) over (
            partition by {{ scale_columns }}
            order by lower_bound, upper_bound
        ) as upper_bound_before,
        lag(is_upper_bound_closed) over (
            partition by {{ scale_columns }}
            order by lower_bound, upper_bound
        ) as is_upper_bound_before_closed,
        lead(lower_bound) over (
            partition by {{ scale_columns }}
            order by lower_bound, upper_bound
        ) as lower_bound_after,
        min(lower_bound) over (partition by {{ scale_columns }}) = cast('-Infinity' as double)
        and max(upper_bound) over (partition by {{ scale_columns }}) = cast('Infinity' as double) as has_no_ends
    from {{ model }}

),

judged as (

    select
        {{ scale_columns }},
        lower_bound,
        is_lower_bound_closed,
        upper_bound,
        is_upper_bound_closed,
        case
            when
                lower_bound is null
                or is_lower_bound_closed is null
                or upper_bound is null
                or is_upper_bound_closed is null
                or lower_bound in (cast('NaN' as double), cast('Infinity' as double))
                or upper_bound in (cast('NaN' as double), cast('-Infinity' as double))
                then 'has no bound'
            when
                lower_bound > upper_bound
                or (lower_bound = upper_bound and not (is_lower_bound_closed and is_upper_bound_closed))
                then 'is empty'
            when
                lower_bound < upper_bound_before
                or (lower_bound = upper_bound_before and is_lower_bound_closed and is_upper_bound_before_closed)
                then 'overlaps the band before'
            when lower_bound = upper_bound_before and not (is_lower_bound_closed or is_upper_bound_before_closed)
                then 'leaves out the bound that it shares with the band before'
            when
                lower_bound > upper_bound_before
                and not coalesce(
                    not has_no_ends
                    and is_lower_bound_closed
                    and is_upper_bound_before_closed
                    and lower_bound = floor(lower_bound)
                    and lower_bound = upper_bound_before + 1,
                    false
                )
                then 'leaves a gap to the band before'
            when {{ without_ends }} and upper_bound_before is null and lower_bound > cast('-Infinity' as double)
                then 'is the first and does not begin at -Infinity'
            when {{ without_ends }} and lower_bound_after is null and upper_bound < cast('Infinity' as double)
                then 'is the last and does not end at Infinity'
        end as problem
    from ordered

)

select * from judged
where
    problem is not null

{% endtest %}
