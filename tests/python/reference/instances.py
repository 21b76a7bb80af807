"""Instances and what they reported: R2, R9.1."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from .landing import Landing, last_of_each
from .pings import BILLABLE, Metric, Ping, Reading, Release, classify_exported, failed, read_exported
from .subscriptions import Subscription
from .values import Row, blank

EXCLUDED_UUIDS = ("ea8bf810-1d6f-4a6a-b4fd-93e8cbd8b57f",)
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
    ever_usable: set[str] = field(default_factory=set)

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
        return read_exported((self.metrics or {}).get(metric.key_path), metric, self.ever_usable)

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
    ever_usable: set[str] = field(default_factory=set)
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
        return Usage(
            midnight(max(days)),
            seats=self.seats.get(seats),
            metrics=self.metrics.get(metrics),
            ever_usable=self.ever_usable,
        )

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


def read_instances(landing: Landing, pings: Iterable[Ping], as_of: date) -> dict[str, Instance]:
    """Collect instances and namespaces from accepted usage (R2.1, R2.3, R1.5)."""
    instances: dict[str, Instance] = {}
    ever_usable: set[str] = set()
    for ping in pings:
        if ping.uuid.lower() in EXCLUDED_UUIDS:
            continue
        identity = md5(f"instance|{ping.uuid}|{ping.hostname}")
        instance = instances.setdefault(identity, Instance(identity, uuid=ping.uuid, hostname=ping.hostname))
        instance.pings.append(ping)

    def namespace(row: Row, column: str) -> Instance:
        """Find or add the instance of a namespace (R2.1)."""
        identity = md5(f"namespace|{row[column]}")
        return instances.setdefault(identity, Instance(identity, namespace_id=row[column], ever_usable=ever_usable))

    seats = landing.table("saas/namespace_seats")
    for row in last_of_each(seats, lambda row: (row["namespace_id"], row["ping_date"])):
        day = date.fromisoformat(row["ping_date"])
        if not blank(row["namespace_id"]) and day <= as_of:
            namespace(row, "namespace_id").seats[day] = row
    exported = landing.table("saas/namespace_metrics")
    parent = "namespace_ultimate_parent_id"
    for row in last_of_each(exported, lambda row: (row[parent], row["ping_name"], row["ping_date"])):
        day = date.fromisoformat(row["ping_date"])
        if not blank(row[parent]) and day <= as_of:
            namespace(row, parent).metrics.setdefault(day, {})[row["ping_name"]] = row
            if not failed(row) and classify_exported(row.get("counter_value"))[0] is not None:
                ever_usable.add(row["ping_name"])
    for instance in instances.values():
        instance.close()
    return instances
