-- One row per renewal, with the billable users to be expected on its date (R18.4). What the pairs of comparable months
-- say of a day is carried on from today: the median, and a low and a high quantile.

with

renewals as (

    select * from {{ ref('int_renewals') }}

),

points as (

    select * from {{ ref('int_renewal_points') }}

),

counted as (

    select
        subscription_name,
        count(*) as known_count,
        sum(case when is_comparable then 1 else 0 end) as point_count
    from points
    group by
        subscription_name

),

slopes as (

    select
        earlier.subscription_name,
        cast(later.billable_user_count - earlier.billable_user_count as double)
        / {{ dbt.datediff('earlier.as_of_date', 'later.as_of_date', 'day') }} as users_a_day
    from points as earlier
    inner join points as later
        on
            earlier.subscription_name = later.subscription_name
            and earlier.as_of_date < later.as_of_date
            and earlier.is_comparable
            and later.is_comparable

),

quantiles as (

    select
        subscription_name,
        {{ quantile_of('users_a_day', 0.5) }} as users_a_day,
        {{ quantile_of('users_a_day', var('forecast_low_quantile')) }} as low_users_a_day,
        {{ quantile_of('users_a_day', var('forecast_high_quantile')) }} as high_users_a_day
    from slopes
    group by
        subscription_name

),

explained as (

    select
        renewals.*,
        quantiles.users_a_day,
        quantiles.low_users_a_day,
        quantiles.high_users_a_day,
        case
            when renewals.billable_user_count is null then 'not_in_view'
            when counted.point_count >= {{ var('forecast_minimum_points') }} then null
            when counted.known_count >= {{ var('forecast_minimum_points') }} then 'not_comparable'
            else 'too_few_points'
        end as forecast_missing_reason
    from renewals
    left join counted
        on renewals.subscription_name = counted.subscription_name
    left join quantiles
        on renewals.subscription_name = quantiles.subscription_name

),

final as (

    select
        {% for column in renewal_columns() -%}
        {{ column }},
        {% endfor -%}
        {% for name in ['users_a_day', 'low_users_a_day', 'high_users_a_day'] -%}
        case when forecast_missing_reason is null then {{ name }} end as forecast_{{ name }},
        {% endfor -%}
        {% for forecast, slope in [
            ('forecast_user_count', 'users_a_day'),
            ('forecast_low', 'low_users_a_day'),
            ('forecast_high', 'high_users_a_day'),
        ] -%}
        case
            when forecast_missing_reason is null
                then {{ half_up('greatest(billable_user_count + ' ~ slope ~ ' * days_to_renewal, 0)', 0) }}
        end as {{ forecast }},
        {% endfor -%}
        forecast_missing_reason
    from explained

)

select * from final
