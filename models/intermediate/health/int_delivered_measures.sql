-- One row an account, month and measure of another system: the latest that it delivered by the month's date (R13).

with

measures as (

    select * from {{ ref('int_scorecard_measures_as_of') }}
    where
        measure_kind in ('delivered_color', 'delivered_number')

),

account_ages as (

    select * from {{ ref('int_account_ages') }}

),

inputs as (

    select * from {{ ref('stg_gainsight__scorecard_inputs') }}
    where
        cast(updated_at as date) <= {{ as_of_date() }}

),

account_survivors as (

    select * from {{ ref('int_account_survivors') }}

),

colors as (

    select * from {{ ref('scorecard_colors') }}

),

dated as (

    select
        account_survivors.surviving_account_id as account_id,
        measures.month,
        measures.measure,
        cast(inputs.updated_at as date) as delivered_on,
        inputs.value,
        inputs.color_text,
        row_number() over (
            partition by account_survivors.surviving_account_id, measures.month, measures.measure
            order by inputs.updated_at desc, inputs.input_number desc
        ) as input_recency
    from inputs
    inner join account_survivors
        on inputs.crm_account_id = account_survivors.account_id
    inner join measures
        on
            inputs.measure = measures.measure
            and cast(inputs.updated_at as date) <= measures.as_of_date

),

latest as (

    select * from dated
    where
        input_recency = 1

),

final as (

    select
        account_ages.account_id,
        account_ages.month,
        account_ages.account_age_months,
        measures.scorecard_version,
        measures.measure,
        measures.measure_kind,
        measures.measure_group,
        measures.use_case,
        measures.group_weight,
        measures.use_case_weight,
        measures.weight,
        latest.delivered_on,
        case when measures.measure_kind = 'delivered_number' then latest.value end as value,
        case when measures.measure_kind = 'delivered_color' then colors.color end as delivered_color,
        case when measures.measure_kind = 'delivered_color' then colors.points end as delivered_points,
        case
            when latest.account_id is null then 'no_input'
            when
                latest.delivered_on
                < {{ dbt.dateadd('day', '-measures.maximum_age_days', 'measures.as_of_date') }}
                then 'stale'
        end as not_available_reason
    from account_ages
    inner join measures
        on account_ages.month = measures.month
    left join latest
        on
            account_ages.account_id = latest.account_id
            and account_ages.month = latest.month
            and measures.measure = latest.measure
    left join colors
        on lower(latest.color_text) = lower(colors.color)

)

select * from final
