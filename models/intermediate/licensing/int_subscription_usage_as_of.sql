-- One row per live seat-carrying subscription and month: what usage it has on the month's date (R9.3, R9.8).

with

subscriptions as (

    select
        *,
        case when sells_self_managed then 1 else 0 end
        + case when sells_saas then 1 else 0 end as sold_delivery_type_count
    from {{ ref('int_subscriptions_as_of') }}
    where
        carries_seats

),

instances as (

    select * from {{ ref('int_instances_as_of') }}

),

primaries as (

    select * from {{ ref('int_primary_instances') }}

),

mapped as (

    select
        subscription_name,
        month,
        count(*) as mapped_instance_count,
        sum(case when delivery_type = 'SaaS' then 1 else 0 end) as mapped_saas_instance_count,
        sum(case when instance_type = 'Production' then 1 else 0 end) as production_instance_count,
        sum(case when is_candidate then 1 else 0 end) as candidate_instance_count,
        max(latest_usage_at) as latest_usage_at,
        max(case when instance_type = 'Production' then latest_usage_at end) as latest_production_usage_at,
        {{ dbt.bool_or("has_usage") }} as has_usage,
        {{ dbt.bool_or("case when instance_type = 'Production' then has_usage end") }} as has_production_usage
    from instances
    group by
        subscription_name,
        month

),

unmapped as (

    select
        account_id,
        month,
        count(*) as unmapped_instance_count
    from instances
    where
        subscription_name is null
    group by
        account_id,
        month

),

counted as (

    select
        subscription_name,
        month,
        sum(case when is_sold then 1 else 0 end) as sold_primary_count,
        sum(case when is_sold and billable_user_count is null then 1 else 0 end) as blank_primary_count,
        sum(case when is_sold then billable_user_count end) as billable_user_count,
        sum(case when is_sold then license_user_count end) as licenses_reported,
        min(case when is_sold then ping_at end) as oldest_ping_at,
        {{ dbt.bool_or("is_sold and billable_missing_reason = 'not_instrumented_in_release'") }} as is_release_too_old,
        max(case when is_sold then billable_missing_reason end) as billable_missing_reason,
        {{ dbt.bool_or('not is_sold') }} as has_usage_not_sold
    from primaries
    group by
        subscription_name,
        month

),

final as (

    select
        subscriptions.subscription_name,
        subscriptions.month,
        subscriptions.as_of_date,
        subscriptions.is_as_of_month,
        subscriptions.account_id,
        subscriptions.currency,
        subscriptions.tier,
        subscriptions.term_overage_from,
        subscriptions.licenses_sold,
        subscriptions.arr,
        subscriptions.arr_missing_reason,
        subscriptions.is_exempt_from_operational_metrics,
        subscriptions.sells_saas,
        subscriptions.sells_self_managed,
        subscriptions.sells_saas or subscriptions.sells_self_managed as is_anything_sold,
        coalesce(mapped.mapped_instance_count, 0) as mapped_instance_count,
        coalesce(mapped.mapped_saas_instance_count, 0) as mapped_saas_instance_count,
        coalesce(mapped.production_instance_count, 0) as production_instance_count,
        coalesce(mapped.candidate_instance_count, 0) as candidate_instance_count,
        coalesce(unmapped.unmapped_instance_count, 0) as unmapped_instance_count,
        coalesce(mapped.has_production_usage, mapped.has_usage) as is_reporting,
        coalesce(mapped.latest_production_usage_at, mapped.latest_usage_at) as last_reported_at,
        coalesce(counted.oldest_ping_at, mapped.latest_usage_at) as ping_at,
        case
            when counted.blank_primary_count = 0 and counted.sold_primary_count = subscriptions.sold_delivery_type_count
                then cast(counted.billable_user_count as decimal(38, 0))
        end as billable_user_count,
        cast(counted.licenses_reported as decimal(38, 0)) as licenses_reported,
        case
            when counted.licenses_reported is not null then null
            when counted.sold_primary_count > 0 then 'not_reported'
            else 'no_primary'
        end as licenses_reported_missing_reason,
        coalesce(counted.is_release_too_old, false) as is_release_too_old,
        coalesce(counted.billable_missing_reason, 'no_usage_of_delivery_type') as billable_missing_reason,
        coalesce(counted.has_usage_not_sold, false) as has_usage_not_sold
    from subscriptions
    left join mapped
        on
            subscriptions.subscription_name = mapped.subscription_name
            and subscriptions.month = mapped.month
    left join unmapped
        on
            subscriptions.account_id = unmapped.account_id
            and subscriptions.month = unmapped.month
    left join counted
        on
            subscriptions.subscription_name = counted.subscription_name
            and subscriptions.month = counted.month

)

select * from final
