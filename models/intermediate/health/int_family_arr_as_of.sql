-- One row per family and month with a live subscription of a member: what all of them are worth in the reporting
-- currency, and which share of that is of members of which colour (R19.2).

with

families as (

    select * from {{ ref('int_account_families') }}

),

subscriptions as (

    select * from {{ ref('int_subscriptions_as_of') }}

),

scores as (

    select * from {{ ref('int_account_scores') }}

),

colors as (

    select * from {{ ref('scorecard_colors') }}

),

amount_missing_reasons as (

    select * from {{ ref('amount_missing_reasons') }}

),

joined as (

    select
        families.family_id,
        families.member_count,
        subscriptions.month,
        subscriptions.reporting_currency,
        cast(subscriptions.arr_reporting as decimal(38, 2)) as arr_reporting,
        amount_missing_reasons.reason_rank,
        colors.color
    from subscriptions
    inner join families
        on subscriptions.account_id = families.account_id
    left join scores
        on
            subscriptions.account_id = scores.account_id
            and subscriptions.month = scores.month
    left join colors
        on scores.health_color = colors.color
    left join amount_missing_reasons
        on subscriptions.arr_reporting_missing_reason = amount_missing_reasons.reason

),

summed as (

    select
        family_id,
        member_count,
        month,
        reporting_currency,
        min(reason_rank) as reason_rank,
        case when count(arr_reporting) = count(*) then cast(sum(arr_reporting) as double) end as arr_reporting,
        cast(sum(case when color = 'Green' then arr_reporting else 0 end) as double) as arr_green,
        cast(sum(case when color = 'Yellow' then arr_reporting else 0 end) as double) as arr_yellow,
        cast(sum(case when color = 'Red' then arr_reporting else 0 end) as double) as arr_red,
        cast(sum(case when color is null then arr_reporting else 0 end) as double) as arr_unscored
    from joined
    group by
        family_id,
        member_count,
        month,
        reporting_currency

),

final as (

    select
        summed.family_id,
        summed.month,
        summed.member_count,
        summed.arr_reporting,
        summed.reporting_currency,
        amount_missing_reasons.reason as arr_reporting_missing_reason,
        summed.arr_green / nullif(summed.arr_reporting, 0) as arr_share_green,
        summed.arr_yellow / nullif(summed.arr_reporting, 0) as arr_share_yellow,
        summed.arr_red / nullif(summed.arr_reporting, 0) as arr_share_red,
        summed.arr_unscored / nullif(summed.arr_reporting, 0) as arr_share_unscored
    from summed
    left join amount_missing_reasons
        on summed.reason_rank = amount_missing_reasons.reason_rank

)

select * from final
