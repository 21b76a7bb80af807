"""Subscriptions, seats and money in the billing currency: R8."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from .accounts import Accounts, read_accounts
from .landing import Landing, last_of_each
from .products import TIERS, Catalogue, Charge, charges_of_plan
from .readable import UNREADABLE, known
from .values import OLDEST, Row, blank

EXCLUDED_BATCHES = ("Batch20",)


@dataclass
class Subscription:
    """A Zuora lineage with its current version (R8.1)."""

    name: str
    current: Row
    account_id: str | None
    currency: str | None
    charges: list[Charge]
    carries_seats: bool

    @property
    def status(self) -> str:
        """Give the current version's status (R8.1)."""
        return self.current["status"]

    @property
    def counts(self) -> bool:
        """Tell whether the lineage counts: current version `Active` or `Cancelled` (R8.1)."""
        return self.status in ("Active", "Cancelled")

    def dates(self) -> tuple[Any, Any, Any]:
        """Give start, end and cancellation as they were read (R8.2, R8.10)."""
        names = ("subscriptionstartdate", "subscriptionenddate", "cancelleddate")
        start, end, cancelled = (self.current.get(name) for name in names)
        return start, end, cancelled

    @property
    def is_damaged(self) -> bool:
        """Tell whether start, end or cancellation cannot be read (R8.10)."""
        return UNREADABLE in self.dates()

    @property
    def starts_on(self) -> date | None:
        """Give the subscription's start (R8.2)."""
        return known(self.dates()[0])

    @property
    def ends_on(self) -> date | None:
        """Give the earlier of end and cancellation, exclusive; none is open, NULL when unreadable (R8.2, R8.10)."""
        ends = self.dates()[1:]
        return None if UNREADABLE in ends else min((end for end in ends if end), default=None)

    @property
    def term_starts_on(self) -> date | None:
        """Give the start of the current term (R9.7)."""
        return known(self.current.get("termstartdate"))

    @property
    def term_ends_on(self) -> date | None:
        """Give the exclusive end of the current term (R8.2: it ends nothing)."""
        return known(self.current.get("termenddate"))

    @property
    def is_exempt(self) -> bool:
        """Tell whether the contract exempts from operational metrics (R10.1, R16.4)."""
        return self.current.get("contractoperationalmetrics__c") is False

    @property
    def license_type(self) -> str:
        """Say how the licence is activated (R8.11)."""
        told = self.current.get("turnoncloudlicensing__c")
        return {None: "cloud", True: "cloud", "offline": "offline", False: "legacy_file"}.get(told, "unknown")

    @property
    def namespace_id(self) -> str | None:
        """Give the namespace that the current version names (R7.4)."""
        return self.current.get("gitlabnamespaceid__c")

    @property
    def currency_code(self) -> str | None:
        """Give the currency to compare by (R17.1)."""
        return (self.currency or "").strip().upper() or None

    def is_live(self, day: date) -> bool:
        """Tell whether it is live: counted, start <= D < end, unreadable dates unbounded (R8.2, R8.10)."""
        start, *ends = self.dates()
        if not self.counts or start is None or (isinstance(start, date) and start > day):
            return False
        return all(not isinstance(end, date) or day < end for end in ends)

    def in_effect(self, day: date) -> list[Charge]:
        """List the current version's recurring charges in effect, on a live subscription (R8.4, R8.7)."""
        return [charge for charge in self.charges if charge.in_effect(day)] if self.is_live(day) else []

    def seats_in_effect(self, day: date) -> list[Charge]:
        """List the charges in effect that count as seats on seat-carrying plans (R8.4)."""
        return [charge for charge in self.in_effect(day) if charge.sells_seats]

    def licenses_sold(self, day: date) -> Fraction | None:
        """Sum the seats sold; one blank quantity or nothing in effect makes it blank (R8.4, R8.5, R8.10)."""
        quantities = [charge.quantity for charge in self.seats_in_effect(day)]
        if self.is_damaged or not quantities or None in quantities:
            return None
        return sum(quantities, Fraction(0))

    def sold_types(self, day: date) -> set[str]:
        """List the delivery types sold: those of seat-carrying plans in effect (R9.3)."""
        return {charge.plan.delivery_type for charge in self.seats_in_effect(day)}

    def tier(self, day: date) -> str | None:
        """Give the highest tier of the seat-carrying plans in effect (R8.9, R8.10)."""
        tiers = [charge.plan.tier for charge in self.seats_in_effect(day) if charge.plan.tier]
        return max(tiers, key=TIERS.index) if tiers and not self.is_damaged else None

    def arr(self, day: date) -> Fraction | None:
        """Give 12 x MRR of the recurring charges in effect (R8.7)."""
        if not self.is_live(day) or self.arr_missing_reason(day):
            return None
        return 12 * sum((charge.mrr for charge in self.in_effect(day) if charge.mrr is not None), Fraction(0))

    def arr_missing_reason(self, day: date) -> str | None:
        """Say why the ARR of a live subscription is not known (R8.7, R8.10)."""
        charges = self.in_effect(day)
        if self.is_live(day) and (self.is_damaged or any(charge.is_damaged for charge in charges)):
            return "date_unreadable"
        if any(charge.mrr is None and not charge.is_discount for charge in charges):
            return "price_blank"
        return None


@dataclass
class Contracts:
    """Every known lineage, and the ways to name one (R7.2, R8.1)."""

    by_name: dict[str, Subscription]
    name_of_id: dict[str, str]
    accounts: Accounts

    def counted(self) -> list[Subscription]:
        """List the lineages that count (R8.1)."""
        return [subscription for subscription in self.by_name.values() if subscription.counts]

    def by_account(self) -> dict[str, list[Subscription]]:
        """Group the counted subscriptions by account (R8.8)."""
        grouped: dict[str, list[Subscription]] = {}
        for subscription in self.counted():
            if subscription.account_id:
                grouped.setdefault(subscription.account_id, []).append(subscription)
        return grouped

    def by_lineage(self, name: str | None) -> Subscription | None:
        """Find a counted lineage by its name (R7.2)."""
        subscription = self.by_name.get(name) if name else None
        return subscription if subscription and subscription.counts else None

    def by_id(self, identity: str | None) -> Subscription | None:
        """Find a counted lineage by the id of any of its versions (R7.2)."""
        return self.by_lineage(self.name_of_id.get(identity)) if identity else None


def is_standing(row: Row) -> bool:
    """Tell whether a version is neither deleted nor draft nor pending, however spelt (R8.1)."""
    status = (row.get("status") or "").replace(" ", "").lower()
    return row.get("deleted") is not True and status != "draft" and not status.startswith("pending")


def version_rank(row: Row) -> tuple:
    """Order versions by number, an unreadable one lowest; ties by creation, then id (R8.1, R16.2)."""
    number = known(row.get("version"))
    return number is not None, number or Fraction(0), known(row.get("createddate")) or OLDEST, row["id"]


def grouped(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    """Group the rows of a table, the later of two with one id, by a column (vocabulary of the rulebook)."""
    groups: dict[str, list[Row]] = {}
    for row in last_of_each(list(rows), lambda row: row["id"]):
        groups.setdefault(row[column], []).append(row)
    return groups


def read_contracts(landing: Landing, catalogue: Catalogue) -> Contracts:
    """Read the Zuora tables into lineages (R8)."""
    accounts = read_accounts(landing)
    payers = {row["id"]: row for row in last_of_each(landing.table("zuora/account"), lambda row: row["id"])}
    versions = last_of_each(landing.table("zuora/subscription"), lambda row: row["id"])
    plans_of = grouped(landing.table("zuora/rate_plan"), "subscriptionid")
    segments_of = grouped(landing.table("zuora/rate_plan_charge"), "rateplanid")

    def charges_of(version: Row) -> list[Charge]:
        """List a version's recurring charges (R8.4)."""
        return [
            charge
            for plan in plans_of.get(version["id"], [])
            for charge in charges_of_plan(catalogue.plan(plan.get("name")), segments_of.get(plan["id"], []))
        ]

    lineages: dict[str, list[Row]] = {}
    for row in versions:
        if not blank(row.get("name")):
            lineages.setdefault(row["name"], []).append(row)
    by_name: dict[str, Subscription] = {}
    for name, rows in lineages.items():
        standing = [row for row in rows if is_standing(row)]
        current = max(standing, key=version_rank, default=None)
        payer = payers.get(current.get("accountid")) if current else None
        if current is None or (payer and payer.get("batch") in EXCLUDED_BATCHES):
            continue
        by_name[name] = Subscription(
            name=name,
            current=current,
            account_id=accounts.resolve(payer.get("crmid")) if payer and payer.get("deleted") is not True else None,
            currency=payer.get("currency") if payer else None,
            charges=charges_of(current),
            carries_seats=any(charge.sells_seats for row in standing for charge in charges_of(row)),
        )
    return Contracts(by_name, {row["id"]: row["name"] for row in versions if row.get("name")}, accounts)


def account_arr(subscriptions: Iterable[Subscription], day: date) -> tuple[Fraction | None, set[str]]:
    """Sum the ARR of an account's live subscriptions, or give all reasons why that cannot be (R8.7)."""
    live = [subscription for subscription in subscriptions if subscription.is_live(day)]
    reasons = {reason for item in live if (reason := item.arr_missing_reason(day))}
    if len({subscription.currency_code for subscription in live}) > 1:
        reasons.add("several_currencies")
    return (None if reasons else sum((item.arr(day) for item in live), Fraction(0))), reasons
