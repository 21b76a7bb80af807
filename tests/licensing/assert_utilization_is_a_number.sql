-- R9.4 A ratio is NULL or a finite number, never NaN or infinite, and NULL where licences are blank or 0.

with

ratios as (

    select
        license_utilization,
        licenses_sold
    from {{ ref('fct_subscription_utilization_monthly') }}

    union all

    select
        license_utilization,
        licenses_sold
    from {{ ref('fct_account_utilization_monthly') }}

    union all

    select
        scored_license_utilization as license_utilization,
        scored_licenses_sold as licenses_sold
    from {{ ref('fct_account_utilization_monthly') }}

    union all

    select
        license_utilization,
        licensed_user_count as licenses_sold
    from {{ ref('fct_product_usage_monthly') }}

)

select *
from ratios
where
    license_utilization is not null
    and (
        coalesce(licenses_sold, 0) = 0
        or license_utilization in (cast('inf' as double), cast('-inf' as double), cast('nan' as double))
    )
