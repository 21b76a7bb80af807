"""Instances, their labels and the way from usage to a subscription: R2, R6, R7."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path

from .landing import last_of_each, read_table
from .pings import (
    BILLABLE,
    Metric,
    Ping,
    Reading,
    Release,
    classify_exported,
    is_prerelease,
    read_exported,
    release_text,
)
from .subscriptions import Contracts, Subscription
from .values import OLDEST, Open, Row, blank, is_true, plain_hash, to_date, to_time

EXCLUDED_UUIDS = ("ea8bf810-1d6f-4a6a-b4fd-93e8cbd8b57f",)
INSTANCE_TYPES = {
    name.lower(): name for name in ("Production", "Non-Production", "Obsolete", "Geo Secondary Node", "Unknown")
}
USAGE_DAYS = 60


@dataclass(frozen=True)
class Mapping:
    """The subscription of a usage and how it was found, or why not (R7.1, R7.3)."""

    subscription: Subscription | None = None
    method: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Label:
    """What people say of an instance (R6)."""

    instance_type: str
    opted_out: bool
    account_id: str | None


@dataclass
class Usage:
    """What an instance reported, as of some day (R9.1)."""

    ping_at: datetime
    ping: Ping | None = None
    seats: Row | None = None
    metrics: dict[str, Row] | None = None

    @property
    def delivery_type(self) -> str:
        """Give the delivery type that the usage says of itself (R2.2)."""
        return self.ping.delivery_type if self.ping else "SaaS"

    @property
    def deployment_type(self) -> str:
        """Give the deployment type that the usage says of itself (R2.2)."""
        return self.ping.deployment_type if self.ping else "GitLab.com"

    @property
    def release(self) -> Release | None:
        """Give the release; namespaces have none (R3, R5.6)."""
        return self.ping.release if self.ping else None

    def read(self, metric: Metric) -> Reading:
        """Read a metric by the rules of its kind (R5.5, R5.6)."""
        if self.ping:
            return self.ping.read(metric)
        return read_exported((self.metrics or {}).get(metric.key_path), metric)

    def billable(self, metrics: dict[str, Metric]) -> Reading:
        """Read the billable users: of a namespace its seats in use (R9.2)."""
        if self.ping:
            return self.ping.read(metrics[BILLABLE])
        return classify_exported(self.seats.get("seats_in_use") if self.seats else None)


@dataclass
class Instance:
    """One self-managed server or one SaaS namespace (R2.1)."""

    instance_id: str
    uuid: str | None = None
    hostname: str | None = None
    namespace_id: str | None = None
    pings: list[Ping] = field(default_factory=list)
    seats: dict[date, Row] = field(default_factory=dict)
    metrics: dict[date, dict[str, Row]] = field(default_factory=dict)
    label: Label = Label("Unknown", False, None)

    @property
    def counts(self) -> bool:
        """Tell whether it enters utilisation and health: Production and not opted out (R6.4, R6.5)."""
        return self.label.instance_type == "Production" and not self.label.opted_out

    def close(self) -> None:
        """Sort what was collected, so that usage can be looked up by day (R9.1)."""
        self.pings.sort(key=lambda ping: ping.recorded_at)
        self._times = [ping.recorded_at for ping in self.pings]
        self._seat_days = sorted(self.seats)
        self._metric_days = sorted(self.metrics)

    def first_at(self) -> datetime:
        """Give the time of the first usage (`dim_instances`)."""
        days = self._seat_days[:1] + self._metric_days[:1]
        return self._times[0] if self.pings else midnight(min(days))

    def latest_usage(self) -> Usage:
        """Give the latest usage of all: received by the as-of date, so recorded on the day after it at most (R7.5)."""
        usage = self.usage(None, date.max)
        assert usage is not None  # an instance exists by its usage
        return usage

    def usage(self, first: date | None, last: date) -> Usage | None:
        """Give the latest usage from `first` to `last`; of a namespace, of each kind its latest date (R9.1)."""
        if self.namespace_id is None:
            at = bisect_right(self._times, datetime.combine(last, time.max)) - 1
            if at < 0 or (first and self._times[at].date() < first):
                return None
            return Usage(self._times[at], ping=self.pings[at])
        seats, metrics = latest(self._seat_days, first, last), latest(self._metric_days, first, last)
        days = [day for day in (seats, metrics) if day]
        if not days:
            return None
        return Usage(midnight(max(days)), seats=self.seats.get(seats), metrics=self.metrics.get(metrics))

    def usage_as_of(self, day: date) -> Usage | None:
        """Give the usage as of D: not more than 60 days before it (R9.1)."""
        return self.usage(day - timedelta(days=USAGE_DAYS), day)


def midnight(day: date) -> datetime:
    """Give the midnight that a date stands for (R9.1)."""
    return datetime.combine(day, time.min)


def latest(days: list[date], first: date | None, last: date) -> date | None:
    """Give the latest of sorted days within bounds (R9.1)."""
    start = bisect_left(days, first) if first else 0
    end = bisect_right(days, last)
    return days[end - 1] if end > start else None


def md5(text: str) -> str:
    """Hash an instance's identity (R2.1)."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def read_instances(landing: Path, pings: Iterable[Ping], as_of: date) -> dict[str, Instance]:
    """Collect instances and namespaces from accepted usage (R2.1, R2.3, R1.5)."""
    instances: dict[str, Instance] = {}
    for ping in pings:
        if ping.uuid.lower() in EXCLUDED_UUIDS:
            continue
        identity = md5(f"instance|{ping.uuid}|{ping.hostname}")
        instance = instances.setdefault(identity, Instance(identity, uuid=ping.uuid, hostname=ping.hostname))
        instance.pings.append(ping)

    def namespace(row: Row, column: str) -> Instance:
        """Find or add the instance of a namespace (R2.1)."""
        identity = md5(f"namespace|{row[column]}")
        return instances.setdefault(identity, Instance(identity, namespace_id=row[column]))

    seats = read_table(landing, "saas/namespace_seats")
    for row in last_of_each(seats, lambda row: (row["namespace_id"], row["ping_date"])):
        day = to_date(row["ping_date"])
        if not blank(row["namespace_id"]) and day and day <= as_of:
            namespace(row, "namespace_id").seats[day] = row
    exported = read_table(landing, "saas/namespace_metrics")
    parent = "namespace_ultimate_parent_id"
    for row in last_of_each(exported, lambda row: (row[parent], row["ping_name"], row["ping_date"])):
        day = to_date(row["ping_date"])
        if not blank(row[parent]) and day and day <= as_of:
            namespace(row, parent).metrics.setdefault(day, {})[row["ping_name"]] = row
    for instance in instances.values():
        instance.close()
    return instances


def winning(rows: list[Row]) -> Row | None:
    """Give the row updated last, blank being oldest, ties by file order: the later (R6.2)."""
    best: Row | None = None
    for row in rows:
        if best is None or (to_time(row.get("updated_at")) or OLDEST) >= (to_time(best.get("updated_at")) or OLDEST):
            best = row
    return best


def put_labels(landing: Path, instances: dict[str, Instance], contracts: Contracts) -> None:
    """Give each instance its winning label (R6.1 to R6.3)."""
    exact: dict[tuple[str, str], list[Row]] = {}
    by_uuid: dict[str, list[Row]] = {}
    by_namespace: dict[str, list[Row]] = {}
    for row in read_table(landing, "gainsight/instance_info"):
        if not blank(row.get("instance_uuid")):
            if blank(row.get("hostname")):
                by_uuid.setdefault(row["instance_uuid"], []).append(row)
            else:
                exact.setdefault((row["instance_uuid"], row["hostname"].lower()), []).append(row)
        if not blank(row.get("namespace_id")):
            by_namespace.setdefault(row["namespace_id"], []).append(row)
    for instance in instances.values():
        if instance.namespace_id is not None:
            row = winning(by_namespace.get(instance.namespace_id, []))
        else:
            rows = exact.get((instance.uuid, instance.hostname)) or by_uuid.get(instance.uuid, [])
            row = winning(rows)
        wanted = ((row or {}).get("instancetype") or "").strip().lower()
        instance.label = Label(
            instance_type="Production" if instance.namespace_id else INSTANCE_TYPES.get(wanted, "Unknown"),
            opted_out=((row or {}).get("included_in_health_measures") or "").strip().lower() == "opt-out",
            account_id=contracts.accounts.resolve(row.get("crm_acct_id")) if row else None,
        )


def licence_rank(row: Row) -> tuple:
    """Order licences and orders: the latest `updated_at`, then the largest id (R7.1)."""
    identity = row.get("id") or ""
    number = int(identity) if identity.isdigit() else -1
    return (to_time(row.get("updated_at")) or OLDEST, number, identity)


class Mapper:
    """Finds the subscription of a usage (R7)."""

    def __init__(self, landing: Path, contracts: Contracts) -> None:
        """Read the mapping tables, as last received for every month (R7.1, R7.4)."""
        self.contracts = contracts
        self.overrides: dict[str, str] = {}
        for row in read_table(landing, "operations/license_overrides"):
            if plain_hash(row.get("license_hash")) and not blank(row.get("zuora_subscription_name")):
                self.overrides[plain_hash(row["license_hash"])] = row["zuora_subscription_name"]
        self.licences = last_of_each(read_table(landing, "customers_dot/licenses"), lambda row: row["id"])
        self.by_hash: dict[str, dict[str, Row]] = {"license_sha256": {}, "license_md5": {}}
        for row in sorted(self.licences, key=licence_rank):
            for kind, column in (("license_sha256", "license_file_sha256"), ("license_md5", "license_file_md5")):
                if plain_hash(row.get(column)):
                    self.by_hash[kind][plain_hash(row[column])] = row
        orders = last_of_each(read_table(landing, "customers_dot/orders"), lambda row: row.get("id"))
        self.order_of: dict[str, Row] = {
            row["gl_namespace_id"]: row
            for row in sorted(orders, key=licence_rank)
            if not blank(row.get("gl_namespace_id"))
        }
        self._of_ping: dict[int, Mapping] = {}

    def of_licence(self, row: Row) -> Subscription | None:
        """Follow a licence: by Zuora id of any version, else by name (R7.2)."""
        return self.contracts.by_id(row.get("zuora_subscription_id")) or self.contracts.by_lineage(
            row.get("zuora_subscription_name")
        )

    def of_ping(self, ping: Ping) -> Mapping:
        """Map a ping by itself: the first method that yields a subscription (R7.1, R7.3)."""
        if id(ping) not in self._of_ping:
            self._of_ping[id(ping)] = self._map_ping(ping)
        return self._of_ping[id(ping)]

    def _map_ping(self, ping: Ping) -> Mapping:
        """Try the methods in order; without success, give the reason furthest along (R7.1, R7.3)."""
        kinds = ("license_sha256", "license_md5")
        hashes = {kind: plain_hash(ping.payload.get(kind)) for kind in kinds}
        reason = "license_unknown" if any(hashes.values()) else "no_license"
        named = False
        for kind in kinds:
            name = self.overrides.get(hashes[kind] or "")
            named = named or name is not None
            found = self.contracts.by_lineage(name)
            if found:
                return Mapping(found, "override")
        for kind in kinds:
            licence = self.by_hash[kind].get(hashes[kind] or "")
            if licence is None:
                continue
            found = self.of_licence(licence)
            if found:
                return Mapping(found, kind)
            reason = "license_without_subscription"
            if not blank(licence.get("zuora_subscription_id")) or not blank(licence.get("zuora_subscription_name")):
                named = True
        wanted = ping.payload.get("license_subscription_id")
        if isinstance(wanted, str) and not blank(wanted):
            named = True
            found = self.contracts.by_id(wanted) or self.contracts.by_lineage(wanted)
            if found:
                return Mapping(found, "license_subscription_id")
        return Mapping(reason="subscription_unknown" if named else reason)

    def of_namespace(self, namespace_id: str, day: date) -> Mapping:
        """Map a namespace on D: by the subscription that names it, else by its latest order (R7.4)."""
        naming = [item for item in self.contracts.counted() if item.namespace_id == namespace_id]
        if naming:
            naming.sort(key=lambda item: item.name)
            naming.sort(key=lambda item: item.starts_on or date.min, reverse=True)
            naming.sort(key=lambda item: not item.is_live(day))
            return Mapping(naming[0], "namespace_id")
        order = self.order_of.get(namespace_id)
        found = self.contracts.by_lineage(order.get("subscription_name")) if order else None
        return Mapping(found, "order") if found else Mapping(reason="namespace_not_linked")

    def of_usage(self, instance: Instance, usage: Usage, day: date) -> Mapping:
        """Map a usage: a ping for itself, a namespace as linked on D (R7.4, R7.5)."""
        return self.of_ping(usage.ping) if usage.ping else self.of_namespace(instance.namespace_id, day)

    def licence_in_force(self, subscription: Subscription, day: date) -> Row | None:
        """Find the licence in force: no trial, end exclusive, latest start, ties as in R7.1 (R8.6)."""
        best: Row | None = None
        for row in self.licences_of.get(subscription.name, []):
            start, end = to_date(row.get("starts_at")), to_date(row.get("expires_at"))
            if is_true(row.get("trial")) or start is None or start > day or (end and end <= day):
                continue
            if best is None or (start, *licence_rank(row)) > (to_date(best["starts_at"]), *licence_rank(best)):
                best = row
        return best

    @property
    def licences_of(self) -> dict[str, list[Row]]:
        """Group the licences by the subscription they give (R7.2, R8.6)."""
        if not hasattr(self, "_licences_of"):
            self._licences_of: dict[str, list[Row]] = {}
            for row in self.licences:
                found = self.of_licence(row)
                if found:
                    self._licences_of.setdefault(found.name, []).append(row)
        return self._licences_of


def account_of(instance: Instance, mapping: Mapping) -> str | None:
    """Give the account of a usage: its subscription's, else the one its label names (R7.5)."""
    return mapping.subscription.account_id if mapping.subscription else instance.label.account_id


def suggested_type(
    instance: Instance,
    mapping: Mapping,
    of_subscription: dict[str, int],
    metrics: dict[str, Metric],
    day: date,
) -> str | None:
    """Suggest Production for an Unknown instance: the only one, or 20 % of the licences as of D (R6.6)."""
    if instance.label.instance_type != "Unknown" or mapping.subscription is None:
        return None
    if of_subscription[mapping.subscription.name] == 1:
        return "Production"
    usage, licenses = instance.usage(None, day), mapping.subscription.licenses_sold(day)
    billable = usage.billable(metrics)[0] if usage else None
    if billable is not None and licenses and billable >= Fraction(1, 5) * licenses:
        return "Production"
    return None


def dim_instances(
    instances: dict[str, Instance],
    mapper: Mapper,
    metrics: dict[str, Metric],
    releases: list[tuple[Release, date]],
    as_of: date,
) -> list[Row]:
    """Build `dim_instances`: every instance by its latest ping (R2, R3, R6, R7.5)."""
    hosts: dict[str, set[str]] = {}
    uuids: dict[str, set[str]] = {}
    found: dict[str, tuple[Usage, Mapping]] = {}
    of_subscription: dict[str, int] = {}
    for instance in instances.values():
        usage = instance.latest_usage()
        mapping = mapper.of_usage(instance, usage, as_of)
        found[instance.instance_id] = usage, mapping
        if mapping.subscription:
            of_subscription[mapping.subscription.name] = of_subscription.get(mapping.subscription.name, 0) + 1
        if instance.uuid is not None:
            hosts.setdefault(instance.hostname, set()).add(instance.uuid)
            uuids.setdefault(instance.uuid, set()).add(instance.hostname)
    rows: list[Row] = []
    for instance in instances.values():
        usage, mapping = found[instance.instance_id]
        version = usage.ping.payload.get("version") if usage.ping else None
        release = usage.release
        newer = sum(1 for other, released in releases if release and other > release and released <= as_of)
        rows.append(
            {
                "instance_id": instance.instance_id,
                "delivery_type": usage.delivery_type,
                "deployment_type": usage.deployment_type,
                "instance_uuid": instance.uuid,
                "hostname": Open(instance.hostname, usage.ping.raw_hostname) if instance.hostname else Open(None, ""),
                "namespace_id": instance.namespace_id,
                "version": version if version is None or (isinstance(version, str) and version) else Open(),
                "release": release_text(release),
                "is_prerelease": is_prerelease(version),
                "releases_behind": newer if release else None,
                "instance_type": instance.label.instance_type,
                "is_opted_out_of_health": instance.label.opted_out,
                "suggested_instance_type": suggested_type(instance, mapping, of_subscription, metrics, as_of),
                "subscription_name": mapping.subscription.name if mapping.subscription else None,
                "account_id": account_of(instance, mapping),
                "mapping_method": mapping.method,
                "unmapped_reason": mapping.reason,
                "first_ping_at": instance.first_at(),
                "last_ping_at": usage.ping_at,
                "shares_hostname": bool(instance.hostname) and len(hosts[instance.hostname]) > 1,
                "shares_uuid": instance.uuid is not None and len(uuids[instance.uuid]) > 1,
            }
        )
    return rows
