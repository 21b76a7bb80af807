-- One row per version of the scorecard: what it says, words apart (R23.3). Where a score of a closed month changes, the
-- publisher looks here for whether that did.

{% set parts = {
    'scorecard_measures': [
        'measure', 'measure_group', 'use_case', 'measure_kind', 'applies_to_self_managed', 'applies_to_saas', 'minimum_tier',
        'maximum_age_days',
    ],
    'scorecard_components': ['measure', 'side', 'aggregation', 'position', 'metric'],
    'scorecard_bands': [
        'measure', 'age_from_months', 'age_below_months', 'lower_bound', 'is_lower_bound_closed', 'upper_bound',
        'is_upper_bound_closed', 'color', 'points',
    ],
    'scorecard_weights': ['measure_group', 'use_case', 'group_weight', 'use_case_weight'],
    'scorecard_score_bands': ['lower_bound', 'is_lower_bound_closed', 'upper_bound', 'is_upper_bound_closed', 'color'],
    'scorecard_overrides': ['measure', 'color', 'health_score', 'health_color'],
} %}

with

{% for seed, columns in parts.items() -%}
{{ seed }}_rows as (

    select
        scorecard_version,
        '{{ seed }}'
        {%- for column in columns %}
        || '|' || coalesce(cast({{ column }} as varchar), '')
        {%- endfor %} as row_in_words
    from {{ ref(seed) }}

),

{% endfor -%}
combined as (

    {% for seed in parts -%}
    select * from {{ seed }}_rows
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

),

final as (

    select
        scorecard_version,
        {{ dbt.hash(
            dbt.listagg('row_in_words', "','", 'order by row_in_words')
            ~ " || '|" ~ var('minimum_score_coverage') ~ "|" ~ var('onboarding_days') ~ "|" ~ var('usage_window_days') ~ "'"
        ) }} as scorecard_fingerprint
    from combined
    group by
        scorecard_version

)

select * from final
