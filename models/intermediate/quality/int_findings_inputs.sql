-- One row per CRM id that labels or scorecard inputs name and that leads to no living account (R16.6).

with

labels as (

    select * from {{ ref('stg_gainsight__instance_labels') }}

),

scorecard_inputs as (

    select * from {{ ref('stg_gainsight__scorecard_inputs') }}

),

account_survivors as (

    select * from {{ ref('int_account_survivors') }}

),

named_accounts as (

    select
        'gainsight/instance_info' as export,
        crm_account_id,
        count(*) as row_count
    from labels
    group by
        crm_account_id

    union all

    select
        'gainsight/scorecard_inputs' as export,
        crm_account_id,
        count(*) as row_count
    from scorecard_inputs
    group by
        crm_account_id

),

without_account as (

    select
        named_accounts.export,
        {{ shown_id('named_accounts.crm_account_id') }} as crm_account_id,
        sum(named_accounts.row_count) as row_count
    from named_accounts
    left join account_survivors
        on named_accounts.crm_account_id = account_survivors.account_id
    where
        named_accounts.crm_account_id is not null
        and account_survivors.account_id is null
    group by
        named_accounts.export,
        {{ shown_id('named_accounts.crm_account_id') }}

),

final as (

    select
        'input_without_account' as finding,
        export as subject_type,
        crm_account_id as subject_id,
        cast(null as varchar) as account_id,
        case when row_count = 1 then '1 row names' else cast(row_count as varchar) || ' rows name' end
        || ' a CRM account that is unknown or deleted' as detail
    from without_account

)

select * from final
