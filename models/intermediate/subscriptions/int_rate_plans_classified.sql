-- One row per rate plan, with what the product catalogue says of its name (R8.3).

with

rate_plans as (

    select * from {{ ref('stg_zuora__rate_plans') }}

),

product_catalogue as (

    select * from {{ ref('product_catalogue') }}

),

matched as (

    select
        rate_plans.rate_plan_id,
        rate_plans.subscription_id,
        rate_plans.rate_plan_name,
        product_catalogue.pattern,
        product_catalogue.tier,
        product_catalogue.delivery_type,
        product_catalogue.carries_seats,
        product_catalogue.settles,
        {{ dbt.bool_or('product_catalogue.carries_seats') }} over (partition by rate_plans.rate_plan_id)
        and {{ dbt.bool_or('not product_catalogue.carries_seats') }} over (partition by rate_plans.rate_plan_id)
            as is_disputed,
        row_number() over (
            partition by rate_plans.rate_plan_id
            order by product_catalogue.priority
        ) as match_rank
    from rate_plans
    left join product_catalogue
        on lower(rate_plans.rate_plan_name) like lower(product_catalogue.pattern)

),

classified as (

    select
        rate_plan_id,
        subscription_id,
        rate_plan_name,
        pattern,
        tier,
        delivery_type,
        coalesce(carries_seats, false) as carries_seats,
        pattern is not null as is_listed,
        coalesce(is_disputed, false) and not coalesce(settles, false) as is_ambiguous
    from matched
    where
        match_rank = 1

)

select * from classified
