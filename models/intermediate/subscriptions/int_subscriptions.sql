-- One row per subscription: a lineage of versions that has a current one (R8.1).
-- Lineages billed to an excluded batch count as absent (R2.4). An end that nobody can read is not known; live_until
-- is the end that can be read (R8.10).

with

versions as (

    select * from {{ ref('stg_zuora__subscriptions') }}

),

billing_accounts as (

    select * from {{ ref('stg_zuora__accounts') }}

),

exclusions as (

    select * from {{ ref('exclusions') }}

),

account_survivors as (

    select * from {{ ref('int_account_survivors') }}

),

charges as (

    select * from {{ ref('int_charges_classified') }}

),

valid_versions as (

    select *
    from versions
    where
        not is_deleted
        and lower(coalesce(subscription_status, '')) <> 'draft'
        and lower(coalesce(subscription_status, '')) not like 'pending%'

),

ranked as (

    select
        *,
        coalesce(least(subscription_ends_on, cancelled_on), subscription_ends_on, cancelled_on) as live_until,
        row_number() over (
            partition by subscription_name
            order by subscription_version desc nulls last, landed_position desc
        ) as version_recency
    from valid_versions

),

-- R8.5: in any valid version, not only in the current one.
seat_carrying as (

    select
        valid_versions.subscription_name,
        count(*) as seat_charge_count
    from valid_versions
    inner join charges
        on valid_versions.subscription_id = charges.subscription_id
    where
        charges.carries_seats
    group by
        valid_versions.subscription_name

),

final as (

    select
        ranked.subscription_name,
        ranked.subscription_id as current_subscription_id,
        ranked.subscription_version,
        ranked.subscription_status,
        lower(ranked.subscription_status) in ('active', 'cancelled') as is_counted,
        ranked.starts_on,
        case when ranked.is_end_unreadable then null else ranked.live_until end as ends_on,
        ranked.live_until,
        ranked.is_start_unreadable,
        ranked.is_start_unreadable or ranked.is_end_unreadable as is_date_unreadable,
        ranked.term_starts_on,
        ranked.term_ends_on,
        ranked.namespace_id,
        ranked.is_exempt_from_operational_metrics,
        ranked.license_type,
        seat_carrying.seat_charge_count is not null as carries_seats,
        case when not billing_accounts.is_deleted then account_survivors.surviving_account_id end as account_id,
        case when not billing_accounts.is_deleted then billing_accounts.crm_account_id end as billed_crm_account_id,
        billing_accounts.currency
    from ranked
    left join billing_accounts
        on ranked.billing_account_id = billing_accounts.billing_account_id
    left join account_survivors
        on billing_accounts.crm_account_id = account_survivors.account_id
    left join exclusions
        on
            lower(billing_accounts.billing_batch) = lower(exclusions.id)
            and exclusions.kind = 'billing_batch'
    left join seat_carrying
        on ranked.subscription_name = seat_carrying.subscription_name
    where
        ranked.version_recency = 1
        and ranked.subscription_name is not null
        and exclusions.id is null

)

select * from final
