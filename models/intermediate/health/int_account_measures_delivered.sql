-- One row per account, month and measure of another system: the latest that it delivered by the month's date (R13).

with

measures as (

    select * from {{ ref('int_account_measures') }}
    where
        not is_read_from_usage

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

ranked as (

    select
        measures.account_id,
        measures.month,
        measures.measure,
        cast(inputs.updated_at as date) as delivered_on,
        inputs.value,
        inputs.color_text,
        row_number() over (
            partition by measures.account_id, measures.month, measures.measure
            order by inputs.updated_at desc, inputs.input_number desc
        ) as input_recency
    from inputs
    inner join account_survivors
        on inputs.crm_account_id = account_survivors.account_id
    inner join measures
        on
            account_survivors.surviving_account_id = measures.account_id
            and inputs.measure = measures.measure
            and cast(inputs.updated_at as date) <= measures.as_of_date

),

latest as (

    select * from ranked
    where
        input_recency = 1

),

judged as (

    select
        measures.account_id,
        measures.month,
        measures.measure,
        latest.delivered_on,
        case when measures.measure_kind = 'delivered_number' then latest.value end as value,
        case when measures.measure_kind = 'delivered_color' then latest.color_text end as color_text,
        case
            when latest.account_id is null then 'no_input'
            when
                latest.delivered_on
                < {{ dbt.dateadd('day', '-measures.maximum_age_days', 'measures.as_of_date') }}
                then 'stale'
        end as not_delivered_reason
    from measures
    left join latest
        on
            measures.account_id = latest.account_id
            and measures.month = latest.month
            and measures.measure = latest.measure

),

final as (

    select
        judged.account_id,
        judged.month,
        judged.measure,
        judged.delivered_on,
        case when judged.not_delivered_reason is null then judged.value end as value,
        colors.color,
        colors.points,
        judged.not_delivered_reason
    from judged
    left join colors
        on
            lower(judged.color_text) = lower(colors.color)
            and judged.not_delivered_reason is null

)

select * from final
