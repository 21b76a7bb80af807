-- One row per finding about a subscription, as of the run.

with

subscriptions as (

    select * from {{ ref('int_subscriptions') }}

),

utilization as (

    select * from {{ ref('int_subscription_utilization') }}
    where
        is_as_of_month

),

without_account as (

    select
        'subscription_without_account' as finding,
        'subscription' as subject_type,
        subscription_name as subject_id,
        cast(null as varchar) as account_id,
        coalesce(
            'CRM id ' || billed_crm_account_id || ' is of no living account',
            'no billing account, or one without a CRM id'
        ) as detail
    from subscriptions
    where
        account_id is null

),

license_differences as (

    select
        'licenses_differ_between_sources' as finding,
        'subscription' as subject_type,
        subscription_name as subject_id,
        account_id,
        'sold ' || coalesce(cast(licenses_sold as varchar), 'unknown')
        || ', provisioned ' || coalesce(cast(licenses_provisioned as varchar), 'unknown')
        || ', reported ' || coalesce(cast(licenses_reported as varchar), 'unknown') as detail
    from utilization
    where
        has_license_difference

),

usage_not_sold as (

    select
        'usage_of_delivery_type_not_sold' as finding,
        'subscription' as subject_type,
        subscription_name as subject_id,
        account_id,
        'usage arrives on a delivery type that the subscription does not sell' as detail
    from utilization
    where
        has_usage_not_sold

),

combined as (

    select * from without_account

    union all

    select * from license_differences

    union all

    select * from usage_not_sold

)

select * from combined
