-- One row per publication, its own: what it says of itself (R15.2, R23.1). What only publishing knows is NULL in the
-- file that a build writes: the publisher fills it in the copy that readers open.

with

accounts as (

    select * from {{ ref('dim_accounts') }}

),

ping_loads as (

    select * from {{ ref('fct_ping_loads') }}

),

findings as (

    select * from {{ ref('fct_data_quality_findings') }}

),

months as (

    select * from {{ ref('int_months') }}

),

scorecard_versions as (

    select * from {{ ref('scorecard_versions') }}

),

scorecards as (

    select * from {{ ref('int_evidence_scorecards') }}

),

account_counts as (

    select count(*) as account_count
    from accounts

),

ping_counts as (

    select cast(coalesce(sum(accepted), 0) as bigint) as ping_count
    from ping_loads

),

finding_counts as (

    select count(*) as finding_count
    from findings

),

ranked_versions as (

    select
        scorecard_version,
        row_number() over (order by valid_from desc) as version_recency
    from scorecard_versions
    where
        valid_from <= {{ as_of_date() }}

),

shown_months as (

    select min(month) as first_month
    from months

),

version_in_force as (

    select max(scorecard_version) as scorecard_version
    from ranked_versions
    where
        version_recency = 1

),

final as (

    select
        {{ as_of_date() }} as as_of_date,
        shown_months.first_month,
        cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as {{ dbt.type_timestamp() }}) as built_at,
        cast(null as {{ dbt.type_bigint() }}) as publication_number,
        cast(null as {{ dbt.type_timestamp() }}) as published_at,
        cast(null as {{ dbt.type_string() }}) as git_commit,
        cast(null as {{ dbt.type_boolean() }}) as git_has_changes,
        cast(null as {{ dbt.type_string() }}) as seatwise_version,
        cast({{ var('marts_version') }} as {{ dbt.type_int() }}) as marts_version,
        version_in_force.scorecard_version,
        scorecards.scorecard_fingerprint,
        {{ reporting_currency_text() }} as reporting_currency,
        {{ first_exported_month() }} as exported_from_month,
        account_counts.account_count,
        ping_counts.ping_count,
        finding_counts.finding_count
    from account_counts
    cross join ping_counts
    cross join finding_counts
    cross join version_in_force
    cross join shown_months
    left join scorecards
        on version_in_force.scorecard_version = scorecards.scorecard_version

)

select * from final
