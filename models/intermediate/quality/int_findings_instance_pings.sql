-- One row per instance and finding about the order of its pings: late arrivals, a release that went back (R1.6, R2.3).

with

pings as (

    select * from {{ ref('int_pings_accepted') }}

),

instances as (

    select * from {{ ref('int_instances_latest') }}

),

compared as (

    select
        instance_id,
        recorded_at,
        release,
        {{ dbt.datediff('recorded_on', 'received_date', 'day') }} as days_until_received,
        lag(release) over (partition by instance_id order by recorded_at) as release_before,
        release_ordinal < lag(release_ordinal) over (partition by instance_id order by recorded_at) as went_back
    from pings

),

late as (

    select
        instance_id,
        'late_ping' as finding,
        cast(count(*) as varchar) || ' pings were received more than {{ var('late_ping_days') }} days after they were '
        || 'recorded, the latest of them recorded on ' || cast(cast(max(recorded_at) as date) as varchar) as detail
    from compared
    where
        days_until_received > {{ var('late_ping_days') }}
    group by
        instance_id

),

steps_back as (

    select
        *,
        count(*) over (partition by instance_id) as step_count,
        row_number() over (partition by instance_id order by recorded_at desc) as step_recency
    from compared
    where
        went_back

),

went_back as (

    select
        instance_id,
        'release_went_back' as finding,
        cast(step_count as varchar) || ' times, the latest on ' || cast(cast(recorded_at as date) as varchar)
        || ' from ' || release_before || ' to ' || release
        || ': a restored copy may share its uuid and hostname' as detail
    from steps_back
    where
        step_recency = 1

),

combined as (

    select * from late

    union all

    select * from went_back

),

final as (

    select
        combined.finding,
        'instance' as subject_type,
        combined.instance_id as subject_id,
        instances.account_id,
        combined.detail
    from combined
    inner join instances
        on combined.instance_id = instances.instance_id

)

select * from final
