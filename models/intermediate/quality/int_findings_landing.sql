-- One row per table of the landing that has fallen silent (R23.1): no file for more than twice its usual interval.

-- The ledger is whole once these have read their files.
-- depends_on: {{ ref('stg_service_ping__pings') }}
-- depends_on: {{ ref('stg_saas__namespace_metrics') }}
-- depends_on: {{ ref('stg_saas__namespace_seats') }}

with

files as (

    select * from {{ ref('stg_landing__files') }}
    where
        arrived_on <= {{ as_of_date() }}

),

arrival_days as (

    select
        table_name,
        arrived_on
    from files
    group by
        table_name,
        arrived_on

),

intervals as (

    select
        table_name,
        arrived_on,
        {{ dbt.datediff(
            'lag(arrived_on) over (partition by table_name order by arrived_on)', 'arrived_on', 'day'
        ) }} as days_since_last
    from arrival_days

),

-- One interval is no habit: at least two of them say what is usual.
habits as (

    select
        table_name,
        max(arrived_on) as last_arrived_on,
        median(days_since_last) as usual_days,
        {{ dbt.datediff('max(arrived_on)', as_of_date(), 'day') }} as silent_days
    from intervals
    group by
        table_name
    having
        count(days_since_last) >= 2

),

final as (

    select
        'source_silent' as finding,
        'source' as subject_type,
        table_name as subject_id,
        cast(null as varchar) as account_id,
        'the latest file is of ' || cast(last_arrived_on as varchar) || ', ' || cast(silent_days as varchar)
        || ' days before ' || cast({{ as_of_date() }} as varchar) || '; usually one comes every '
        || cast(round(usual_days, 1) as varchar) || ' days' as detail
    from habits
    where
        silent_days > 2 * usual_days

)

select * from final
