-- One row per account and month with a live seat-carrying subscription: its sums, both ways (R9.5, R9.6, R10.2).

with

subscriptions as (

    select * from {{ ref('int_subscription_utilization') }}
    where
        account_id is not null

),

availability_statuses as (

    select * from {{ ref('availability_statuses') }}

),

ranked as (

    select
        subscriptions.account_id,
        subscriptions.month,
        subscriptions.as_of_date,
        subscriptions.is_as_of_month,
        subscriptions.subscription_name,
        subscriptions.availability_status,
        availability_statuses.severity_rank,
        subscriptions.billable_user_count,
        subscriptions.licenses_sold,
        subscriptions.candidate_instance_count,
        subscriptions.billable_user_count is not null and subscriptions.licenses_sold is not null as is_scored
    from subscriptions
    inner join availability_statuses
        on subscriptions.availability_status = availability_statuses.availability_status

),

summed as (

    select
        account_id,
        month,
        as_of_date,
        is_as_of_month,
        count(*) as subscription_count,
        cast(sum(candidate_instance_count) as bigint) as instance_count,
        min(severity_rank) as severity_rank,
        min(case when not is_scored then severity_rank end) as not_available_severity_rank,
        {{ dbt.listagg(
            "case when not is_scored then subscription_name end", "', '", "order by subscription_name"
        ) }} as not_available_subscriptions,
        count(billable_user_count) as known_billable_count,
        count(licenses_sold) as known_licenses_count,
        sum(billable_user_count) as billable_user_count,
        sum(licenses_sold) as licenses_sold,
        sum(case when is_scored then billable_user_count end) as scored_billable_user_count,
        sum(case when is_scored then licenses_sold end) as scored_licenses_sold,
        {% for status in availability_status_names() -%}
        sum(case when availability_status = '{{ status }}' then 1 else 0 end) as {{ status }}_subscription_count,
        {% endfor -%}
        sum(case when is_scored then 0 else 1 end) as excluded_subscription_count
    from ranked
    group by
        account_id,
        month,
        as_of_date,
        is_as_of_month

),

blanked as (

    select
        account_id,
        month,
        as_of_date,
        is_as_of_month,
        subscription_count,
        instance_count,
        severity_rank,
        not_available_severity_rank,
        not_available_subscriptions,
        case
            when known_billable_count = subscription_count then cast(billable_user_count as decimal(38, 0))
        end as billable_user_count,
        case when known_licenses_count = subscription_count then licenses_sold end as licenses_sold,
        cast(scored_billable_user_count as decimal(38, 0)) as scored_billable_user_count,
        scored_licenses_sold,
        {% for status in availability_status_names() -%}
        cast({{ status }}_subscription_count as bigint) as {{ status }}_subscription_count,
        {% endfor -%}
        cast(excluded_subscription_count as bigint) as excluded_subscription_count
    from summed

),

final as (

    select
        blanked.account_id,
        blanked.month,
        blanked.as_of_date,
        blanked.is_as_of_month,
        blanked.billable_user_count,
        blanked.licenses_sold,
        blanked.billable_user_count / nullif(blanked.licenses_sold, 0) as license_utilization,
        blanked.scored_billable_user_count,
        blanked.scored_licenses_sold,
        blanked.scored_billable_user_count / nullif(blanked.scored_licenses_sold, 0) as scored_license_utilization,
        blanked.excluded_subscription_count,
        causes.availability_status as not_available_reason,
        blanked.not_available_subscriptions,
        blanked.subscription_count,
        blanked.instance_count,
        {% for status in availability_status_names() -%}
        blanked.{{ status }}_subscription_count,
        {% endfor -%}
        worst.availability_status
    from blanked
    inner join availability_statuses as worst
        on blanked.severity_rank = worst.severity_rank
    left join availability_statuses as causes
        on blanked.not_available_severity_rank = causes.severity_rank

)

select * from final
