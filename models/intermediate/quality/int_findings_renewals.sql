-- One row per finding about a renewal, as of the run (R18). A subscription without usage, where another one of its
-- account has all of it, is most often a renewal under a new number whose licence is not in use yet: no status changes.

with

subscriptions as (

    select * from {{ ref('int_subscription_usage_as_of') }}
    where
        is_as_of_month
        and account_id is not null

),

terms as (

    select * from {{ ref('int_subscriptions') }}
    where
        term_ends_on < term_starts_on

),

prices as (

    select * from {{ ref('int_renewal_values') }}
    where
        price_missing_reason is not null

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

not_yet_reporting as (

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

),

without_price as (

    select
        'renewal_without_price' as finding,
        'subscription' as subject_type,
        subscription_name as subject_id,
        account_id,
        price_missing_reason || ': what a seat costs is not known' as detail
    from prices

),

ends_before_start as (

    select
        'term_ends_before_start' as finding,
        'subscription' as subject_type,
        subscription_name as subject_id,
        account_id,
        'the term ends on ' || cast(term_ends_on as varchar)
        || ' and starts on ' || cast(term_starts_on as varchar) as detail
    from terms

),

combined as (

    select * from not_yet_reporting

    union all

    select * from without_price

    union all

    select * from ends_before_start

)

select * from combined
