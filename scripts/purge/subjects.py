"""What belongs to an instance or an account, by what the last build made of the landing (R23.4).

Ids that others share stay: a hostname of a second server, a subscription name that another account has too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from scripts.purge.keys import Ids, comparable, server_id
from scripts.settings import SeatwiseError

KINDS = ("instance", "account")


@dataclass
class Subject:
    """An instance or account to be purged: its ids by kind, and its servers (uuid, hostname), all as they compare.

    `touched` are accounts that stay, and whose figures change; `records` are CRM ids with 15 characters, in their case.
    """

    kind: str
    ids: dict[str, set[str]] = field(default_factory=dict)
    servers: set[tuple[str, str]] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    records: set[str] = field(default_factory=set)

    def add(self, kind: str, values: Iterable[Any]) -> None:
        """Add ids of a kind; blanks are none."""
        known = self.ids.setdefault(kind, set())
        known |= {value for text in values if (value := comparable(kind, None if text is None else str(text)))}

    def frozen(self) -> Ids:
        """Return the ids, and what stands for each server as a whole."""
        pairs = frozenset(server_id(*server) for server in self.servers)
        return {**{kind: frozenset(values) for kind, values in self.ids.items()}, "server": pairs}

    def as_json(self) -> dict[str, Any]:
        """Return the subject as the journal keeps it."""
        return {
            "kind": self.kind,
            "ids": {kind: sorted(values) for kind, values in self.ids.items()},
            "servers": sorted(self.servers),
            "touched": sorted(self.touched),
            "records": sorted(self.records),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Subject:
        """Return the subject that the journal has kept."""
        return cls(
            values["kind"],
            {kind: set(texts) for kind, texts in values["ids"].items()},
            {(uuid, hostname) for uuid, hostname in values["servers"]},
            set(values["touched"]),
            set(values["records"]),
        )


def read_subjects(file: Path) -> list[Subject]:
    """Return the subjects of operations/purge_requests with all that is theirs, by the file that the last build wrote.

    Raises SeatwiseError, one line, where that has no requests table, or a request is of no known kind.
    """
    if not file.exists():
        raise SeatwiseError(f"{file} does not exist: what belongs to a subject is known after a build: run make build")
    with duckdb.connect(file, read_only=True) as connection:
        try:
            requests = connection.execute(
                "select distinct subject_type, subject_id from landing.operations_purge_requests"
                " where trim(coalesce(subject_id, '')) <> '' order by all"
            ).fetchall()
        except duckdb.CatalogException:
            return []
        return [subject_of(connection, (kind or "").strip().lower(), text) for kind, text in requests]


def subject_of(connection: duckdb.DuckDBPyConnection, kind: str, text: str) -> Subject:
    """Return a subject with all that is its own."""
    if kind not in KINDS:
        raise SeatwiseError(f"operations/purge_requests: '{kind}' is no subject: give {' or '.join(KINDS)}")
    subject = Subject(kind)
    subject.add(kind, [text])
    if kind == "account":
        add_account(connection, subject, comparable("account", text))
        rows = "select instance_id from main.dim_instances where lower(account_id) = $1"
        instances = [row for (row,) in connection.execute(rows, [comparable("account", text)]).fetchall()]
    else:
        instances = [comparable("instance", text)]
        rows = "select distinct account_id from intermediate.int_instances_as_of where instance_id = $1"
        found = connection.execute(rows, instances).fetchall()
        subject.touched = {account for (account,) in found if account}
    add_instances(connection, subject, instances)
    return subject


def add_account(connection: duckdb.DuckDBPyConnection, subject: Subject, account: str) -> None:
    """Add the records merged into an account, what it is billed for, and the licences of that."""

    def column(query: str, *parameters: Any) -> list[Any]:
        return [value for (value,) in connection.execute(query, list(parameters)).fetchall()]

    survivors = "select account_id from intermediate.int_account_survivors where lower(surviving_account_id) = $1"
    merged = column(survivors, account)
    subject.add("account", merged)
    subject.records = {record[:15] for record in merged if len(record) == 18}
    records = sorted(subject.ids["account"])
    billed = column(
        "select billing_account_id from staging.stg_zuora__accounts where list_contains($1, lower(crm_account_id))",
        records,
    )
    subject.add("billing_account", billed)
    versions = connection.execute(
        "select subscription_id, subscription_name, namespace_id from staging.stg_zuora__subscriptions"
        " where list_contains($1, billing_account_id)",
        [billed],
    ).fetchall()
    ids = [version[0] for version in versions]
    subject.add("subscription", ids)
    others = connection.execute(
        "select subscription_name, namespace_id from staging.stg_zuora__subscriptions"
        " where not list_contains($1, coalesce(billing_account_id, ''))",
        [billed],
    ).fetchall()
    names = sorted({version[1] for version in versions if version[1]} - {other[0] for other in others})
    subject.add("subscription_name", names)
    subject.add("namespace", {version[2] for version in versions} - {other[1] for other in others})
    plans = column(
        "select rate_plan_id from staging.stg_zuora__rate_plans where list_contains($1, subscription_id)", ids
    )
    subject.add("rate_plan", plans)
    licences = connection.execute(
        "select license_id, license_md5, license_sha256 from staging.stg_customers_dot__licenses"
        " where list_contains($1, subscription_id) or list_contains($2, subscription_name)",
        [ids, names],
    ).fetchall()
    subject.add("license", [licence[0] for licence in licences])
    subject.add("license_hash", [value for licence in licences for value in licence[1:]])


def add_instances(connection: duckdb.DuckDBPyConnection, subject: Subject, instances: list[str]) -> None:
    """Add instances with their uuid, hostname or namespace, as far as no other instance has the same."""
    subject.add("instance", instances)
    rows = connection.execute(
        "select instance_uuid, hostname, namespace_id, list_contains($1, instance_id) from intermediate.int_instances",
        [sorted(subject.ids["instance"])],
    ).fetchall()
    own = [row[:3] for row in rows if row[3]]
    others = [row[:3] for row in rows if not row[3]]
    subject.servers = {(uuid, hostname or "") for uuid, hostname, _ in own if uuid}
    for place, kind in enumerate(("instance_uuid", "hostname", "namespace")):
        elsewhere = {comparable(kind, row[place]) for row in others}
        subject.add(kind, (row[place] for row in own if comparable(kind, row[place]) not in elsewhere))
