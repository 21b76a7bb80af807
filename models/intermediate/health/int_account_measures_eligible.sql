-- One row per account, month and measure: whether there is usage to read it from, or why not (R11.5, R11.7). Nothing
-- stands in the way of a measure that another system delivers.

with

measures as (

    select * from {{ ref('int_account_measures') }}

),

subscriptions as (

    select * from {{ ref('int_subscriptions_as_of') }}
    where
        carries_seats

),

instances as (

    select * from {{ ref('int_instances_as_of') }}
    where
        instance_type = 'Production'
        and not is_opted_out_of_health

),

tier_subscriptions as (

    select
        measures.account_id,
        measures.month,
        measures.measure,
        subscriptions.subscription_name,
        measures.applies_to_self_managed and subscriptions.sells_self_managed as reads_self_managed,
        measures.applies_to_saas and subscriptions.sells_saas as reads_saas
    from measures
    inner join subscriptions
        on
            measures.account_id = subscriptions.account_id
            and measures.month = subscriptions.month
            and coalesce(measures.minimum_tier_rank <= subscriptions.tier_rank, measures.minimum_tier_rank is null)

),

usage_read as (

    select
        tier_subscriptions.account_id,
        tier_subscriptions.month,
        tier_subscriptions.measure,
        {{ dbt.bool_or('tier_subscriptions.reads_self_managed or tier_subscriptions.reads_saas') }} as is_applicable,
        {{ dbt.bool_or('instances.has_usage') }} as has_usage
    from tier_subscriptions
    left join instances
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
        measures.account_id,
        measures.month,
        measures.is_last_month,
        measures.account_age_months,
        measures.scorecard_version,
        measures.measure,
        measures.measure_kind,
        measures.is_read_from_usage,
        measures.measure_group,
        measures.use_case,
        measures.group_weight,
        measures.use_case_weight,
        measures.weight,
        measures.bands_from_months,
        case
            when not measures.is_read_from_usage then null
            when measures.is_onboarding then 'onboarding'
            when usage_read.account_id is null then 'tier'
            when not usage_read.is_applicable then 'not_applicable'
            when usage_read.has_usage is null then 'no_usage'
            when not usage_read.has_usage then 'stale'
        end as not_eligible_reason
    from measures
    left join usage_read
        on
            measures.account_id = usage_read.account_id
            and measures.month = usage_read.month
            and measures.measure = usage_read.measure

)

select * from final
