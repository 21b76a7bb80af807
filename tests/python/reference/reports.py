"""Reports of figures that somebody takes for wrong: R22."""

from __future__ import annotations

import re
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from .instances import Instance
from .landing import Landing, last_of_each
from .money import half_up
from .readable import expected_number
from .subscriptions import Contracts
from .values import Holds, Open, Row, blank, month_of

AMOUNTS = ("billable_user_count", "licenses_sold", "license_utilization", "arr", "arr_reporting")
# The figures of each subject, and the marts that have them (R22.3).
FIGURES: dict[str, dict[str, str]] = {
    "account": dict.fromkeys(AMOUNTS, "fct_account_utilization_monthly")
    | dict.fromkeys(("health_score", "health_color"), "fct_account_health_monthly"),
    "subscription": dict.fromkeys(AMOUNTS, "fct_subscription_utilization_monthly"),
    "instance": dict.fromkeys(("billable_user_count", "license_utilization"), "fct_product_usage_monthly"),
}
KEYS = {"account": "account_id", "subscription": "subscription_name", "instance": "instance_id"}
COLORS = ("Red", "Yellow", "Green")
UNEXPLAINED = ("explained_by_finding", "no_cause_found")


def report_rows(
    landing: Landing,
    contracts: Contracts,
    instances: dict[str, Instance],
    marts: dict[str, list[Row]],
    as_of: date,
) -> list[Row]:
    """Build `fct_usage_reports` (R22)."""
    by_key = {
        subject: {
            (mart, row[KEYS[subject]], row["month"]): row for mart in set(figures.values()) for row in marts[mart]
        }
        for subject, figures in FIGURES.items()
    }
    rows: list[Row] = []
    for report in last_of_each(landing.table("operations/usage_reports"), lambda row: row.get("report_id")):
        at = report.get("reported_at")
        if blank(report.get("report_id")) or not isinstance(at, datetime) or at.date() > as_of:
            continue
        closed = report.get("closed_at")
        closed = closed if isinstance(closed, datetime) and closed.date() <= as_of else None
        subject, identity = subject_of(report, contracts, instances)
        month = month_in(report.get("month")) or month_of(as_of)
        figure = re.sub(r"[\s_-]+", "_", (report.get("figure") or "").strip().lower())
        mart = FIGURES.get(subject or "", {}).get(figure)
        row = by_key[subject].get((mart, identity, month)) if subject and mart and identity else None
        value = row.get(figure) if row else None
        rows.append(
            {
                "report_id": report["report_id"].strip(),
                "reported_at": at,
                "closed_at": closed,
                "month": month,
                "value_now": shown(value),
                "age_days": ((closed.date() if closed else as_of) - at.date()).days,
                "verdict": verdict(report, identity, mart, row, value, named(marts, subject, identity)),
            }
        )
    return rows


def subject_of(report: Row, contracts: Contracts, instances: dict[str, Instance]) -> tuple[str | None, str | None]:
    """Give the narrowest subject that a report names, and which one it is (R22.2)."""
    if not blank(uuid := report.get("instance_uuid")):
        of_uuid = [item for item in instances.values() if (item.uuid or "").lower() == uuid.strip().lower()]
        latest = max((item.pings[-1].recorded_at for item in of_uuid), default=None)
        found = sorted(item.instance_id for item in of_uuid if item.pings[-1].recorded_at == latest)
        return "instance", found[0] if found else None
    if not blank(name := report.get("subscription_name")):
        # Every lineage with a current version is known (R8.8).
        is_known = name.strip() in contracts.by_name
        return "subscription", name.strip() if is_known else None
    if not blank(text := report.get("account_id")):
        return "account", contracts.accounts.resolve(text)
    return None, None


def month_in(text: Any) -> date | None:
    """Read a month, by a day of it or as YYYY-MM; what nobody can read acts as blank (R22.2, R16.2)."""
    match = re.match(r"\s*(\d{4})-(\d\d)(?:-\d\d.*|\s*)$", text or "")
    if not match or not 1 <= int(match.group(2)) <= 12:
        return None
    return date(int(match.group(1)), int(match.group(2)), 1)


def matches(expected: Any, value: Any) -> bool:
    """Tell whether a figure is what was expected, at the decimals that were expected (R22.3)."""
    text = expected if isinstance(expected, str) else None
    if value is None or text is None:
        return False
    if isinstance(value, str):
        return value.lower() == text.strip().lower()
    number = expected_number(text)
    return number is not None and half_up(Fraction(value), number[1]) == number[0]


def named(marts: dict[str, list[Row]], subject: str | None, identity: str | None) -> bool:
    """Tell whether a finding that the reference knows of names the subject itself (R22.4)."""
    return any(
        row["subject_type"] == subject and row["subject_id"] == identity and not row.get("is_optional")
        for row in marts["fct_data_quality_findings"]
        if isinstance(row["subject_type"], str) and isinstance(row["subject_id"], str)
    )


def verdict(report: Row, identity: str | None, mart: str | None, row: Row | None, value: Any, is_named: bool) -> Any:
    """Give the first verdict that applies; not all findings are named by rules (R22.4)."""
    if identity is None:
        return "unknown_subject"
    if mart is None:
        return "unknown_figure"
    if isinstance(value, Open):
        return Open()
    if matches(report.get("expected_value"), value):
        return "value_matches_expected"
    if row is None or value is None:
        return "explained_by_status"
    rest = UNEXPLAINED[:1] if is_named else UNEXPLAINED
    # Whether a word for no colour is N/A is nothing that the rules decide.
    is_no_color = isinstance(value, str) and value not in COLORS
    return Open(*rest, *(["explained_by_status"] if is_no_color else []))


def shown(value: Any) -> Any:
    """Give what a text that shows a figure holds: six decimals, for how it is written is open (R22.1)."""
    if value is None or isinstance(value, str | Open):
        return value
    number = Fraction(value)
    digits = f"{abs(int(number * 10**6)):07d}"
    text = f"{digits[:-6]}.{digits[-6:]}".rstrip("0").rstrip(".")
    return Holds(text)
