"""Builds every public mart from a landing folder by the rulebook alone."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from .dimensions import action_rows, dim_accounts, dim_subscriptions
from .families import coverage_rows, family_months, family_rows, ring_findings
from .findings import account_findings, instance_findings, plan_findings
from .health import build_health
from .instances import Instance, read_instances
from .labels import label_findings, put_labels
from .landing import Landing, read_ping_files
from .licensing import account_rows, build_days, ratio, subscription_rows
from .mapping import Mapper, account_of, dim_instances
from .money import read_rates
from .pings import BILLABLE, Metric, Release, accept, read_metrics, to_release
from .products import Catalogue
from .renewals import renewal_rows
from .reports import report_rows
from .scorecard import MEASURES
from .subscriptions import read_contracts
from .values import Open, Row, add_months, month_end, month_of

SEEDS = Path(__file__).resolve().parents[3] / "seeds"
DEFAULT_MONTHS = 36


@dataclass(frozen=True)
class Options:
    """What a run is told beside its landing and its as-of date (landing contract)."""

    seeds: Path = SEEDS
    first_month: date | None = None
    reporting_currency: str | None = None
    source_time_zone: str = "UTC"


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a seed (no rule)."""
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def read_releases(path: Path) -> list[tuple[Release, date]]:
    """Read the releases and their dates (R3.1)."""
    return [(to_release(row["release"]), date.fromisoformat(row["release_date"])) for row in read_csv(path)]


def spine(instances: dict[str, Instance], as_of: date, first_month: date | None) -> list[tuple[date, date]]:
    """List the months from the first accepted usage to the as-of month, each with its D (words of the rulebook).

    Without any usage recorded by the as-of date its month stands alone, to say so.
    """
    first = min((instance.first_at().date() for instance in instances.values()), default=as_of)
    month = month_of(min(first, as_of))
    month = max(month, month_of(first_month) if first_month else add_months(month_of(as_of), -DEFAULT_MONTHS))
    months: list[tuple[date, date]] = []
    while month <= as_of:
        months.append((month, min(month_end(month), as_of)))
        month = add_months(month, 1)
    return months


def usage_marts(
    months: list[tuple[date, date]],
    instances: dict[str, Instance],
    mapper: Mapper,
    metrics: dict[str, Metric],
    tracked: dict[str, str],
) -> dict[str, list[Row]]:
    """Build the monthly usage marts from the last ping in each month (R4 to R6, R9.1, R9.4)."""
    scorecard = {BILLABLE}
    for measure in MEASURES:
        for side in (measure.numerator, measure.denominator):
            scorecard.update(side.metrics if side else ())
    columns = {path: name for path, name in tracked.items() if path in scorecard and path != BILLABLE}
    long: list[Row] = []
    wide: list[Row] = []
    for month, day in months:
        for instance in instances.values():
            usage = instance.usage(month, day)
            if usage is None:
                continue
            for path in tracked:
                value, reason = usage.read(metrics[path])
                key = {"instance_id": instance.instance_id, "month": month, "key_path": path}
                long.append({**key, "value": value, "missing_reason": reason})
            if instance.label.instance_type != "Production":
                continue
            mapping = mapper.of_usage(instance, usage, day)
            licenses = mapping.subscription.licenses_sold(day) if mapping.subscription else None
            billable = usage.billable(metrics)[0]
            wide.append(
                {
                    "instance_id": instance.instance_id,
                    "month": month,
                    "subscription_name": mapping.subscription.name if mapping.subscription else None,
                    "account_id": account_of(instance, mapping),
                    "ping_at": usage.ping_at,
                    "billable_user_count": billable,
                    "licensed_user_count": licenses,
                    "license_utilization": ratio(billable, licenses),
                    **{name: usage.read(metrics[path])[0] for path, name in columns.items()},
                }
            )
    return {"fct_instance_metrics_monthly": long, "fct_product_usage_monthly": wide}


def plain(value: Any) -> Any:
    """Turn exact numbers into the ones that a database gives (no rule)."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else value.numerator / value.denominator
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Open):
        return Open(*(plain(item) for item in value.allowed))
    return value


def build(root: Path, as_of: date, options: Options | None = None) -> dict[str, list[Row]]:
    """Build the rows of every public mart as of a date (R1 to R20, R22)."""
    options = options or Options()
    seeds = options.seeds
    metrics = read_metrics(seeds / "metric_definitions.csv")
    tracked = {row["key_path"]: row["column_name"] for row in read_csv(seeds / "tracked_metrics.csv")}
    releases = read_releases(seeds / "gitlab_releases.csv")
    catalogue = Catalogue(read_csv(seeds / "product_catalogue.csv"))
    landing = Landing(root, ZoneInfo(options.source_time_zone))
    accepted = accept(read_ping_files(root, as_of))
    contracts = read_contracts(landing, catalogue)
    rates = read_rates(landing, options.reporting_currency)
    instances = read_instances(landing, accepted.pings, as_of)
    unmatched = put_labels(landing, instances, contracts.accounts)
    mapper = Mapper(landing, contracts)
    days = build_days(spine(instances, as_of, options.first_month), contracts, instances, mapper, metrics)
    utilization = account_rows(days, contracts, rates)
    health = build_health(days, utilization, landing, contracts, metrics, as_of)
    scores = {(row["account_id"], row["month"]): row for row in health["fct_account_health_monthly"]}
    names = {row["namespace_id"]: row.get("namespace_name") for row in landing.table("saas/namespaces")}
    instance_rows = dim_instances(instances, mapper, metrics, releases, as_of, names)
    findings = [
        *landing.findings(),
        *instance_findings(instances, {row["instance_id"]: row["account_id"] for row in instance_rows}),
        *label_findings(unmatched, contracts.accounts),
        *account_findings(landing, contracts),
        *plan_findings(landing, catalogue),
        *ring_findings(contracts),
    ]
    marts: dict[str, list[Row]] = {
        "dim_accounts": dim_accounts(contracts, days[-1], rates, instances, mapper),
        "dim_account_families": family_rows(contracts),
        "dim_subscriptions": dim_subscriptions(contracts, as_of, rates),
        "dim_instances": instance_rows,
        **usage_marts([(day.month, day.day) for day in days], instances, mapper, metrics, tracked),
        "fct_subscription_utilization_monthly": subscription_rows(days, rates),
        "fct_account_utilization_monthly": utilization,
        "fct_family_utilization_monthly": family_months(days, contracts, rates, scores),
        "fct_renewals_current": renewal_rows(days, rates, metrics, scores),
        "fct_usage_coverage_monthly": coverage_rows(days, contracts, rates),
        **health,
        "fct_account_health_current": [
            {**row, "account_name": contracts.accounts.rows[row["account_id"]].get("name")}
            for row in {row["account_id"]: row for row in health["fct_account_health_monthly"]}.values()
        ],
        "dim_metrics": [{"key_path": path, "column_name": tracked.get(path)} for path in metrics],
        "fct_quarantined_pings": accepted.quarantined,
        "fct_ping_loads": accepted.loads,
        "fct_availability_actions": action_rows(days[-1], rates),
        "fct_data_quality_findings": findings,
    }
    marts["fct_usage_reports"] = report_rows(landing, contracts, instances, marts, as_of)
    return {name: [{key: plain(value) for key, value in row.items()} for row in rows] for name, rows in marts.items()}
