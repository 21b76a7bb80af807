-- One row per report of a wrong figure and thing whose findings explain it: its subject, and the subscriptions and
-- instances of that (R22.4).

with

reports as (

    select * from {{ ref('int_usage_reports') }}
    where
        subject_id is not null

),

subscriptions as (

    select * from {{ ref('int_subscriptions') }}

),

instances as (

    select * from {{ ref('int_instances_latest') }}

),

combined as (

    select
        report_id,
        subject_type,
        subject_id
    from reports

    union all

    select
        reports.report_id,
        'subscription' as subject_type,
        subscriptions.subscription_name as subject_id
    from reports
    inner join subscriptions
        on reports.subject_id = subscriptions.account_id
    where
        reports.subject_type = 'account'

    union all

    select
        reports.report_id,
        'instance' as subject_type,
        instances.instance_id as subject_id
    from reports
    inner join instances
        on reports.subject_id = case
            when reports.subject_type = 'account' then instances.account_id
            when reports.subject_type = 'subscription' then instances.subscription_name
        end

)

select * from combined
