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

-- A sum with an unknown part is unknown.
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
        case
            when count(billable_user_count) = count(*) then cast(sum(billable_user_count) as decimal(38, 0))
        end as billable_user_count,
        case when count(licenses_sold) = count(*) then sum(licenses_sold) end as licenses_sold,
        cast(sum(case when is_scored then billable_user_count end) as decimal(38, 0)) as scored_billable_user_count,
        sum(case when is_scored then licenses_sold end) as scored_licenses_sold,
        {% for status in availability_status_names() -%}
        cast(sum(case when availability_status = '{{ status }}' then 1 else 0 end) as bigint)
            as {{ status }}_subscription_count,
        {% endfor -%}
        cast(sum(case when is_scored then 0 else 1 end) as bigint) as excluded_subscription_count
    from ranked
    group by
        account_id,
        month,
        as_of_date,
        is_as_of_month

),

final as (

    select
        summed.*,
        summed.billable_user_count / nullif(summed.licenses_sold, 0) as license_utilization,
        summed.scored_billable_user_count / nullif(summed.scored_licenses_sold, 0) as scored_license_utilization,
        causes.availability_status as not_available_reason,
        worst.availability_status
    from summed
    inner join availability_statuses as worst
        on summed.severity_rank = worst.severity_rank
    left join availability_statuses as causes
        on summed.not_available_severity_rank = causes.severity_rank

)

select * from final
