-- Licence utilisation of every account in the as-of month and nothing else, straight from the files: what somebody
-- would write by hand who trusts them to be clean. The yardstick for what rules, reasons, history and tests cost.

with

lines as (

    select
        json_extract_string(
            line, ['$.uuid', '$.hostname', '$.recorded_at', '$.license_sha256', '$.license_billable_users']
        ) as fields
    from read_csv(
        '$landing/service_ping/received_date=*/*.ndjson*',
        columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '', escape = '', header = false,
        auto_detect = false, max_line_size = 16000000, ignore_errors = true
    )
    where
        json_valid(line)

),

pings as (

    select
        fields[1] as instance_uuid,
        lower(fields[2]) as hostname,
        try_cast(replace(fields[3], ' UTC', 'Z') as timestamptz) as recorded_at,
        lower(fields[4]) as license_sha256,
        try_cast(fields[5] as bigint) as billable_user_count
    from lines

),

latest_pings as (

    select
        instance_uuid,
        hostname,
        max_by(license_sha256, recorded_at) as license_sha256,
        max_by(billable_user_count, recorded_at) as billable_user_count
    from pings
    where
        recorded_at >= timestamptz '$as_of' - interval 60 day
        and recorded_at < timestamptz '$as_of' + interval 1 day
    group by
        instance_uuid,
        hostname

),

labels as (

    select lower(instance_uuid) as instance_uuid
    from read_csv('$landing/gainsight/instance_info.csv', all_varchar = true)
    where
        lower(instancetype) = 'production'
    group by
        lower(instance_uuid)

),

licenses as (

    select
        lower(license_file_sha256) as license_sha256,
        max(zuora_subscription_name) as subscription_name
    from read_csv('$landing/customers_dot/licenses.csv', all_varchar = true)
    group by
        lower(license_file_sha256)

),

usage_by_subscription as (

    select
        licenses.subscription_name,
        max(latest_pings.billable_user_count) as billable_user_count
    from latest_pings
    inner join labels
        on lower(latest_pings.instance_uuid) = labels.instance_uuid
    inner join licenses
        on latest_pings.license_sha256 = licenses.license_sha256
    group by
        licenses.subscription_name

),

subscriptions as (

    select
        Name as subscription_name,
        max_by(Id, try_cast(Version as integer)) as subscription_id,
        max_by(AccountId, try_cast(Version as integer)) as billing_account_id
    from read_csv('$landing/zuora/subscription/*.csv', all_varchar = true)
    where
        SubscriptionStartDate <= '$as_of'
        and coalesce(nullif(SubscriptionEndDate, ''), '9999-12-31') > '$as_of'
    group by
        Name

),

licenses_by_subscription as (

    select
        subscriptions.subscription_name,
        subscriptions.billing_account_id,
        sum(try_cast(charges.Quantity as double)) as licenses_sold
    from subscriptions
    inner join read_csv('$landing/zuora/rate_plan.csv', all_varchar = true) as plans
        on subscriptions.subscription_id = plans.subscriptionid
    inner join read_csv('$landing/zuora/rate_plan_charge.csv.gz', all_varchar = true) as charges
        on plans.id = charges.RatePlanId
    where
        charges.EffectiveStartDate <= '$as_of'
        and coalesce(nullif(charges.EffectiveEndDate, ''), '9999-12-31') > '$as_of'
        and regexp_matches(plans.name, 'Ultimate|Premium|Starter')
    group by
        subscriptions.subscription_name,
        subscriptions.billing_account_id

)

select
    accounts.CrmId as account_id,
    sum(usage_by_subscription.billable_user_count) as billable_user_count,
    sum(licenses_by_subscription.licenses_sold) as licenses_sold,
    sum(usage_by_subscription.billable_user_count)
    / nullif(sum(licenses_by_subscription.licenses_sold), 0) as license_utilization
from licenses_by_subscription
inner join read_csv('$landing/zuora/account.csv', all_varchar = true) as accounts
    on licenses_by_subscription.billing_account_id = accounts.Id
left join usage_by_subscription
    on licenses_by_subscription.subscription_name = usage_by_subscription.subscription_name
group by
    accounts.CrmId
order by
    account_id
