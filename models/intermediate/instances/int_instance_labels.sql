-- One row per instance, with the type, opt-out and CRM account that its label gives it (R6).

with

instances as (

    select * from {{ ref('int_instances') }}

),

labels as (

    select * from {{ ref('stg_gainsight__instance_labels') }}

),

best_matches as (

    select * from {{ ref('int_label_matches') }}
    where
        match_rank = 1

),

account_survivors as (

    select * from {{ ref('int_account_survivors') }}

),

instance_types as (

    select * from {{ ref('instance_types') }}

),

labelled as (

    select
        instances.instance_id,
        case
            when instances.namespace_id is not null then 'Production'
            else coalesce(instance_types.instance_type, 'Unknown')
        end as instance_type,
        coalesce(labels.is_opted_out_of_health, false) as is_opted_out_of_health,
        account_survivors.surviving_account_id as labelled_account_id
    from instances
    left join best_matches
        on instances.instance_id = best_matches.instance_id
    left join labels
        on best_matches.label_number = labels.label_number
    left join instance_types
        on lower(labels.instance_type_text) = lower(instance_types.instance_type)
    left join account_survivors
        on labels.crm_account_id = account_survivors.account_id

)

select * from labelled
