"""What each renewal is heading for: R18."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations
from typing import Any

from .licensing import Day, Member, Standing, above, ratio, term_since
from .money import Rates, half_up
from .pings import Metric, classify_exported
from .readable import STAMP, read_time
from .values import Open, Row

MONTHS_BACK = 6
FEWEST_POINTS = 4
SHRINKS_BELOW = Fraction(3, 4)
MAXIMUM = "historical_max_users"


@dataclass(frozen=True)
class Peak:
    """The highest number of users of a term (R18.2)."""

    value: int
    on: date | None
    source: str


def peak_of_pings(member: Member, since: date, day: date, metrics: dict[str, Metric]) -> tuple[Peak | None, int | None]:
    """Give the highest figure of an instance's pings in the term, and the maximum that it reports itself (R18.2)."""
    best: Peak | None = None
    for ping in member.instance.pings:
        value = ping.read(metrics["license_billable_users"])[0]
        at = ping.recorded_at.date()
        if value is not None and since <= at <= day and (best is None or value > best.value):
            best = Peak(value, at, "ping")
    latest = member.fresh_usage.ping
    started = latest.payload.get("license_starts_at")
    moment = read_time(started) if isinstance(started, str) and STAMP.fullmatch(started) else None
    is_of_term = moment is not None and hasattr(moment, "date") and moment.date() >= since
    return best, latest.read(metrics[MAXIMUM])[0] if is_of_term else None


def peak_of_seats(member: Member, since: date, day: date) -> tuple[Peak | None, int | None]:
    """Give the highest figure of a namespace's seats in the term, and the maximum that it reports (R18.2)."""
    best: Peak | None = None
    dates = sorted(at for at in member.instance.seats if at <= day)
    for at in dates:
        value = classify_exported(member.instance.seats[at].get("seats_in_use"))[0]
        if value is not None and at >= since and (best is None or value > best.value):
            best = Peak(value, at, "seats")
    if not dates or dates[-1] < since:
        return best, None
    return best, classify_exported(member.instance.seats[dates[-1]].get("max_seats_used"))[0]


def term_peak(standing: Standing, metrics: dict[str, Metric]) -> Row:
    """Work out the highest number of users since the term began (R18.2)."""
    names = ("term_peak_user_count", "term_peak_on", "term_peak_source", "term_peak_is_bound")
    since = term_since(standing.subscription, standing.day)
    if since is None:
        return dict.fromkeys((*names, "term_peak_missing_reason"), Open())
    peaks: list[Peak] = []
    for member in standing.primaries.values():
        if member.instance.namespace_id is None:
            best, maximum = peak_of_pings(member, since, standing.day, metrics)
        else:
            best, maximum = peak_of_seats(member, since, standing.day)
        if maximum is not None and (best is None or maximum > best.value):
            best = Peak(maximum, None, "reported_maximum")
        if best:
            peaks.append(best)
    if not peaks:
        reason = "not_reported" if standing.primaries else "no_primary"
        return dict.fromkeys(names) | {"term_peak_is_bound": Open(None, False), "term_peak_missing_reason": reason}
    is_sum = len(peaks) > 1
    return {
        "term_peak_user_count": sum(peak.value for peak in peaks),
        "term_peak_on": None if is_sum else peaks[0].on,
        "term_peak_source": "sum" if is_sum else peaks[0].source,
        "term_peak_is_bound": is_sum,
        "term_peak_missing_reason": None,
    }


def seat_prices(standing: Standing) -> Row:
    """Work out what a seat costs a year (R18.3)."""
    charges = standing.subscription.seats_in_effect(standing.day)
    quantities = [charge.quantity for charge in charges]
    reasons: list[str] = []
    if None in quantities or not sum(quantity or 0 for quantity in quantities):
        reasons.append("quantity_unknown")
    if any(charge.mrr is None for charge in charges):
        reasons.append("price_blank")
    if reasons:
        return {"seat_price": None, "max_seat_price": None, "price_missing_reason": Open(*reasons)}
    return {
        "seat_price": 12 * sum(charge.mrr for charge in charges) / sum(quantities),
        "max_seat_price": max(12 * charge.mrr / charge.quantity for charge in charges if charge.quantity),
        "price_missing_reason": None,
    }


def worth(count: Fraction | None, price: Fraction | None) -> Fraction | None:
    """Give what some seats are worth; none is worth 0 at any price (R18.3)."""
    if count is None or count == 0:
        return count
    return None if price is None else half_up(count * price)


def at_share(ordered: list[Fraction], share: Fraction) -> Fraction:
    """Give an interpolated percentile of ordered values (R18.4)."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def forecast(standing: Standing, days: list[Day]) -> Row:
    """Forecast the billable users on the renewal date from the last six months (R18.4)."""
    names = ("forecast_user_count", "forecast_low", "forecast_high")
    if standing.billable is None:
        return dict.fromkeys(names) | {"forecast_missing_reason": "not_in_view"}
    primaries = {member.instance.instance_id for member in standing.primaries.values()}
    earlier = [day.standings.get(standing.subscription.name) for day in days[-MONTHS_BACK:]]
    known = [item for item in earlier if item and item.billable is not None]
    points = [
        item for item in known if {member.instance.instance_id for member in item.primaries.values()} == primaries
    ]
    if len(points) < FEWEST_POINTS:
        reason = "not_comparable" if len(known) >= FEWEST_POINTS else "too_few_points"
        return dict.fromkeys(names) | {"forecast_missing_reason": reason}
    slopes = sorted(
        Fraction(later.billable - first.billable, (later.day - first.day).days)
        for first, later in combinations(points, 2)
    )
    ahead = (standing.subscription.term_ends_on - standing.day).days

    def figure(share: Fraction) -> Fraction:
        """Carry a slope to the renewal date (R18.4)."""
        return half_up(max(Fraction(0), standing.billable + at_share(slopes, share) * ahead), 0)

    shares = (Fraction(1, 2), Fraction(1, 10), Fraction(9, 10))
    return dict(zip(names, map(figure, shares), strict=True)) | {"forecast_missing_reason": None}


def signal(standing: Standing, expected: Fraction | None, health_color: str | None) -> str:
    """Say what a renewal is heading for, first that applies (R18.5)."""
    licenses = standing.licenses_sold
    if standing.billable is None or licenses is None:
        return "not_in_view"
    users = standing.billable if expected is None else expected
    if users > licenses:
        return "overdeployed"
    if users < SHRINKS_BELOW * licenses:
        return "shrink"
    if health_color == "Red":
        return "health_red"
    return "steady" if health_color in ("Yellow", "Green") else "insufficient_data"


def renewal_rows(
    days: list[Day], rates: Rates, metrics: dict[str, Metric], health: dict[tuple[str, date], Row]
) -> list[Row]:
    """Build `fct_renewals_current` (R18)."""
    last = days[-1]
    rows: list[Row] = []
    for standing in last.standings.values():
        item = standing.subscription
        renewal = item.term_ends_on
        if renewal is None or renewal <= last.day:
            continue
        peak, prices, ahead = term_peak(standing, metrics), seat_prices(standing), forecast(standing, days)
        over = above(standing.billable, standing.licenses_sold)
        values: dict[str, Any] = {
            "overage_value": worth(over, prices["max_seat_price"]),
            "peak_overage_value": Open()
            if isinstance(peak["term_peak_user_count"], Open)
            else worth(above(peak["term_peak_user_count"], standing.licenses_sold), prices["max_seat_price"]),
            "unused_value": worth(above(standing.licenses_sold, standing.billable), prices["seat_price"]),
        }
        row = health.get((item.account_id, last.month), {})
        amount = item.arr(last.day)
        rows.append(
            {
                "subscription_name": item.name,
                "account_id": item.account_id,
                "renewal_date": renewal,
                "days_to_renewal": (renewal - last.day).days,
                "licenses_sold": standing.licenses_sold,
                "billable_user_count": standing.billable,
                "license_utilization": ratio(standing.billable, standing.licenses_sold),
                **peak,
                **prices,
                **values,
                **{
                    f"{name}_reporting": value
                    if isinstance(value, Open)
                    else rates.convert(value, item.currency_code, last.day)
                    for name, value in values.items()
                },
                **ahead,
                "renewal_signal": signal(standing, ahead["forecast_user_count"], row.get("health_color")),
                "health_color": row.get("health_color"),
                "score_coverage": row.get("score_coverage"),
                "arr": amount,
                "arr_reporting": rates.convert(amount, item.currency_code, last.day),
            }
        )
    return rows
