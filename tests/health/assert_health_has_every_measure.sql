-- R12.6 Every account and month has one row for every measure of its scorecard, and no other.

with

health as (

    select * from {{ ref('fct_account_health_monthly') }}

),

measures as (

    select * from {{ ref('fct_account_health_measures_monthly') }}

),

scorecard_measures as (

    select * from {{ ref('scorecard_measures') }}

),

wanted as (

    select
        health.account_id,
        health.month,
        scorecard_measures.measure
    from health
    inner join scorecard_measures
        on health.scorecard_version = scorecard_measures.scorecard_version

),

compared as (

    select
        coalesce(wanted.account_id, measures.account_id) as account_id,
        coalesce(wanted.month, measures.month) as month,
        coalesce(wanted.measure, measures.measure) as measure,
        wanted.measure is not null as is_wanted,
        measures.measure is not null as is_there
    from wanted
    full join measures
        on
            wanted.account_id = measures.account_id
            and wanted.month = measures.month
            and wanted.measure = measures.measure

)

select * from compared
where
    not (is_wanted and is_there)
