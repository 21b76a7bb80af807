-- One row per account that has ever reported by the as-of date: when last, by usage that was mapped to it at its time
-- or is of an instance that a label shows under it (R7.5).

with

instance_accounts as (

    select * from {{ ref('int_instance_accounts') }}

),

instances as (

    select * from {{ ref('int_instances_as_of') }}
    where
        as_of_date = {{ as_of_date() }}

),

labels as (

    select * from {{ ref('int_instance_labels') }}
    where
        labelled_account_id is not null

),

reported as (

    select
        account_id,
        last_reported_at
    from instance_accounts

    union all

    select
        labels.labelled_account_id as account_id,
        instances.latest_usage_at as last_reported_at
    from labels
    inner join instances
        on labels.instance_id = instances.instance_id

),

final as (

    select
        account_id,
        max(last_reported_at) as last_reported_at
    from reported
    group by
        account_id

)

select * from final
