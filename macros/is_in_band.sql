{#- Whether a value lies within the bounds of a band, each of which is open or closed. -#}
{% macro is_in_band(value, band) -%}
    (
        {{ value }} > {{ band }}.lower_bound
        or ({{ value }} = {{ band }}.lower_bound and {{ band }}.is_lower_bound_closed)
    )
    and (
        {{ value }} < {{ band }}.upper_bound
        or ({{ value }} = {{ band }}.upper_bound and {{ band }}.is_upper_bound_closed)
    )
{%- endmacro %}
