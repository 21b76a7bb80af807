"""Builds every public mart from a landing folder by the rulebook alone."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from .health import MEASURES, build_health
from .instances import Instance, Mapper, account_of, dim_instances, put_labels, read_instances
from .landing import read_ping_files
from .licensing import (
    account_rows,
    action_rows,
    build_days,
    dim_accounts,
    dim_subscriptions,
    ratio,
    subscription_rows,
)
from .pings import BILLABLE, Metric, Release, accept, read_metrics, to_release
from .subscriptions import read_contracts
from .values import Open, Row, add_months, month_end, month_of

SEEDS = Path(__file__).resolve().parents[3] / "seeds"
DEFAULT_MONTHS = 36


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


def build(
    landing: Path, as_of: date, seeds: Path | None = None, first_month: date | None = None
) -> dict[str, list[Row]]:
    """Build the rows of every public mart as of a date (R1 to R13)."""
    seeds = seeds or SEEDS
    metrics = read_metrics(seeds / "metric_definitions.csv")
    tracked = {row["key_path"]: row["column_name"] for row in read_csv(seeds / "tracked_metrics.csv")}
    releases = read_releases(seeds / "gitlab_releases.csv")
    accepted = accept(read_ping_files(landing, as_of))
    contracts = read_contracts(landing)
    instances = read_instances(landing, accepted.pings, as_of)
    put_labels(landing, instances, contracts)
    mapper = Mapper(landing, contracts)
    months = spine(instances, as_of, first_month)
    days = build_days(months, contracts, instances, mapper, metrics)
    last = days[-1] if days else build_days([(month_of(as_of), as_of)], contracts, instances, mapper, metrics)[0]
    utilization = account_rows(days, contracts)
    marts: dict[str, list[Row]] = {
        "dim_accounts": dim_accounts(contracts, last),
        "dim_subscriptions": dim_subscriptions(contracts, as_of),
        "dim_instances": dim_instances(instances, mapper, metrics, releases, as_of),
        **usage_marts(months, instances, mapper, metrics, tracked),
        "fct_subscription_utilization_monthly": subscription_rows(days),
        "fct_account_utilization_monthly": utilization,
        **build_health(days, utilization, landing, contracts, metrics, as_of),
        "fct_quarantined_pings": accepted.quarantined,
        "fct_ping_loads": accepted.loads,
        "fct_availability_actions": action_rows(last),
    }
    return {name: [{key: plain(value) for key, value in row.items()} for row in rows] for name, rows in marts.items()}


KEYS: dict[str, tuple[str, ...]] = {
    "dim_accounts": ("account_id",),
    "dim_subscriptions": ("subscription_name",),
    "dim_instances": ("instance_id",),
    "fct_instance_metrics_monthly": ("instance_id", "month", "key_path"),
    "fct_product_usage_monthly": ("instance_id", "month"),
    "fct_subscription_utilization_monthly": ("subscription_name", "month"),
    "fct_account_utilization_monthly": ("account_id", "month"),
    "fct_account_health_measures_monthly": ("account_id", "month", "measure"),
    "fct_account_health_monthly": ("account_id", "month"),
    "fct_account_health_declines": ("account_id", "month", "measure"),
    "fct_quarantined_pings": ("file", "line"),
    "fct_ping_loads": ("file",),
    "fct_availability_actions": ("account_id", "subscription_name"),
}
