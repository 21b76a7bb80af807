-- One row per subscription and month: the licence in force on the month's date (R8.6).

with

licenses as (

    select * from {{ ref('int_licenses_mapped') }}
    where
        not is_trial
        and subscription_name is not null

),

months as (

    select * from {{ ref('int_months') }}

),

in_force as (

    select
        licenses.subscription_name,
        months.month,
        licenses.licensed_user_count,
        row_number() over (
            partition by licenses.subscription_name, months.month
            order by licenses.starts_on desc, licenses.license_precedence asc
        ) as license_rank
    from licenses
    inner join months
        on
            licenses.starts_on <= months.as_of_date
            and coalesce(licenses.expires_on > months.as_of_date, true)

),

provisioned as (

    select
        subscription_name,
        month,
        cast(licensed_user_count as double) as licenses_provisioned
    from in_force
    where
        license_rank = 1

)

select * from provisioned
