{#-
    The CTEs, `final` the last, that add up the rows of `subscriptions` (int_subscription_utilization, with the owner
    beside) by their owner and month, both ways (R9.5, R9.6, R10.2). `availability_statuses` is the seed.
-#}
{% macro utilization_by(owner) -%}
ranked as (

    select
        subscriptions.*,
        availability_statuses.severity_rank,
        subscriptions.billable_user_count is not null and subscriptions.licenses_sold is not null as is_scored
    from subscriptions
    inner join availability_statuses
        on subscriptions.availability_status = availability_statuses.availability_status

),

-- A sum with an unknown part is unknown. Of several reasons for one figure the first by name stands for all.
summed as (

    select
        {{ owner }},
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
        case when count(licenses_provisioned) = count(*) then sum(licenses_provisioned) end as licenses_provisioned,
        min(licenses_provisioned_missing_reason) as licenses_provisioned_missing_reason,
        case
            when count(licenses_reported) = count(*) then cast(sum(licenses_reported) as decimal(38, 0))
        end as licenses_reported,
        min(licenses_reported_missing_reason) as licenses_reported_missing_reason,
        cast(sum(case when is_scored then billable_user_count end) as decimal(38, 0)) as scored_billable_user_count,
        sum(case when is_scored then licenses_sold end) as scored_licenses_sold,
        {% for status in availability_status_names() -%}
        cast(sum(case when availability_status = '{{ status }}' then 1 else 0 end) as bigint)
            as {{ status }}_subscription_count,
        {% endfor -%}
        cast(sum(case when is_scored then 0 else 1 end) as bigint) as excluded_subscription_count
    from ranked
    group by
        {{ owner }},
        month,
        as_of_date,
        is_as_of_month

),

explained as (

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

),

final as (

    select
        *,
        case
            when not_available_reason is not null then not_available_reason
            when licenses_sold = 0 then 'zero_denominator'
        end as license_utilization_missing_reason
    from explained

)
{%- endmacro %}
