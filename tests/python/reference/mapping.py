"""The way from usage to a subscription, and what instances show: R7, `dim_instances`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from fractions import Fraction

from .instances import Instance, Mapping, Usage, midnight
from .landing import Landing, last_of_each
from .pings import Metric, Ping, Release, is_prerelease, release_text
from .readable import known
from .subscriptions import Contracts, Subscription
from .values import OLDEST, Open, Row, blank, plain_hash


def licence_rank(row: Row) -> tuple:
    """Order licences and orders: the latest `updated_at`, then the largest id (R7.1)."""
    identity = row.get("id") or ""
    number = int(identity) if identity.isdigit() else -1
    return (known(row.get("updated_at")) or OLDEST, number, identity)


class Mapper:
    """Finds the subscription of a usage (R7)."""

    def __init__(self, landing: Landing, contracts: Contracts) -> None:
        """Read the mapping tables, as last received for every month (R7.1, R7.4)."""
        self.contracts = contracts
        self.overrides: dict[str, str] = {}
        for row in landing.table("operations/license_overrides"):
            if plain_hash(row.get("license_hash")) and not blank(row.get("zuora_subscription_name")):
                self.overrides[plain_hash(row["license_hash"])] = row["zuora_subscription_name"]
        self.licences = last_of_each(landing.table("customers_dot/licenses"), lambda row: row["id"])
        self.by_hash: dict[str, dict[str, Row]] = {"license_sha256": {}, "license_md5": {}}
        for row in sorted(self.licences, key=licence_rank):
            for kind, column in (("license_sha256", "license_file_sha256"), ("license_md5", "license_file_md5")):
                if plain_hash(row.get(column)):
                    self.by_hash[kind][plain_hash(row[column])] = row
        orders = last_of_each(landing.table("customers_dot/orders"), lambda row: row.get("id"))
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

    def history(self, instance: Instance) -> Iterator[tuple[datetime, Mapping]]:
        """Give the time of each usage and what it was mapped to then (R7.5)."""
        if instance.namespace_id is None:
            yield from ((ping.recorded_at, self.of_ping(ping)) for ping in instance.pings)
            return
        for day in sorted({*instance.seats, *instance.metrics}):
            yield midnight(day), self.of_namespace(instance.namespace_id, day)

    def licence_in_force(self, subscription: Subscription, day: date) -> Row | None:
        """Find the licence in force: no trial, end exclusive, latest start, ties as in R7.1 (R8.6)."""
        best: Row | None = None
        for row in self.licences_of.get(subscription.name, []):
            start, end = known(row.get("starts_at")), known(row.get("expires_at"))
            if row.get("trial") is True or start is None or start > day or (end and end <= day):
                continue
            if best is None or (start, *licence_rank(row)) > (best["starts_at"], *licence_rank(best)):
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


def usage_today(instance: Instance, mapper: Mapper, metrics: dict[str, Metric], as_of: date) -> Row:
    """Give the figures of an instance's usage as of the as-of date, NULL without one (R9.1, R9.4)."""
    usage = instance.usage_as_of(as_of)
    sold_by = mapper.of_usage(instance, usage, as_of).subscription if usage else None
    users = usage.billable(metrics)[0] if usage else None
    licenses = sold_by.licenses_sold(as_of) if sold_by else None
    return {
        "tier": sold_by.tier(as_of) if sold_by else None,
        "billable_user_count": users,
        "licenses_sold": licenses,
        "license_utilization": Fraction(users) / licenses if users is not None and licenses else None,
    }


def dim_instances(
    instances: dict[str, Instance],
    mapper: Mapper,
    metrics: dict[str, Metric],
    releases: list[tuple[Release, date]],
    as_of: date,
    names: dict[str, str | None],
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
                "namespace_name": names.get(instance.namespace_id),
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
                **usage_today(instance, mapper, metrics, as_of),
                "shares_hostname": bool(instance.hostname) and len(hosts[instance.hostname]) > 1,
                "shares_uuid": instance.uuid is not None and len(uuids[instance.uuid]) > 1,
            }
        )
    return rows
