-- One row per renewal with its forecast: what it is heading for, the first signal that applies (R18.5), and the health
-- of its account. A forecast counts where there is one, else the users of today. No users of no licences are as sold.

{% set forecast_columns = [
    'forecast_user_count', 'forecast_low', 'forecast_high', 'forecast_users_a_day', 'forecast_low_users_a_day',
    'forecast_high_users_a_day', 'forecast_missing_reason',
] %}

with

renewals as (

    select * from {{ ref('int_renewal_forecasts') }}

),

scores as (

    select * from {{ ref('int_account_scores') }}

),

signals as (

    select * from {{ ref('renewal_signals') }}

),

signal_bands as (

    select * from {{ ref('renewal_signal_bands') }}

),

signal_colors as (

    select * from {{ ref('renewal_signal_colors') }}

),

expected as (

    select
        renewals.*,
        renewals.billable_user_count is not null and renewals.licenses_sold is not null as is_in_view,
        coalesce(renewals.forecast_user_count, renewals.billable_user_count) as user_count,
        scores.health_color,
        scores.score_coverage
    from renewals
    left join scores
        on renewals.account_id = scores.account_id and renewals.month = scores.month

),

measured as (

    select
        *,
        case
            when licenses_sold <= 0 and user_count > licenses_sold then cast('Infinity' as double)
            when licenses_sold <= 0 then 1
            else user_count / nullif(licenses_sold, 0)
        end as expected_utilization
    from expected

),

ranked as (

    select
        measured.subscription_name,
        min(signals.signal_rank) as signal_rank
    from measured
    left join signal_bands
        on {{ is_in_band('measured.expected_utilization', 'signal_bands') }}
    left join signal_colors
        on coalesce(measured.health_color, 'No data') = signal_colors.health_color
    inner join signals
        on
            signal_bands.renewal_signal = signals.renewal_signal
            or signal_colors.renewal_signal = signals.renewal_signal
            or (not measured.is_in_view and signals.renewal_signal = 'not_in_view')
    group by
        measured.subscription_name

),

final as (

    select
        {% for column in renewal_columns() + forecast_columns + ['health_color', 'score_coverage'] -%}
        measured.{{ column }},
        {% endfor -%}
        signals.renewal_signal
    from measured
    inner join ranked
        on measured.subscription_name = ranked.subscription_name
    inner join signals
        on ranked.signal_rank = signals.signal_rank

)

select * from final
