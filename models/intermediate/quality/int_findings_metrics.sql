-- One row per key of payloads that appears in several instances and that neither the dictionary nor the tracked metrics
-- know (R16.2): a metric that GitLab has added, or renamed. One payload per instance and release is looked at.

-- The keys are there once this has read its files.
-- depends_on: {{ ref('stg_service_ping__pings') }}

with

unknown_keys as (

    select * from {{ ref('stg_landing__unknown_keys') }}
    where
        received_date <= {{ as_of_date() }}

),

definitions as (

    select * from {{ ref('metric_definitions') }}

),

tracked as (

    select * from {{ ref('tracked_metrics') }}

),

still_unknown as (

    select unknown_keys.*
    from unknown_keys
    left join definitions
        on unknown_keys.key_path = definitions.key_path
    left join tracked
        on unknown_keys.key_path = tracked.key_path
    where
        definitions.key_path is null
        and tracked.key_path is null

),

counted as (

    select
        key_path,
        count(*) as payload_count
    from still_unknown
    group by
        key_path

),

final as (

    select
        'unknown_metric' as finding,
        'metric' as subject_type,
        {{ shown_key_path('key_path') }} as subject_id,
        cast(null as varchar) as account_id,
        'in ' || cast(sum(payload_count) as varchar)
        || ' payloads, of which one per instance and release was looked at; the dictionary does not know it' as detail
    from counted
    where
        payload_count >= {{ var('minimum_unknown_metric_payloads') }}
    group by
        {{ shown_key_path('key_path') }}

)

select * from final
