"""Families of accounts, and how much of what was sold is in view: R19, R20."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from .licensing import STATUSES, Day, Standing, account_utilization
from .money import Rates, account_money, total
from .subscriptions import Contracts
from .values import Open, Row

COLORS = ("Green", "Yellow", "Red")
SLICES = ("all", "csm", "segment", "region", "tier", "license_type")


def family_rows(contracts: Contracts) -> list[Row]:
    """Build `dim_account_families` (R19.1)."""
    rows: list[Row] = []
    for account_id in contracts.accounts.survivors():
        way, _ = contracts.accounts.chain(account_id)
        rows.append(
            {
                "account_id": account_id,
                "family_id": way[-1],
                "depth": len(way) - 1,
                "path": "/".join(reversed(way)),
            }
        )
    return rows


def ring_findings(contracts: Contracts) -> list[Row]:
    """List the members of rings of parents (R19.1)."""
    return [
        {
            "finding": "parent_ring",
            "subject_type": "account",
            "subject_id": account_id,
            "account_id": account_id,
            "detail": Open(),
        }
        for account_id in contracts.accounts.survivors()
        if contracts.accounts.in_ring(account_id)
    ]


def family_months(
    days: list[Day], contracts: Contracts, rates: Rates, health: dict[tuple[str, date], Row]
) -> list[Row]:
    """Build `fct_family_utilization_monthly` over the subscriptions of all members (R19.2)."""
    owned = contracts.by_account()
    members: dict[str, list[str]] = {}
    for row in family_rows(contracts):
        members.setdefault(row["family_id"], []).append(row["account_id"])
    rows: list[Row] = []
    for day in days:
        by_account = day.by_account()
        for family_id, accounts in members.items():
            standings = [standing for account_id in accounts for standing in by_account.get(account_id, [])]
            if not standings:
                continue
            amounts = {
                account_id: account_money(owned.get(account_id, []), day.day, days[-1].day, rates)["arr_reporting"]
                for account_id in accounts
            }
            whole = total(amounts.values())
            colors = {
                account_id: health.get((account_id, day.month), {}).get("health_color") for account_id in accounts
            }
            rows.append(
                {
                    "family_id": family_id,
                    "month": day.month,
                    "member_count": len(accounts),
                    **account_utilization(standings),
                    "arr_reporting": whole,
                    **{
                        f"arr_share_{color.lower()}": share(
                            (amounts[account_id] for account_id in accounts if colors[account_id] == color), whole
                        )
                        for color in COLORS
                    },
                    "arr_share_unscored": share(
                        (amounts[account_id] for account_id in accounts if colors[account_id] not in COLORS), whole
                    ),
                }
            )
    return rows


def share(amounts: Iterable[Fraction | None], whole: Fraction | None) -> Fraction | None:
    """Give a share of a whole, NULL where that is NULL or 0 (R19.2, R20.1)."""
    return sum((amount or Fraction(0) for amount in amounts), Fraction(0)) / whole if whole else None


def coverage_rows(days: list[Day], contracts: Contracts, rates: Rates) -> list[Row]:
    """Build `fct_usage_coverage_monthly` (R20.1)."""
    rows: list[Row] = []
    for day in days:
        groups: dict[tuple[str, str | None, str | None], list[Standing]] = {}
        for standing in day.standings.values():
            currency = None if rates.reporting else standing.subscription.currency_code
            for name, value in slices_of(standing, contracts, day.day).items():
                groups.setdefault((name, value, currency), []).append(standing)
        for (name, value, currency), standings in groups.items():
            amounts = [
                (standing.status, amount)
                for standing in standings
                if (amount := amount_of(standing, rates, day.day)) is not None
            ]
            whole = sum((amount for _, amount in amounts), Fraction(0))
            by_status = {
                status: sum((amount for other, amount in amounts if other == status), Fraction(0))
                for status in STATUSES
            }
            rows.append(
                {
                    "month": day.month,
                    "slice": name,
                    "slice_value": value,
                    "currency": Open(None, rates.reporting, rates.told) if rates.reporting else currency,
                    "subscription_count": len(standings),
                    "account_count": len({standing.account_id for standing in standings if standing.account_id}),
                    "arr_reporting": whole,
                    "arr_in_view": by_status["available"],
                    "arr_in_view_share": by_status["available"] / whole if whole else None,
                    "arr_unknown_count": len(standings) - len(amounts),
                    **{f"arr_{status}": amount for status, amount in by_status.items()},
                }
            )
    return rows


def slices_of(standing: Standing, contracts: Contracts, day: date) -> dict[str, str | None]:
    """Say under which value of each slice a subscription counts (R20.1)."""
    account = contracts.accounts.rows.get(standing.account_id, {}) if standing.account_id else {}
    return {
        "all": None,
        "csm": account.get("csmname"),
        "segment": account.get("segment"),
        "region": account.get("region"),
        "tier": standing.subscription.tier(day),
        "license_type": standing.subscription.license_type,
    }


def amount_of(standing: Standing, rates: Rates, day: date) -> Fraction | None:
    """Give the amount that counts: in the reporting currency, without one in the subscription's own (R20.1)."""
    amount = standing.subscription.arr(day)
    return rates.convert(amount, standing.subscription.currency_code, day) if rates.reporting else amount
