"""What people say of instances: R6."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .accounts import Accounts
from .instances import Instance, Label
from .landing import Landing
from .readable import known
from .values import OLDEST, Open, Row, blank


def host_of(text: str) -> str:
    """Reduce a host to what a person means: no scheme, user, port, path and dot at the end (R6.2)."""
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text.strip().lower())
    host = re.split(r"[/?#]", host, maxsplit=1)[0].rsplit("@", 1)[-1]
    return re.sub(r":[0-9]*$", "", host).removesuffix(".")


def winning(rows: Iterable[Row]) -> Row | None:
    """Give the row updated last, blank and unreadable being oldest, ties by file order: the later (R6.2, R16.2)."""
    best: Row | None = None
    for row in rows:
        if best is None or updated(row) >= updated(best):
            best = row
    return best


def updated(row: Row) -> object:
    """Give the time of a label's update to compare by (R6.2, R16.2)."""
    return known(row.get("updated_at")) or OLDEST


def put_labels(landing: Landing, instances: dict[str, Instance], accounts: Accounts) -> list[Row]:
    """Give each instance its winning label and list the labels that match none (R6.1 to R6.3)."""
    rows = landing.table("gainsight/instance_info")
    exact: dict[tuple[str, str], list[Row]] = {}
    by_uuid: dict[str, list[Row]] = {}
    by_namespace: dict[str, list[Row]] = {}
    for row in rows:
        if not blank(row.get("instance_uuid")):
            if blank(row.get("hostname")):
                by_uuid.setdefault(row["instance_uuid"], []).append(row)
            else:
                exact.setdefault((row["instance_uuid"], host_of(row["hostname"])), []).append(row)
        if not blank(row.get("namespace_id")):
            by_namespace.setdefault(row["namespace_id"], []).append(row)
    for instance in instances.values():
        if instance.namespace_id is not None:
            row = winning(by_namespace.get(instance.namespace_id, []))
        else:
            key = (instance.uuid, host_of(instance.hostname))
            row = winning(exact.get(key) or by_uuid.get(instance.uuid, []))
        said = known(row.get("instancetype")) if row else None
        instance.label = Label(
            instance_type="Production" if instance.namespace_id else said or "Unknown",
            opted_out=bool(row) and row.get("included_in_health_measures") is False,
            account_id=accounts.resolve(row.get("crm_acct_id")) if row else None,
        )
    return [row for row in rows if not matches(row, instances)]


def matches(row: Row, instances: dict[str, Instance]) -> bool:
    """Tell whether a label names an instance that there is (R6.2)."""
    for instance in instances.values():
        if instance.namespace_id is not None:
            if row.get("namespace_id") == instance.namespace_id:
                return True
        elif row.get("instance_uuid") == instance.uuid and (
            blank(row.get("hostname")) or host_of(row["hostname"]) == host_of(instance.hostname)
        ):
            return True
    return False


def label_findings(unmatched: list[Row], accounts: Accounts) -> list[Row]:
    """List the labels that match no instance (R6.2)."""
    return [
        {
            "finding": "label_without_instance",
            "subject_type": Open(),
            "subject_id": Open(),
            "account_id": accounts.resolve(row.get("crm_acct_id")),
            "about": {row.get("instance_uuid") or row.get("namespace_id") or ""},
            "detail": Open(),
        }
        for row in unmatched
    ]
