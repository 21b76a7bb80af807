-- One row per namespace and date by the as-of date (R1.5) on which it has seats, metrics or both.

with

seats as (

    select * from {{ ref('stg_saas__namespace_seats') }}

),

metrics as (

    select * from {{ ref('stg_saas__namespace_metrics') }}

),

reported as (

    select
        namespace_id,
        ping_date,
        true as has_seats,
        false as has_metrics
    from seats
    where
        ping_date <= {{ as_of_date() }}

    union all

    select
        namespace_id,
        ping_date,
        false as has_seats,
        true as has_metrics
    from metrics
    where
        ping_date <= {{ as_of_date() }}

),

dates as (

    select
        namespace_id,
        ping_date,
        {{ dbt.bool_or('has_seats') }} as has_seats,
        {{ dbt.bool_or('has_metrics') }} as has_metrics
    from reported
    group by
        namespace_id,
        ping_date

),

final as (

    select
        namespace_id,
        ping_date,
        {{ dbt.hash("'namespace|' || namespace_id") }} as instance_id,
        cast({{ dbt.date_trunc('month', 'ping_date') }} as date) as usage_month,
        has_seats,
        has_metrics
    from dates

)

select * from final
