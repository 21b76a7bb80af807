-- One row per live subscription without usage, where another one of its account has all of it, as of the run: most
-- often a renewal under a new number, whose licence is not in use yet. It tells a reader so and changes no status.

with

subscriptions as (

    select * from {{ ref('int_subscription_usage_as_of') }}
    where
        is_as_of_month
        and account_id is not null

),

reporting as (

    select
        account_id,
        subscription_name,
        sells_self_managed,
        sells_saas,
        count(*) over (partition by account_id) as reporting_subscription_count
    from subscriptions
    where
        mapped_instance_count > 0
        and is_reporting

),

silent as (

    select * from subscriptions
    where
        mapped_instance_count = 0
        and unmapped_instance_count = 0
        and not is_exempt_from_operational_metrics

),

renewals as (

    select
        'renewal_not_yet_reporting' as finding,
        'subscription' as subject_type,
        silent.subscription_name as subject_id,
        silent.account_id,
        reporting.subscription_name || ' of the same account has all the usage: if this one renews it, its licence is '
        || 'not in use yet' as detail
    from silent
    inner join reporting
        on
            silent.account_id = reporting.account_id
            and (
                (silent.sells_self_managed and reporting.sells_self_managed)
                or (silent.sells_saas and reporting.sells_saas)
            )
    where
        reporting.reporting_subscription_count = 1

)

select * from renewals
