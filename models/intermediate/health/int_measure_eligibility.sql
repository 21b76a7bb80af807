-- One row an account, month and measure of usage: whether there is usage to read it from, or why not (R11.5, R11.7).

with

measures as (

    select * from {{ ref('int_scorecard_measures_as_of') }}
    where
        measure_kind in ('usage', 'license_utilization')

),

account_ages as (

    select * from {{ ref('int_account_ages') }}

),

subscriptions as (

    select * from {{ ref('int_subscriptions_as_of') }}
    where
        carries_seats
        and account_id is not null

),

instances as (

    select * from {{ ref('int_instances_as_of') }}
    where
        instance_type = 'Production'
        and not is_opted_out_of_health
        and subscription_name is not null

),

tier_subscriptions as (

    select
        subscriptions.account_id,
        subscriptions.subscription_name,
        measures.month,
        measures.measure,
        measures.applies_to_self_managed and subscriptions.sells_self_managed as reads_self_managed,
        measures.applies_to_saas and subscriptions.sells_saas as reads_saas
    from measures
    inner join subscriptions
        on
            measures.month = subscriptions.month
            and coalesce(measures.minimum_tier_rank <= subscriptions.tier_rank, measures.minimum_tier_rank is null)

),

sold as (

    select
        account_id,
        month,
        measure,
        {{ dbt.bool_or('reads_self_managed or reads_saas') }} as is_applicable
    from tier_subscriptions
    group by
        account_id,
        month,
        measure

),

reporting as (

    select
        tier_subscriptions.account_id,
        tier_subscriptions.month,
        tier_subscriptions.measure,
        {{ dbt.bool_or('instances.has_usage') }} as has_usage
    from tier_subscriptions
    inner join instances
        on
            tier_subscriptions.subscription_name = instances.subscription_name
            and tier_subscriptions.month = instances.month
            and case
                when instances.delivery_type = 'SaaS' then tier_subscriptions.reads_saas
                else tier_subscriptions.reads_self_managed
            end
    group by
        tier_subscriptions.account_id,
        tier_subscriptions.month,
        tier_subscriptions.measure

),

final as (

    select
        account_ages.account_id,
        account_ages.month,
        account_ages.account_age_months,
        measures.scorecard_version,
        measures.measure,
        measures.measure_kind,
        measures.measure_group,
        measures.use_case,
        measures.group_weight,
        measures.use_case_weight,
        measures.weight,
        case
            when account_ages.is_onboarding then 'onboarding'
            when sold.account_id is null then 'tier'
            when not sold.is_applicable then 'not_applicable'
            when reporting.account_id is null then 'no_usage'
            when not reporting.has_usage then 'stale'
        end as not_available_reason
    from account_ages
    inner join measures
        on account_ages.month = measures.month
    left join sold
        on
            account_ages.account_id = sold.account_id
            and account_ages.month = sold.month
            and measures.measure = sold.measure
    left join reporting
        on
            account_ages.account_id = reporting.account_id
            and account_ages.month = reporting.month
            and measures.measure = reporting.measure

)

select * from final
