-- One row per account and measure of the account's last month: what the measure says, in words.

with

measures as (

    select * from {{ ref('int_account_measures_weighted') }}
    where
        is_last_month

),

texts as (

    select * from {{ ref('scorecard_measures') }}

),

bands as (

    select * from {{ ref('scorecard_bands') }}

),

reasons as (

    select * from {{ ref('scorecard_reasons') }}

),

colors as (

    select * from {{ ref('scorecard_colors') }}

),

best_color as (

    select max(points) as points
    from colors

),

best_bands as (

    select bands.*
    from bands
    inner join best_color
        on bands.points = best_color.points
    where
        bands.lower_bound > cast('-Infinity' as double)

),

worded as (

    select
        measures.account_id,
        measures.month,
        measures.measure,
        measures.use_case,
        texts.label,
        lower(measures.color) as color,
        {{ filled_in('texts.sentence', {
            'numerator': number_in_words('measures.numerator'),
            'denominator': number_in_words('measures.denominator'),
            'value': number_in_words('measures.value')
        }) }} as sentence,
        lower(best_bands.color)
        || case when best_bands.is_lower_bound_closed then ' from ' else ' above ' end
        || {{ bound_in_words('best_bands.lower_bound', 'texts.value_format') }}
        || coalesce(' to ' || {{ bound_in_words('best_bands.upper_bound', 'texts.value_format') }}, '') as aim,
        {{ with_settings('reasons.in_words') }} as reason
    from measures
    inner join texts
        on
            measures.scorecard_version = texts.scorecard_version
            and measures.measure = texts.measure
    left join best_bands
        on
            measures.scorecard_version = best_bands.scorecard_version
            and measures.measure = best_bands.measure
            and measures.bands_from_months = best_bands.age_from_months
    left join reasons
        on measures.not_available_reason = reasons.not_available_reason

),

final as (

    select
        account_id,
        month,
        measure,
        use_case,
        label || case
            when reason is not null then ' N/A: ' || reason || '.'
            else ' ' || color || ': ' || sentence || coalesce('; ' || aim, '') || '.'
        end as in_words
    from worded

)

select * from final
