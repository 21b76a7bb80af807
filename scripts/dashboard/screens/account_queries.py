"""What the page of an account reads; `$account` is its id, `$month` the as-of month."""

ACCOUNT = """
    select
        accounts.*,
        coalesce(accounts.account_name, accounts.account_id) as account_name,
        usage.billable_user_count::double as billable_user_count,
        usage.licenses_sold,
        usage.license_utilization,
        coalesce(
            usage.license_utilization_missing_reason,
            case when usage.account_id is null then accounts.availability_status end
        ) as license_utilization_missing_reason,
        usage.not_available_subscriptions,
        reasons.in_words as reason_in_words,
        health.health_score,
        health.health_color,
        health.health_score_before_override,
        health.is_overridden,
        health.score_coverage
    from dim_accounts as accounts
    left join fct_account_utilization_monthly as usage
        on accounts.account_id = usage.account_id and usage.month = $month
    left join fct_account_health_monthly as health
        on accounts.account_id = health.account_id and health.month = $month
    left join dim_reasons as reasons
        on
            reasons.reason = coalesce(usage.license_utilization_missing_reason, accounts.availability_status)
            and reasons.kind = 'availability_status'
    where accounts.account_id = $account
"""

LICENSE_SOURCES = """
    unpivot (
        select
            subscription_name,
            licenses_sold as "Sold",
            licenses_provisioned::double as "Provisioned",
            licenses_reported::double as "Reported",
            billable_user_count::double as "Billable users"
        from fct_subscription_utilization_monthly
        where account_id = $account and month = $month
    )
    on "Sold", "Provisioned", "Reported", "Billable users" into name source value licenses
"""

SUBSCRIPTIONS = """
    select
        subscriptions.subscription_name,
        subscriptions.is_live,
        subscriptions.tier,
        subscriptions.license_type,
        usage.availability_status,
        usage.billable_user_count::double as billable_user_count,
        usage.all_instances_billable_user_count::double as all_instances_billable_user_count,
        subscriptions.licenses_sold,
        usage.licenses_provisioned::double as licenses_provisioned,
        usage.licenses_reported::double as licenses_reported,
        usage.license_utilization,
        usage.overage,
        subscriptions.term_ends_on,
        subscriptions.arr,
        subscriptions.arr_missing_reason,
        subscriptions.currency,
        subscriptions.arr_reporting,
        subscriptions.arr_reporting_missing_reason
    from dim_subscriptions as subscriptions
    left join fct_subscription_utilization_monthly as usage
        on subscriptions.subscription_name = usage.subscription_name and usage.month = $month
    where subscriptions.account_id = $account
    order by subscriptions.is_live desc, subscriptions.arr_reporting desc nulls last, subscriptions.subscription_name
"""

TRENDS = """
    select
        usage.month,
        usage.billable_user_count::double as "Billable users",
        usage.licenses_sold as "Licences sold",
        usage.license_utilization as "Licence utilisation",
        usage.license_utilization_missing_reason as "Why it is N/A",
        health.health_score as "Health score",
        health.product_score as "Product score",
        health.health_color as "Health"
    from fct_account_utilization_monthly as usage
    left join fct_account_health_monthly as health
        on usage.account_id = health.account_id and usage.month = health.month
    where usage.account_id = $account
    order by usage.month
"""

MEASURES = """
    select
        scorecard.label,
        measures.color,
        measures.value,
        measures.numerator,
        measures.denominator,
        measures.weight,
        measures.effective_weight,
        measures.contribution,
        measures.not_available_reason,
        reasons.in_words as reason_in_words
    from fct_account_health_measures_monthly as measures
    inner join dim_scorecard_measures as scorecard
        on measures.measure = scorecard.measure and measures.scorecard_version = scorecard.scorecard_version
    left join dim_reasons as reasons
        on measures.not_available_reason = reasons.reason and reasons.kind = 'measure'
    where measures.account_id = $account and measures.month = $month
    order by measures.contribution is null, measures.contribution desc, scorecard.label
"""

IN_WORDS = """
    select columns('.*_in_words')
    from fct_account_health_current
    where account_id = $account and month = $month
"""

INSTANCES = """
    select
        coalesce(hostname, namespace_name, namespace_id, instance_uuid) as instance,
        instances.*
    from dim_instances as instances
    where account_id = $account
    order by instance_type = 'Production' desc, last_ping_at desc nulls last, instance_id
"""

METRICS = """
    select key_path, coalesce(description, key_path) as label
    from dim_metrics
    where
        is_tracked
        and key_path in (
            select usage.key_path
            from fct_instance_metrics_monthly as usage
            inner join dim_instances as instances
                on usage.instance_id = instances.instance_id
            where instances.account_id = $account
        )
    order by column_name is distinct from 'billable_user_count', column_name is null, label
"""

USAGE = """
    select
        usage.month,
        coalesce(instances.hostname, instances.namespace_name, instances.namespace_id, instances.instance_uuid)
            as instance,
        instances.instance_type,
        instances.instance_type = 'Production' as is_production,
        usage.value::double as value,
        usage.missing_reason
    from fct_instance_metrics_monthly as usage
    inner join dim_instances as instances
        on usage.instance_id = instances.instance_id
    where instances.account_id = $account and usage.key_path = $metric
    order by usage.month, instance
"""

ACTIONS = """
    select subscription_name, instruction, owner, availability_status, arr_in_view, currency
    from fct_availability_actions
    where account_id = $account
    order by action_rank, subscription_name
"""

FINDINGS = """
    select finding, severity, subject_type, subject_id, detail, owner, instruction
    from fct_data_quality_findings
    where account_id = $account
    order by finding, subject_id
"""

RENEWALS = """
    select * replace (billable_user_count::double as billable_user_count)
    from fct_renewals_current
    where account_id = $account
    order by renewal_date, subscription_name
"""
