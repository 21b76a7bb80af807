"""Licence utilisation and why it is missing: R9, R10."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from .instances import USAGE_DAYS, Instance, Usage
from .mapping import Mapper
from .money import Rates, account_money, subscription_money
from .pings import Metric
from .readable import known
from .subscriptions import Contracts, Subscription, account_arr
from .values import Open, Row

STATUSES = (
    "not_sharing_by_contract",
    "namespace_not_linked",
    "usage_not_mapped",
    "no_ping_received",
    "stopped_reporting",
    "no_production_instance",
    "opted_out",
    "release_before_billable_users",
    "billable_users_unavailable",
    "licenses_blank",
    "available",
)
REPORTED = "license_user_count"


@dataclass
class Member:
    """An instance that belongs to a subscription on D, with its latest usage by D (R7.5, R10.1)."""

    instance: Instance
    usage: Usage
    is_fresh: bool
    fresh_usage: Usage | None


@dataclass
class Standing:
    """A live seat-carrying subscription on D (R9)."""

    subscription: Subscription
    day: date
    members: list[Member]
    licenses_sold: Fraction | None
    sold_types: set[str]
    primaries: dict[str, Member] = field(default_factory=dict)
    billable: int | None = None
    billable_reasons: list[str | None] = field(default_factory=list)
    reported: int | None = None
    provisioned: Fraction | None = None
    term_peak: int | None = None
    status: str = ""

    @property
    def account_id(self) -> str | None:
        """Give the subscription's account (R8.8)."""
        return self.subscription.account_id

    def counted_members(self, delivery_types: set[str] | None = None) -> list[Member]:
        """List the Production, not opted-out instances, of some delivery types (R9.3)."""
        return [
            member
            for member in self.members
            if member.instance.counts and (delivery_types is None or member.usage.delivery_type in delivery_types)
        ]

    @property
    def ping_at(self) -> datetime | None:
        """Give the oldest of the pings it counts, else the latest mapped usage (R9.8)."""
        counted = [member.fresh_usage.ping_at for member in self.primaries.values()]
        if counted:
            return min(counted)
        return max((member.usage.ping_at for member in self.members), default=None)

    @property
    def both_known(self) -> bool:
        """Tell whether billable users and licences are both known (R9.6)."""
        return self.billable is not None and self.licenses_sold is not None


@dataclass
class Day:
    """Everything that a month's row speaks for: D and the standings on it."""

    month: date
    day: date
    standings: dict[str, Standing]

    def by_account(self) -> dict[str, list[Standing]]:
        """Group the standings by account; none without account (R8.8)."""
        grouped: dict[str, list[Standing]] = {}
        for standing in self.standings.values():
            if standing.account_id:
                grouped.setdefault(standing.account_id, []).append(standing)
        return grouped


def ratio(top: Fraction | int | None, bottom: Fraction | int | None) -> Fraction | None:
    """Divide; NULL when either is blank or the denominator is 0 (R9.4)."""
    return None if top is None or not bottom else Fraction(top) / Fraction(bottom)


def above(top: Fraction | int | None, bottom: Fraction | int | None) -> Fraction | None:
    """Give how much the first exceeds the second, at least 0; NULL when either is blank (R9.7)."""
    return None if top is None or bottom is None else max(Fraction(top) - Fraction(bottom), Fraction(0))


def choose_primaries(standing: Standing, metrics: dict[str, Metric]) -> None:
    """Choose the primary of each delivery type sold and sum their users (R9.3, R8.6)."""
    for delivery_type in sorted(standing.sold_types):
        candidates = [member for member in standing.counted_members({delivery_type}) if member.is_fresh]
        candidates.sort(key=lambda member: member.instance.instance_id)
        candidates.sort(key=lambda member: member.fresh_usage.ping_at, reverse=True)

        def users(member: Member) -> int:
            """Give billable users for sorting, blank last (R9.3)."""
            value = member.fresh_usage.billable(metrics)[0]
            return -1 if value is None else value

        candidates.sort(key=users, reverse=True)
        if candidates:
            standing.primaries[delivery_type] = candidates[0]
            reason = candidates[0].fresh_usage.billable(metrics)[1]
            standing.billable_reasons.append(reason)
        else:
            standing.billable_reasons.append("no_usage")
    values = [member.fresh_usage.billable(metrics)[0] for member in standing.primaries.values()]
    if standing.sold_types and len(values) == len(standing.sold_types) and None not in values:
        standing.billable = sum(values)
    reported = [member.fresh_usage.read(metrics[REPORTED])[0] for member in standing.primaries.values()]
    standing.reported = (
        sum(value for value in reported if value is not None) if any(value is not None for value in reported) else None
    )


def status_of(standing: Standing, unmapped_accounts: set[str]) -> str:
    """Give the first status that applies (R10.1)."""
    members = standing.members
    if standing.subscription.is_exempt and not members:
        return "not_sharing_by_contract"
    if standing.sold_types == {"SaaS"} and not any(member.usage.delivery_type == "SaaS" for member in members):
        return "namespace_not_linked"
    if not members:
        return "usage_not_mapped" if standing.account_id in unmapped_accounts else "no_ping_received"
    production = [member for member in members if member.instance.label.instance_type == "Production"]
    latest = max(member.usage.ping_at for member in production or members)
    if latest.date() < standing.day - timedelta(days=USAGE_DAYS):
        return "stopped_reporting"
    if not production:
        return "no_production_instance"
    if not any(member.instance.counts and member.is_fresh for member in production):
        return "opted_out"
    if not standing.sold_types:
        return "licenses_blank"
    if standing.billable is None:
        if "not_instrumented_in_release" in standing.billable_reasons:
            return "release_before_billable_users"
        return "billable_users_unavailable"
    return "licenses_blank" if standing.licenses_sold is None else "available"


def build_days(
    months: list[tuple[date, date]],
    contracts: Contracts,
    instances: dict[str, Instance],
    mapper: Mapper,
    metrics: dict[str, Metric],
) -> list[Day]:
    """Work out, month by month, every live seat-carrying subscription (R8.5, R9, R10)."""
    history: dict[str, list[tuple[date, int]]] = {}
    days: list[Day] = []
    for month, day in months:
        members: dict[str, list[Member]] = {}
        unmapped_accounts: set[str] = set()
        for instance in instances.values():
            usage = instance.usage(None, day)
            if usage is None:
                continue
            mapping = mapper.of_usage(instance, usage, day)
            if mapping.subscription:
                fresh = instance.usage_as_of(day)
                member = Member(instance, usage, fresh is not None, fresh)
                members.setdefault(mapping.subscription.name, []).append(member)
            elif instance.label.account_id:
                unmapped_accounts.add(instance.label.account_id)
        standings: dict[str, Standing] = {}
        for subscription in contracts.counted():
            if not (subscription.is_live(day) and subscription.carries_seats):
                continue
            standing = Standing(
                subscription=subscription,
                day=day,
                members=members.get(subscription.name, []),
                licenses_sold=subscription.licenses_sold(day),
                sold_types=subscription.sold_types(day),
            )
            choose_primaries(standing, metrics)
            licence = mapper.licence_in_force(subscription, day)
            standing.provisioned = known(licence.get("users_count")) if licence else None
            standing.status = status_of(standing, unmapped_accounts)
            figures = history.setdefault(subscription.name, [])
            if standing.billable is not None:
                figures.append((day, standing.billable))
            since = term_since(subscription, day)
            standing.term_peak = max((value for at, value in figures if since is None or at >= since), default=None)
            standings[subscription.name] = standing
        days.append(Day(month, day, standings))
    return days


def term_since(subscription: Subscription, day: date) -> date | None:
    """Give the term's start, or the subscription's where D lies outside the term (R9.7)."""
    start, end = subscription.term_starts_on, subscription.term_ends_on
    if start is not None and start <= day and (end is None or day < end):
        return start
    return subscription.starts_on


def worst(standings: Iterable[Standing]) -> str | None:
    """Give the worst status of some subscriptions (R10.2)."""
    return min((standing.status for standing in standings), key=STATUSES.index, default=None)


def subscription_rows(days: list[Day], rates: Rates) -> list[Row]:
    """Build `fct_subscription_utilization_monthly` (R8.6, R9.4, R9.7, R10.1, R17.2)."""
    return [
        {
            "subscription_name": standing.subscription.name,
            "account_id": standing.account_id,
            "month": day.month,
            "billable_user_count": standing.billable,
            "licenses_sold": standing.licenses_sold,
            "licenses_provisioned": standing.provisioned,
            "licenses_reported": standing.reported,
            "license_utilization": ratio(standing.billable, standing.licenses_sold),
            "overage": above(standing.billable, standing.licenses_sold),
            "term_overage": above(standing.term_peak, standing.licenses_sold),
            **subscription_money(standing.subscription, day.day, days[-1].day, rates),
            "ping_at": standing.ping_at,
            "availability_status": standing.status,
        }
        for day in days
        for standing in day.standings.values()
    ]


def account_utilization(standings: list[Standing]) -> Row:
    """Work out an account's utilisation, as shown and as scored (R9.5, R9.6, R9.8)."""
    culprits = [standing for standing in standings if not standing.both_known]
    billable = plain_sum(standing.billable for standing in standings)
    sold = plain_sum(standing.licenses_sold for standing in standings)
    known = [standing for standing in standings if standing.both_known]
    scored_billable = sum(standing.billable for standing in known) if known else None
    scored_sold = sum((standing.licenses_sold for standing in known), Fraction(0)) if known else None
    return {
        "billable_user_count": billable,
        "licenses_sold": sold,
        "license_utilization": ratio(billable, sold),
        "licenses_provisioned": plain_sum(standing.provisioned for standing in standings),
        "licenses_reported": plain_sum(standing.reported for standing in standings),
        "scored_billable_user_count": scored_billable,
        "scored_licenses_sold": scored_sold,
        "scored_license_utilization": ratio(scored_billable, scored_sold),
        "excluded_subscription_count": len(culprits),
        "not_available_reason": worst(culprits),
        "not_available_subscriptions": sorted(standing.subscription.name for standing in culprits),
        "subscription_count": len(standings),
        "instance_count": sum(1 for standing in standings for member in standing.counted_members() if member.is_fresh),
        "availability_status": worst(standings),
        **{
            f"{status}_subscription_count": sum(1 for standing in standings if standing.status == status)
            for status in STATUSES
        },
    }


def plain_sum(values: Iterable[Fraction | int | None]) -> Fraction | None:
    """Sum figures, NULL when one is (R9.5)."""
    figures = list(values)
    return None if None in figures else sum(figures, Fraction(0))


def account_arr_row(subscriptions: Iterable[Subscription], day: date) -> Row:
    """Give an account's ARR; of several reasons why it is not known any may stand (R8.7)."""
    amount, reasons = account_arr(subscriptions, day)
    return {"arr": amount, "arr_missing_reason": Open(*reasons) if reasons else None}


def account_rows(days: list[Day], contracts: Contracts, rates: Rates) -> list[Row]:
    """Build `fct_account_utilization_monthly` (R9.5, R9.6, R9.8, R10.2, R17.3)."""
    owned = contracts.by_account()
    return [
        {
            "account_id": account_id,
            "month": day.month,
            **account_utilization(standings),
            **account_arr_row(owned[account_id], day.day),
            **account_money(owned[account_id], day.day, days[-1].day, rates),
        }
        for day in days
        for account_id, standings in day.by_account().items()
    ]
