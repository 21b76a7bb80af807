-- One row per instance and month since its first usage: what its part in a figure of an account rests on (R23.3). Where
-- a figure of a closed month changes, the publisher looks here for what changed with it.

with

instances_as_of as (

    select * from {{ ref('int_instances_as_of') }}

),

labels as (

    select * from {{ ref('int_instance_labels') }}

),

pings as (

    select * from {{ ref('int_pings_accepted') }}

),

namespace_dates as (

    select * from {{ ref('int_namespace_dates') }}

),

billable_users as (

    select * from {{ ref('int_instance_billable_users') }}

),

usage_dates as (

    select
        instance_id,
        recorded_month as usage_month,
        cast(recorded_at as varchar) || ' ' || cast(received_date as varchar) as usage_in_words
    from pings

    union all

    select
        instance_id,
        usage_month,
        cast(ping_date as varchar)
        || case when has_seats then ' seats' else '' end
        || case when has_metrics then ' metrics' else '' end as usage_in_words
    from namespace_dates

),

usage_months as (

    select
        instance_id,
        usage_month,
        count(*) as usage_count,
        {{ dbt.listagg('usage_in_words', "','", 'order by usage_in_words') }} as usage_in_words
    from usage_dates
    group by
        instance_id,
        usage_month

),

final as (

    select
        instances_as_of.instance_id,
        instances_as_of.month,
        instances_as_of.account_id,
        instances_as_of.subscription_name,
        coalesce(usage_months.usage_count, 0) as usage_count,
        -- A later delivery of a day already known says another number.
        {{ dbt.hash(
            "coalesce(usage_months.usage_in_words, '') || '|' || coalesce(cast(billable_users.billable_user_count as varchar), '')"
        ) }} as usage_fingerprint,
        {{ dbt.hash(
            "labels.instance_type || '|' || cast(labels.is_opted_out_of_health as varchar) || '|'"
            ~ " || coalesce(labels.labelled_account_id, '')"
        ) }} as label_fingerprint
    from instances_as_of
    inner join labels
        on instances_as_of.instance_id = labels.instance_id
    left join usage_months
        on
            instances_as_of.instance_id = usage_months.instance_id
            and instances_as_of.month = usage_months.usage_month
    left join billable_users
        on
            instances_as_of.instance_id = billable_users.instance_id
            and instances_as_of.month = billable_users.usage_month

)

select * from final
