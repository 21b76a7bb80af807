"""What rate plans and their charges sell: R8.3, R8.4, R8.10."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache

from .readable import UNREADABLE, Unreadable, known
from .values import Row

TIERS = ("Starter", "Premium", "Ultimate")
SEAT_UNITS = frozenset(("seat", "user", "license", "licence", "seats", "users", "licenses", "licences"))


@dataclass(frozen=True)
class Plan:
    """What the product catalogue says of a rate plan (R8.3)."""

    tier: str | None = None
    delivery_type: str | None = None
    carries_seats: bool = False
    is_ambiguous: bool = False


@dataclass(frozen=True)
class Pattern:
    """A row of the catalogue (R8.3)."""

    priority: int
    pattern: re.Pattern[str]
    plan: Plan
    settles: bool


@dataclass(frozen=True)
class Charge:
    """A recurring charge segment of a version (R8.4)."""

    plan: Plan
    counts: bool
    is_discount: bool
    quantity: Fraction | None
    mrr: Fraction | None
    starts_on: date | Unreadable | None
    ends_on: date | Unreadable | None

    @property
    def is_damaged(self) -> bool:
        """Tell whether one of its dates cannot be read (R8.10)."""
        return UNREADABLE in (self.starts_on, self.ends_on)

    @property
    def sells_seats(self) -> bool:
        """Tell whether it counts, on a seat-carrying plan (R8.4)."""
        return self.counts and self.plan.carries_seats

    def in_effect(self, day: date) -> bool:
        """Tell whether the segment is in effect: end exclusive, blank end open, unreadable dates unbounded (R8.10)."""
        if self.starts_on is None or (isinstance(self.starts_on, date) and self.starts_on > day):
            return False
        return not isinstance(self.ends_on, date) or day < self.ends_on


class Catalogue:
    """The product catalogue (R8.3)."""

    def __init__(self, seed: Iterable[dict[str, str]]) -> None:
        """Read the rows, lowest priority first (R8.3)."""
        self.patterns = sorted((read_pattern(row) for row in seed), key=lambda item: item.priority)

    @cache  # noqa: B019 (one catalogue a run)
    def plan(self, name: str | None) -> Plan:
        """Say of a rate plan its tier, delivery type and whether it carries seats (R8.3)."""
        matches = [item for item in self.patterns if item.pattern.fullmatch((name or "").lower())]
        if not matches:
            return Plan()
        winner = matches[0]
        disagree = len({item.plan.carries_seats for item in matches}) > 1
        return Plan(
            winner.plan.tier,
            winner.plan.delivery_type,
            winner.plan.carries_seats,
            is_ambiguous=disagree and not winner.settles,
        )


def read_pattern(row: dict[str, str]) -> Pattern:
    """Read a row of the catalogue: a pattern of `like`, without case (R8.3)."""
    parts = {"%": ".*", "_": "."}
    pattern = "".join(parts.get(char, re.escape(char)) for char in row["pattern"].lower())
    plan = Plan(row["tier"] or None, row["delivery_type"] or None, row["carries_seats"].lower() == "true")
    return Pattern(
        int(row["priority"]), re.compile(pattern, re.DOTALL), plan, (row.get("settles") or "").lower() == "true"
    )


def is_recurring(segment: Row) -> bool:
    """Tell whether a charge recurs (R8.4)."""
    return segment.get("chargetype") == "Recurring"


def is_discount(segment: Row) -> bool:
    """Tell whether a charge is a discount, by its model (R8.4)."""
    return (segment.get("chargemodel") or "").lower().startswith("discount")


def is_in_seats(segment: Row) -> bool:
    """Tell whether a charge is measured in seats, without case and blanks (R8.4)."""
    return "".join((segment.get("uom") or "").lower().split()) in SEAT_UNITS


def charges_of_plan(plan: Plan, segments: list[Row]) -> list[Charge]:
    """List a rate plan's recurring charges and say which of them count as seats (R8.4, R8.10)."""
    recurring = [segment for segment in segments if is_recurring(segment)]
    has_unit = any(is_in_seats(segment) for segment in recurring if not is_discount(segment))
    charges: list[Charge] = []
    for segment in recurring:
        starts_on, ends_on = segment.get("effectivestartdate"), segment.get("effectiveenddate")
        damaged = UNREADABLE in (starts_on, ends_on)
        charges.append(
            Charge(
                plan=plan,
                counts=not is_discount(segment) and (is_in_seats(segment) or not has_unit),
                is_discount=is_discount(segment),
                quantity=None if damaged else known(segment.get("quantity")),
                mrr=None if damaged else known(segment.get("mrr")),
                starts_on=starts_on,
                ends_on=ends_on,
            )
        )
    return charges
