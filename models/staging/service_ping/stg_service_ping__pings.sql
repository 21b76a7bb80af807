-- One row per landed line, whenever it was received; blank ones are marked, not left out, and count nowhere (R1.1).
-- The only model that reads payloads, each file once (R23.1): header fields and tracked metrics come out of one parse.

{{ config(materialized='incremental', incremental_strategy='append',
    pre_hook="{{ forget_landed_files('service_ping', file_column='file') }}",
    post_hook=["{{ enter_landed_files('service_ping', tracked_metric_key_paths()) }}", "{{ enter_unknown_keys() }}"]
) }}
-- depends_on: {{ ref('tracked_metrics') }}

{% set header_key_paths = [
    'uuid', 'hostname', 'recorded_at', 'version', 'gitlab_dedicated', 'license_md5', 'license_sha256',
    'license_subscription_id', 'license_starts_at', 'settings.collected_data_categories',
] %}
{% set key_paths = header_key_paths + tracked_metric_key_paths() %}

with

lines as (

    select
        *,
        {{ without_byte_order_mark('line_text') }} as payload
    from {{ source('service_ping', 'pings') }}

),

-- What looks at every line looks at its first characters only: payloads are long.
parsed as (

    select
        *,
        case when is_valid_text then {{ json_values('payload', key_paths) }} end as json_values,
        {{ begins_with('payload', '\\s*[{]') }} as is_object,
        is_valid_text and not {{ begins_with('payload', '\\s*[^\\s]') }} as is_blank
    from lines

),

typed as (

    select
        *,
        {% for key_path in header_key_paths -%}
        json_values[{{ loop.index }}] as {{ key_path | replace('.', '_') }}_json,
        {% endfor -%}
        json_values[{{ header_key_paths | length + 1 }}:] as metric_values
    from parsed

),

headers as (

    select
        *,
        {{ json_text('uuid_json') }} as instance_uuid,
        lower(coalesce({{ json_text('hostname_json') }}, '')) as hostname,
        {{ utc_timestamp_of(json_text('recorded_at_json')) }} as recorded_at,
        {{ json_text('version_json') }} as version,
        coalesce(cast(gitlab_dedicated_json as varchar) = 'true', false) as is_dedicated,
        {{ license_hash_of(json_text('license_md5_json')) }} as license_md5,
        {{ license_hash_of(json_text('license_sha256_json')) }} as license_sha256,
        {{ text_of(json_scalar_text('license_subscription_id_json')) }} as license_subscription_id,
        cast({{ utc_timestamp_of(json_text('license_starts_at_json'), may_be_date=true) }} as date)
            as license_starts_on,
        {{ json_text_list('settings_collected_data_categories_json') }} as shared_data_categories
    from typed

),

judged as (

    select
        *,
        case
            when is_blank then null
            when json_values is null then 'malformed_json'
            when not is_object then 'not_an_object'
            when instance_uuid is null or {{ is_white_space('instance_uuid') }} then 'missing_uuid'
            when
                coalesce(cast(recorded_at_json as varchar), 'null') = 'null'
                or {{ is_white_space(json_text('recorded_at_json')) }}
                then 'missing_recorded_at'
            when recorded_at is null or recorded_at < cast('{{ var("earliest_recorded_on") }}' as timestamp)
                then 'invalid_recorded_at'
            when cast(recorded_at as date) > {{ dbt.dateadd('day', 1, 'received_date') }} then 'recorded_in_future'
        end as quarantine_reason
    from headers

),

final as (

    select
        file,
        line_number,
        received_date,
        is_damaged,
        is_blank,
        quarantine_reason,
        case when quarantine_reason is not null then {{ without_line_end('line_text') }} end as raw_text,
        instance_uuid,
        hostname,
        recorded_at,
        version,
        is_dedicated,
        license_md5,
        license_sha256,
        license_subscription_id,
        license_starts_on,
        shared_data_categories,
        case when quarantine_reason is null then metric_values end as metric_values
    from judged
    where
        not {{ is_purged('instance_uuid', 'hostname', ['license_md5', 'license_sha256', 'license_subscription_id']) }}
    -- For speed: lines are taken apart side by side only where rows need not keep the order in which they are read.
    order by file, line_number

)

select * from final
