-- One row per renewal: the most users of its term, and where that figure comes from (R18.2).
-- Of several delivery types the peaks add up, though they need not have been on one day: a bound, not a count.

with

renewals as (

    select * from {{ ref('int_renewals') }}

),

instance_peaks as (

    select * from {{ ref('int_instance_term_peaks') }}

),

summed as (

    select
        subscription_name,
        count(*) as primary_count,
        count(peak_user_count) as known_count,
        cast(sum(peak_user_count) as decimal(38, 0)) as peak_user_count,
        max(peak_on) as peak_on,
        max(peak_source) as peak_source
    from instance_peaks
    group by
        subscription_name

),

final as (

    select
        renewals.subscription_name,
        summed.peak_user_count as term_peak_user_count,
        case when summed.known_count = 1 then summed.peak_on end as term_peak_on,
        case
            when summed.known_count = 1 then summed.peak_source
            when summed.known_count > 1 then 'sum'
        end as term_peak_source,
        case when summed.known_count > 0 then summed.known_count > 1 end as term_peak_is_bound,
        case
            when summed.known_count > 0 then null
            when renewals.term_peak_from is null then 'date_unreadable'
            when summed.primary_count is null then 'no_primary'
            else 'not_reported'
        end as term_peak_missing_reason
    from renewals
    left join summed
        on renewals.subscription_name = summed.subscription_name

)

select * from final
