"""The dimensions of accounts and subscriptions, and the list of actions: R8, R10.3, R17.4."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

from .instances import Instance
from .licensing import Day, Standing, account_arr_row, worst
from .mapping import Mapper
from .money import Rates, account_money, subscription_money
from .readable import known
from .subscriptions import Contracts
from .values import Open, Row


def latest_usage_of_accounts(
    instances: dict[str, Instance], mapper: Mapper, as_of: date, last_day: date
) -> dict[str, datetime]:
    """Find the latest usage that was mapped to an account then, or of an instance labelled with it (`dim_accounts`)."""
    found: dict[str, datetime] = {}
    for instance in instances.values():
        for at, mapping in mapper.history(instance):
            if at.date() > last_day:
                continue
            for account_id in {
                mapping.subscription.account_id if mapping.subscription else None,
                instance.label.account_id,
            }:
                if account_id and (account_id not in found or at > found[account_id]):
                    found[account_id] = at
    return found


def dim_accounts(
    contracts: Contracts, last: Day, rates: Rates, instances: dict[str, Instance], mapper: Mapper
) -> list[Row]:
    """Build `dim_accounts` as of the run (R8.7, R8.8, R10.2, R17.3)."""
    owned = contracts.by_account()
    standings = last.by_account()
    # No rule says whether usage recorded on the day after the as-of date is reported yet.
    reported = [latest_usage_of_accounts(instances, mapper, last.day, limit) for limit in (last.day, date.max)]
    rows: list[Row] = []
    for account_id, row in contracts.accounts.survivors().items():
        live = [item for item in owned.get(account_id, []) if item.is_live(last.day)]
        ends = [item.term_ends_on for item in live if item.term_ends_on and item.term_ends_on > last.day]
        dates = [found.get(account_id) for found in reported]
        rows.append(
            {
                "account_id": account_id,
                "account_name": row.get("name"),
                "parent_account_id": contracts.accounts.parent(account_id),
                "segment": row.get("segment"),
                "region": row.get("region"),
                "csm_name": row.get("csmname"),
                "csm_priority": known(row.get("csmpriority")) or Open(),
                "customer_since": known(row.get("customersince")),
                "live_subscription_count": len(live),
                "next_renewal_date": min(ends, default=None),
                **account_arr_row(owned.get(account_id, []), last.day),
                **account_money(owned.get(account_id, []), last.day, last.day, rates),
                "has_ever_reported": Open(*(found is not None for found in dates)),
                "last_reported_at": Open(*dates),
                "availability_status": worst(standings.get(account_id, [])) or "no_live_subscription",
            }
        )
    return rows


def dim_subscriptions(contracts: Contracts, as_of: date, rates: Rates) -> list[Row]:
    """Build `dim_subscriptions`: every lineage with a current version (R8.8)."""
    return [
        {
            "subscription_name": subscription.name,
            "account_id": subscription.account_id,
            "status": subscription.status,
            "starts_on": subscription.starts_on,
            "ends_on": subscription.ends_on,
            "term_starts_on": subscription.term_starts_on,
            "term_ends_on": subscription.term_ends_on,
            "tier": subscription.tier(as_of),
            "is_live": subscription.is_live(as_of),
            "carries_seats": subscription.carries_seats,
            "is_exempt_from_operational_metrics": subscription.is_exempt,
            "license_type": subscription.license_type,
            "licenses_sold": subscription.licenses_sold(as_of),
            **subscription_money(subscription, as_of, as_of, rates),
        }
        for subscription in contracts.by_name.values()
    ]


def action_rows(last: Day, rates: Rates) -> list[Row]:
    """List what waits for an action: live subscriptions whose figure is not available (R10.3, R17.4, R20.2)."""
    waiting = [standing for standing in last.standings.values() if standing.status != "available"]
    blockers = {
        account_id: sum(1 for standing in standings if standing.status != "available")
        for account_id, standings in last.by_account().items()
    }
    rows: list[Row] = []
    for standing in waiting:
        item = standing.subscription
        amount = item.arr(last.day)
        count = blockers[item.account_id] if item.account_id else 1
        rows.append(
            {
                "account_id": item.account_id,
                "subscription_name": item.name,
                "availability_status": standing.status,
                "arr_in_view": amount,
                "arr_in_view_reporting": rates.convert(amount, item.currency_code, last.day),
                "rank_scope": "all" if rates.reporting else "currency",
                "account_blocker_count": count,
                "unlocks_account_page": bool(item.account_id) and count == 1,
                "action_rank": rank_of(standing, waiting, rates, last.day),
            }
        )
    return rows


def rank_of(standing: Standing, waiting: list[Standing], rates: Rates, day: date) -> int:
    """Rank an action by the amount in view, nulls last, then by name; within a currency if need be (R17.4)."""

    def order(other: Standing) -> tuple:
        """Order by amount, the largest first, then by subscription (R17.4)."""
        amount = other.subscription.arr(day)
        if rates.reporting:
            amount = rates.convert(amount, other.subscription.currency_code, day)
        return amount is None, -(amount or Fraction(0)), other.subscription.name

    rivals = [
        other
        for other in waiting
        if rates.reporting or other.subscription.currency_code == standing.subscription.currency_code
    ]
    return 1 + sum(1 for other in rivals if order(other) < order(standing))
