-- One row per version of a subscription.

with

source as (

    select * from {{ source('zuora', 'subscription') }}

),

renamed as (

    select
        {{ text_of('id') }} as subscription_id,
        {{ text_of('name') }} as subscription_name,
        {{ text_of('accountid') }} as billing_account_id,
        {{ number_of('version') }} as subscription_version,
        {{ text_of('status') }} as subscription_status,
        {{ date_of('subscriptionstartdate') }} as starts_on,
        {{ date_of('subscriptionenddate') }} as subscription_ends_on,
        {{ date_of('cancelleddate') }} as cancelled_on,
        {{ is_unreadable('date', 'subscriptionstartdate') }} as is_start_unreadable,
        {{ is_unreadable('date', 'subscriptionenddate') }}
        or {{ is_unreadable('date', 'cancelleddate') }} as is_end_unreadable,
        {{ date_of('termstartdate') }} as term_starts_on,
        {{ date_of('termenddate') }} as term_ends_on,
        {{ id_of('gitlabnamespaceid__c') }} as namespace_id,
        coalesce(
            {{ flag_meaning_of('operational_metrics', 'contractoperationalmetrics__c') }} = 'exempt', false
        ) as is_exempt_from_operational_metrics,
        case
            when {{ text_of('turnoncloudlicensing__c') }} is null then 'cloud'
            else coalesce({{ flag_meaning_of('cloud_licensing', 'turnoncloudlicensing__c') }}, 'unknown')
        end as license_type,
        {{ flag_of('deleted') }} as is_deleted,
        _file,
        _file_order,
        _row
    from source

),

ranked as (

    select
        *,
        {{ row_recency(['subscription_id']) }} as row_recency,
        {{ landed_row_count(['subscription_id']) }} as landed_row_count
    from renamed

),

latest as (

    select
        subscription_id,
        subscription_name,
        billing_account_id,
        subscription_version,
        subscription_status,
        starts_on,
        subscription_ends_on,
        cancelled_on,
        is_start_unreadable,
        is_end_unreadable,
        term_starts_on,
        term_ends_on,
        namespace_id,
        is_exempt_from_operational_metrics,
        license_type,
        is_deleted,
        landed_row_count,
        row_number() over (order by _file_order, _file, _row) as landed_position
    from ranked
    where
        row_recency = 1
        and subscription_id is not null

)

select * from latest
