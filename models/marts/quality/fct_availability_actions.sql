-- One row per account, subscription and action that would bring it into view, ranked by ARR at stake (R10.3, R17.4).

with

actions as (

    select * from {{ ref('int_availability_actions') }}

),

suggested_labels as (

    select * from {{ ref('int_suggested_labels') }}

),

suggestions as (

    select
        subscription_name,
        {{ dbt.listagg('instance_id', "', '", 'order by instance_id') }} as suggested_instances
    from suggested_labels
    group by
        subscription_name

),

scoped as (

    select
        *,
        case when {{ reporting_currency_text() }} is null then 'currency' else 'all' end as rank_scope,
        case when {{ reporting_currency_text() }} is null then arr else arr_reporting end as ranking_amount,
        case when {{ reporting_currency_text() }} is null then currency end as ranking_currency
    from actions

),

final as (

    select
        row_number() over (
            partition by
                scoped.ranking_currency
            order by
                scoped.ranking_amount desc nulls last,
                scoped.subscription_name asc,
                scoped.action asc
        ) as action_rank,
        scoped.rank_scope,
        scoped.account_id,
        scoped.subscription_name,
        scoped.license_type,
        scoped.action,
        scoped.owner,
        scoped.instruction,
        scoped.availability_status,
        scoped.arr as arr_in_view,
        scoped.currency,
        scoped.arr_reporting as arr_in_view_reporting,
        {{ reporting_currency_text() }} as reporting_currency,
        scoped.arr_reporting_missing_reason,
        scoped.account_blocker_count,
        scoped.unlocks_account_page,
        scoped.last_reported_at,
        case
            when scoped.production_instance_count = 0 then suggestions.suggested_instances
        end as suggested_instances
    from scoped
    left join suggestions
        on scoped.subscription_name = suggestions.subscription_name

)

select * from final
