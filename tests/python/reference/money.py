"""Amounts in one reporting currency: R17."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from .landing import Landing
from .readable import UNREADABLE
from .subscriptions import Subscription
from .values import Open, Row, blank

REASONS = ("date_unreadable", "price_blank", "currency_blank", "no_reporting_currency", "rate_missing")


def code_of(text: str | None) -> str | None:
    """Give a currency's code to compare by (R17.1)."""
    return (text or "").strip().upper() or None


def half_up(amount: Fraction, places: int = 2) -> Fraction:
    """Round half up, away from zero (R17.2, R18)."""
    scaled = abs(amount) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if amount >= 0 else -whole, 10**places)


@dataclass
class Rates:
    """What one unit of each currency was worth in the reporting currency (R17.1)."""

    reporting: str | None = None
    told: str | None = None
    of_code: dict[str, list[tuple[date, Fraction]]] = field(default_factory=dict)

    def rate(self, code: str | None, day: date) -> Fraction | None:
        """Give the rate on D: latest `valid_from` not after it, ties the later row (R17.1)."""
        if self.reporting is None or code is None:
            return None
        if code == self.reporting:
            return Fraction(1)
        found: tuple[date, Fraction] | None = None
        for since, rate in self.of_code.get(code, []):
            if since <= day and (found is None or since >= found[0]):
                found = since, rate
        return found[1] if found else None

    def convert(self, amount: Fraction | None, code: str | None, day: date) -> Fraction | None:
        """Give an amount in the reporting currency; 0 is 0 with or without a rate (R17.2)."""
        if amount is None or amount == 0:
            return amount
        rate = self.rate(code, day)
        return None if rate is None else half_up(amount * rate)

    def missing_reason(self, subscription: Subscription, day: date, rate_day: date) -> str | None:
        """Say why a live subscription's amount is not known, first that applies (R17.3)."""
        amount = subscription.arr(day)
        if amount is None:
            return subscription.arr_missing_reason(day)
        if amount == 0:
            return None
        if subscription.currency_code is None:
            return "currency_blank"
        if self.reporting is None:
            return "no_reporting_currency"
        return None if self.rate(subscription.currency_code, rate_day) else "rate_missing"


def read_rates(landing: Landing, reporting: str | None) -> Rates:
    """Read the exchange rates; a row that nobody can read does not count (R17.1)."""
    rates = Rates(code_of(reporting), reporting)
    for row in landing.table("operations/exchange_rates"):
        values = row.get("valid_from"), row.get("rate")
        if UNREADABLE not in values and None not in values and not blank(row.get("currency")):
            rates.of_code.setdefault(code_of(row["currency"]), []).append(values)
    return rates


def subscription_money(subscription: Subscription, day: date, as_of: date, rates: Rates) -> Row:
    """Give the amounts of a subscription on D (R8.7, R17.2, R17.3)."""
    amount, code, live = subscription.arr(day), subscription.currency_code, subscription.is_live(day)
    return {
        "arr": amount,
        "arr_missing_reason": subscription.arr_missing_reason(day) if live else Open(),
        "arr_reporting": rates.convert(amount, code, day),
        "arr_constant_currency": rates.convert(amount, code, as_of),
        "reporting_currency": Open(rates.reporting, rates.told),
        "arr_reporting_missing_reason": rates.missing_reason(subscription, day, day) if live else Open(),
    }


def account_money(subscriptions: Iterable[Subscription], day: date, as_of: date, rates: Rates) -> Row:
    """Sum the published amounts of an account's live subscriptions (R17.3)."""
    live = [item for item in subscriptions if item.is_live(day)]
    rows = [subscription_money(item, day, as_of, rates) for item in live]
    reasons = {row["arr_reporting_missing_reason"] for row in rows} - {None}
    return {
        "arr_reporting": total(row["arr_reporting"] for row in rows),
        "arr_constant_currency": total(row["arr_constant_currency"] for row in rows),
        "reporting_currency": Open(rates.reporting, rates.told),
        "arr_reporting_missing_reason": min(reasons, key=REASONS.index, default=None),
    }


def total(amounts: Iterable[Any]) -> Fraction | None:
    """Sum amounts, NULL when one is, 0 with none (R17.3)."""
    known = list(amounts)
    return None if None in known else sum(known, Fraction(0))
