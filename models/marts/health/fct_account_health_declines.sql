-- One row per account, month and measure (a use case, or health for the whole) whose colour fell since the last month
-- in which it had one (R12.8).

with

scores as (

    select * from {{ ref('int_account_scores') }}

),

use_cases as (

    select * from {{ ref('int_account_use_cases') }}
    where
        is_watched_for_declines

),

colors as (

    select * from {{ ref('scorecard_colors') }}

),

combined as (

    select
        account_id,
        month,
        use_case as measure,
        use_case_color as color
    from use_cases

    union all

    select
        account_id,
        month,
        'health' as measure,
        health_color as color
    from scores

),

ranked as (

    select
        combined.account_id,
        combined.month,
        combined.measure,
        combined.color as to_color,
        colors.color_rank as to_rank,
        lag(combined.color) over (
            partition by combined.account_id, combined.measure
            order by combined.month
        ) as from_color,
        lag(colors.color_rank) over (
            partition by combined.account_id, combined.measure
            order by combined.month
        ) as from_rank
    from combined
    inner join colors
        on combined.color = colors.color

),

final as (

    select
        account_id,
        month,
        measure,
        from_color,
        to_color
    from ranked
    where
        to_rank < from_rank

)

select * from final
