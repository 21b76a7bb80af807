"""Subscriptions, seats, money and accounts: R8."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path

from .landing import last_of_each, read_table
from .values import OLDEST, Row, blank, crm_id, is_true, to_date, to_number, to_time

TIERS = ("Starter", "Premium", "Ultimate")
EXCLUDED_BATCHES = ("Batch20",)
ADD_ON = re.compile(
    r"support|training|essentials|services?\b|quickstart|consulting|rapid results|true-?\s?up|minutes|storage"
    r"|code suggestions|\bduo\b|agile planning|discount|administration fee|success plan"
)


@dataclass(frozen=True)
class Plan:
    """What the product catalogue says of a rate plan (R8.3)."""

    tier: str | None
    delivery_type: str | None
    carries_seats: bool


@dataclass(frozen=True)
class Charge:
    """A recurring charge segment of a version (R8.4)."""

    plan: Plan
    quantity: Fraction | None
    mrr: Fraction | None
    starts_on: date | None
    ends_on: date | None

    def in_effect(self, day: date) -> bool:
        """Tell whether the segment is in effect: start inclusive, end exclusive, blank end open (R8.4)."""
        return self.starts_on is not None and self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


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

    @property
    def starts_on(self) -> date | None:
        """Give the subscription's start (R8.2)."""
        return to_date(self.current.get("subscriptionstartdate"))

    @property
    def ends_on(self) -> date | None:
        """Give the earlier of end and cancellation, exclusive; none is open (R8.2)."""
        ends = [to_date(self.current.get(name)) for name in ("subscriptionenddate", "cancelleddate")]
        return min((end for end in ends if end), default=None)

    @property
    def term_starts_on(self) -> date | None:
        """Give the start of the current term (R9.7)."""
        return to_date(self.current.get("termstartdate"))

    @property
    def term_ends_on(self) -> date | None:
        """Give the exclusive end of the current term (R8.2: it ends nothing)."""
        return to_date(self.current.get("termenddate"))

    @property
    def is_exempt(self) -> bool:
        """Tell whether the contract exempts from operational metrics (R10.1)."""
        return (self.current.get("contractoperationalmetrics__c") or "").strip().lower() == "no"

    @property
    def namespace_id(self) -> str | None:
        """Give the namespace that the current version names (R7.4)."""
        return self.current.get("gitlabnamespaceid__c")

    def is_live(self, day: date) -> bool:
        """Tell whether it is live: counted, start <= D < end (R8.1, R8.2)."""
        start, end = self.starts_on, self.ends_on
        return self.counts and start is not None and start <= day and (end is None or day < end)

    def in_effect(self, day: date) -> list[Charge]:
        """List the current version's recurring charges in effect (R8.4, R8.7)."""
        return [charge for charge in self.charges if charge.in_effect(day)]

    def licenses_sold(self, day: date) -> Fraction | None:
        """Sum the seats sold; one blank quantity, nothing in effect or not being live makes it blank (R8.4, R8.5)."""
        quantities = [charge.quantity for charge in self.in_effect(day) if charge.plan.carries_seats]
        if not self.is_live(day) or not quantities or None in quantities:
            return None
        return sum(quantities, Fraction(0))

    def sold_types(self, day: date) -> set[str]:
        """List the delivery types sold: those of seat-carrying plans in effect (R9.3)."""
        if not self.is_live(day):
            return set()
        return {charge.plan.delivery_type for charge in self.in_effect(day) if charge.plan.carries_seats}

    def tier(self, day: date) -> str | None:
        """Give the highest tier of the seat-carrying plans in effect (R8.9)."""
        tiers = [charge.plan.tier for charge in self.in_effect(day) if charge.plan.carries_seats]
        return max(tiers, key=TIERS.index) if self.is_live(day) and tiers else None

    def arr(self, day: date) -> Fraction | None:
        """Give 12 x MRR of the recurring charges in effect; not live, or one MRR blank: NULL (R8.7, R8.8)."""
        prices = [charge.mrr for charge in self.in_effect(day)]
        if not self.is_live(day) or None in prices:
            return None
        return 12 * sum(prices, Fraction(0))


@dataclass
class Accounts:
    """The CRM accounts and how their ids resolve (R8.8)."""

    rows: dict[str, Row] = field(default_factory=dict)

    def resolve(self, text: str | None) -> str | None:
        """Give the surviving record of an id over any number of merges, or none (R8.8)."""
        current = crm_id(text)
        seen: set[str] = set()
        while current in self.rows:
            if current in seen:
                return None
            seen.add(current)
            master = crm_id(self.rows[current].get("masterrecordid"))
            if master is None or master not in self.rows:
                return None if is_true(self.rows[current].get("isdeleted")) else current
            current = master
        return None

    def survivors(self) -> list[Row]:
        """List the records that stand for themselves (R8.8)."""
        return [row for key, row in self.rows.items() if self.resolve(key) == key]


@dataclass
class Contracts:
    """Every known lineage, and the ways to name one (R7.2, R8.1)."""

    by_name: dict[str, Subscription]
    name_of_id: dict[str, str]
    accounts: Accounts

    def counted(self) -> list[Subscription]:
        """List the lineages that count (R8.1)."""
        return [subscription for subscription in self.by_name.values() if subscription.counts]

    def by_lineage(self, name: str | None) -> Subscription | None:
        """Find a counted lineage by its name (R7.2)."""
        subscription = self.by_name.get(name) if name else None
        return subscription if subscription and subscription.counts else None

    def by_id(self, identity: str | None) -> Subscription | None:
        """Find a counted lineage by the id of any of its versions (R7.2)."""
        return self.by_lineage(self.name_of_id.get(identity)) if identity else None


def catalogue(name: str | None) -> Plan:
    """Say of a rate plan its tier, delivery type and whether it carries seats (R8.3)."""
    text = (name or "").lower()
    if ADD_ON.search(text.replace("w/o support", "")):
        return Plan(None, "SaaS" if "dedicated" in text and "true" not in text else None, False)
    for word, tier in (("gold", "Ultimate"), ("silver", "Premium"), ("bronze", "Starter")):
        if re.search(rf"\b{word}\b", text):
            return Plan(tier, "SaaS", True)
    delivery = "SaaS" if re.search(r"\bsaas\b|\bdedicated\b", text) else "Self-Managed"
    for tier in ("Ultimate", "Premium", "Starter"):
        if re.search(rf"\b{tier.lower()}\b", text):
            return Plan(tier, delivery, True)
    if "enterprise edition" in text:
        return Plan("Starter", delivery, True)
    return Plan(None, None, False)


def version_number(row: Row) -> Fraction:
    """Give a version's number, compared as a number (R8.1)."""
    return to_number(row.get("version")) or Fraction(0)


def is_standing(row: Row) -> bool:
    """Tell whether a version is neither deleted nor draft nor pending, however spelt (R8.1)."""
    status = (row.get("status") or "").replace(" ", "").lower()
    return not is_true(row.get("deleted")) and status != "draft" and not status.startswith("pending")


def current_version(versions: Iterable[Row]) -> Row | None:
    """Give the highest standing version; ties by creation, then id (R8.1)."""
    standing = [row for row in versions if is_standing(row)]
    return max(
        standing,
        key=lambda row: (version_number(row), to_time(row.get("createddate")) or OLDEST, row["id"]),
        default=None,
    )


def read_accounts(landing: Path) -> Accounts:
    """Read the CRM accounts, 15- and 18-character ids of one record being one (R8.8)."""
    rows = last_of_each(read_table(landing, "salesforce/account"), lambda row: crm_id(row.get("id")))
    return Accounts({crm_id(row["id"]): row for row in rows if not blank(row.get("id"))})


def read_contracts(landing: Path) -> Contracts:
    """Read the Zuora tables into lineages (R8)."""
    accounts = read_accounts(landing)
    billing = {row["id"]: row for row in last_of_each(read_table(landing, "zuora/account"), lambda row: row["id"])}
    versions = last_of_each(read_table(landing, "zuora/subscription"), lambda row: row["id"])
    plans_of: dict[str, list[Row]] = {}
    for row in last_of_each(read_table(landing, "zuora/rate_plan"), lambda row: row["id"]):
        plans_of.setdefault(row["subscriptionid"], []).append(row)
    segments_of: dict[str, list[Row]] = {}
    for row in last_of_each(read_table(landing, "zuora/rate_plan_charge"), lambda row: row["id"]):
        segments_of.setdefault(row["rateplanid"], []).append(row)

    def charges_of(version: Row) -> list[Charge]:
        """List a version's recurring charges (R8.4)."""
        return [
            Charge(
                plan=catalogue(plan.get("name")),
                quantity=to_number(segment.get("quantity")),
                mrr=to_number(segment.get("mrr")),
                starts_on=to_date(segment.get("effectivestartdate")),
                ends_on=to_date(segment.get("effectiveenddate")),
            )
            for plan in plans_of.get(version["id"], [])
            for segment in segments_of.get(plan["id"], [])
            if segment.get("chargetype") == "Recurring"
        ]

    lineages: dict[str, list[Row]] = {}
    for row in versions:
        if not blank(row.get("name")):
            lineages.setdefault(row["name"], []).append(row)
    by_name: dict[str, Subscription] = {}
    for name, rows in lineages.items():
        current = current_version(rows)
        payer = billing.get(current.get("accountid")) if current else None
        if current is None or (payer and payer.get("batch") in EXCLUDED_BATCHES):
            continue
        by_name[name] = Subscription(
            name=name,
            current=current,
            account_id=accounts.resolve(payer.get("crmid")) if payer and not is_true(payer.get("deleted")) else None,
            currency=payer.get("currency") if payer else None,
            charges=charges_of(current),
            carries_seats=any(
                charge.plan.carries_seats for row in rows if is_standing(row) for charge in charges_of(row)
            ),
        )
    return Contracts(by_name, {row["id"]: row["name"] for row in versions if row.get("name")}, accounts)


def account_arr(subscriptions: Iterable[Subscription], day: date) -> Fraction | None:
    """Sum the ARR of an account's live subscriptions; several currencies or one blank make it NULL (R8.7)."""
    live = [subscription for subscription in subscriptions if subscription.is_live(day)]
    figures = [subscription.arr(day) for subscription in live]
    if len({subscription.currency for subscription in live}) > 1 or None in figures:
        return None
    return sum(figures, Fraction(0))
