-- One row an account and measure of the account's last month: what the measure says, in words.

with

measures as (

    select * from {{ ref('int_measures_weighted') }}

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

ranked as (

    select
        *,
        row_number() over (
            partition by account_id, measure
            order by month desc
        ) as month_recency
    from measures

),

best_colors as (

    select max(points) as points
    from colors

),

best_bands as (

    select bands.*
    from bands
    inner join best_colors
        on bands.points = best_colors.points
    where
        bands.lower_bound > cast('-Infinity' as double)

),

described as (

    select
        ranked.account_id,
        ranked.month,
        ranked.measure,
        ranked.use_case,
        texts.label,
        ranked.color,
        replace(
            replace(
                replace(texts.sentence, '{numerator}', coalesce({{ number_in_words('ranked.numerator') }}, '')),
                '{denominator}', coalesce({{ number_in_words('ranked.denominator') }}, '')
            ),
            '{value}', coalesce({{ number_in_words('ranked.value') }}, '')
        ) as sentence,
        lower(best_bands.color)
        || case when best_bands.is_lower_bound_closed then ' from ' else ' above ' end
        || case
            when texts.value_format = 'percent' then {{ number_in_words('100 * best_bands.lower_bound') }} || ' %'
            else {{ number_in_words('best_bands.lower_bound') }}
        end
        || case
            when best_bands.upper_bound = cast('Infinity' as double) then ''
            when texts.value_format = 'percent'
                then ' to ' || {{ number_in_words('100 * best_bands.upper_bound') }} || ' %'
            else ' to ' || {{ number_in_words('best_bands.upper_bound') }}
        end as aim,
        {{ with_settings('reasons.in_words') }} as reason_in_words
    from ranked
    inner join texts
        on
            ranked.scorecard_version = texts.scorecard_version
            and ranked.measure = texts.measure
    left join best_bands
        on
            ranked.scorecard_version = best_bands.scorecard_version
            and ranked.measure = best_bands.measure
            and coalesce(ranked.account_age_months, -1) >= best_bands.age_from_months
            and coalesce(ranked.account_age_months, -1) < best_bands.age_below_months
    left join reasons
        on ranked.not_available_reason = reasons.not_available_reason
    where
        ranked.month_recency = 1

),

final as (

    select
        account_id,
        month,
        measure,
        use_case,
        label || case
            when reason_in_words is not null then ' N/A: ' || reason_in_words || '.'
            else ' ' || lower(color) || ': ' || sentence || coalesce('; ' || aim, '') || '.'
        end as in_words
    from described

)

select * from final
