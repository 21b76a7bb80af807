-- One row per text by which usage may name a counted subscription: the id of any version, or its name (R7.1, R7.2).

with

versions as (

    select * from {{ ref('stg_zuora__subscriptions') }}

),

subscriptions as (

    select * from {{ ref('int_subscriptions') }}
    where
        is_counted

),

named_by as (

    select
        'id' as reference_kind,
        versions.subscription_id as reference_text,
        subscriptions.subscription_name
    from versions
    inner join subscriptions
        on versions.subscription_name = subscriptions.subscription_name

    union all

    select
        'name' as reference_kind,
        subscription_name as reference_text,
        subscription_name
    from subscriptions

)

select * from named_by
