"""The health scorecard: R11, R12, R13."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from .landing import Landing
from .licensing import Day, Member, Standing, account_utilization
from .pings import BILLABLE, Metric
from .readable import known, read_number
from .scorecard import (
    ADOPTED,
    GROUPS,
    INPUTS,
    MEASURES,
    MINIMUM_COVERAGE,
    POINTS,
    PRODUCT_USE_CASES,
    RANK,
    SUPPORT_BANDS,
    USE_CASES,
    Measure,
    Side,
    color_in,
    utilization_bands,
)
from .subscriptions import Contracts
from .values import Open, Row, add_months


@dataclass
class Reading:
    """What a measure says of an account in a month (R12.6)."""

    measure: Measure
    value: Fraction | int | Open | None = None
    numerator: Fraction | int | Open | None = None
    denominator: Fraction | int | Open | None = None
    color: str | None = None
    reason: str | None = None
    effective: Fraction | None = None

    @property
    def points(self) -> Fraction | None:
        """Give the points of the colour (R11.3)."""
        return POINTS[self.color] if self.color else None


def account_age(since: date | None, day: date) -> int | None:
    """Give the largest n with customer-since + n months not after D (R11.6)."""
    if since is None or since > day:
        return None
    months = (day.year - since.year) * 12 + day.month - since.month
    return months if add_months(since, months) <= day else months - 1


def is_onboarding(since: date | None, day: date) -> bool:
    """Tell whether the account is under 30 days old, or of the future (R11.6)."""
    return since is not None and (day - since).days < 30


def side_of(member: Member, side: Side, metrics: dict[str, Metric]) -> int | None:
    """Aggregate one side's metrics of one instance; none visible is NULL (R11.1)."""
    values = [
        member.fresh_usage.billable(metrics)[0] if path == BILLABLE else member.fresh_usage.read(metrics[path])[0]
        for path in side.metrics
    ]
    visible = [value for value in values if value is not None]
    if not visible or (side.how == "sum_required" and len(visible) < len(values)):
        return None
    return visible[0] if side.how == "first" else sum(visible)


def count_positive(members: list[Member], paths: Iterable[str], metrics: dict[str, Metric]) -> int | None:
    """Count the metrics whose sum over the instances is above 0 (R11.1, R11.2)."""
    sums: dict[str, int] = {}
    for path in paths:
        for member in members:
            value = member.fresh_usage.read(metrics[path])[0]
            if value is not None:
                sums[path] = sums.get(path, 0) + value
    return sum(1 for value in sums.values() if value > 0) if sums else None


def read_product(
    measure: Measure, standings: list[Standing], since: date | None, day: date, metrics: dict[str, Metric]
) -> Reading:
    """Read a product measure of an account, reasons in the order of R11.7 (R11.2, R11.5)."""
    reading = Reading(measure)
    if is_onboarding(since, day):
        reading.reason = "onboarding"
        return reading
    if measure.tier:
        standings = [item for item in standings if item.subscription.tier(day) == measure.tier]
        if not standings:
            reading.reason = "tier"
            return reading
    if not any(item.sold_types & measure.delivery_types for item in standings):
        reading.reason = "not_applicable"
        return reading
    candidates = [
        member for item in standings for member in item.counted_members(item.sold_types & measure.delivery_types)
    ]
    if not any(member.is_fresh for member in candidates):
        reading.reason = "stale" if candidates else "no_usage"
        return reading
    primaries = [
        member
        for item in standings
        for delivery_type, member in item.primaries.items()
        if delivery_type in measure.delivery_types
    ]
    if measure.name == "license_utilization":
        shown = account_utilization(standings)
        reading.numerator, reading.denominator = shown["scored_billable_user_count"], shown["scored_licenses_sold"]
    elif measure.numerator.how == "count_positive":
        reading.value = count_positive(primaries, measure.numerator.metrics, metrics)
        reading.numerator = reading.value
    else:
        sides = [
            (side_of(member, measure.numerator, metrics), side_of(member, measure.denominator, metrics))
            for member in primaries
        ]
        sides = [(top, bottom) for top, bottom in sides if top is not None and bottom is not None]
        if sides:
            reading.numerator = sum(top for top, _ in sides)
            reading.denominator = sum(bottom for _, bottom in sides)
    if reading.numerator is None:
        reading.reason = "metric_missing"
        return reading
    if reading.denominator == 0:
        reading.reason = "zero_denominator"
        return reading
    if reading.denominator is not None:
        reading.value = Fraction(reading.numerator) / Fraction(reading.denominator)
    bands = measure.bands
    if measure.name == "license_utilization":
        bands = utilization_bands(account_age(since, day))
        if not bands:
            reading.reason = "account_age"
            return reading
    reading.color = color_in(bands, Fraction(reading.value))
    reading.reason = None if reading.color else "not_scored"
    return reading


@dataclass
class Inputs:
    """The rows of other systems, by account and measure, in file order (R13)."""

    rows: dict[tuple[str, str], list[tuple[datetime, Row]]] = field(default_factory=dict)

    def read(self, measure: Measure, account_id: str, day: date) -> Reading:
        """Read a delivered measure: the latest row dated on or before D (R13)."""
        reading = Reading(measure, reason="no_input")
        dated = [(at, row) for at, row in self.rows.get((account_id, measure.name), []) if at.date() <= day]
        if not dated:
            return reading
        at, row = dated[0]
        for other, candidate in dated[1:]:
            if other >= at:
                at, row = other, candidate
        limit = {"csm_sentiment": 120, "support_tickets": 30}.get(measure.name)
        if limit is not None and at.date() < day - timedelta(days=limit):
            reading.reason = "stale"
            return reading
        if measure.name == "support_tickets":
            text = row.get("value")
            number = known(read_number(text)) if text else None
            reading.color = color_in(SUPPORT_BANDS, number) if number is not None else None
            reading.value, reading.numerator = number, Open(None, number)
        else:
            reading.color = known(row.get("color"))
        reading.reason = None if reading.color else "not_scored"
        return reading


def read_inputs(landing: Landing, contracts: Contracts, as_of: date) -> Inputs:
    """Read the scorecard inputs updated by the as-of date, under the surviving account (R13, R1.5, R8.8)."""
    inputs = Inputs()
    for row in landing.table("gainsight/scorecard_inputs"):
        account_id, at = contracts.accounts.resolve(row.get("account_id")), known(row.get("updated_at"))
        if account_id and at and at.date() <= as_of:
            inputs.rows.setdefault((account_id, known(row.get("measure")) or ""), []).append((at, row))
    return inputs


def round_score(score: Fraction | None) -> Decimal | None:
    """Round a score to 6 decimals (R12.3)."""
    if score is None:
        return None
    exact = Decimal(score.numerator) / Decimal(score.denominator)
    return exact.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def score_color(score: Decimal | None) -> str | None:
    """Colour a rounded score (R12.3)."""
    if score is None:
        return None
    return "Red" if score <= 50 else "Yellow" if score <= 75 else "Green"


@dataclass
class Score:
    """A whole score of an account in a month (R12)."""

    readings: list[Reading]

    def of_use_case(self, use_case: str) -> list[Reading]:
        """List a use case's measures (R11.4)."""
        return [reading for reading in self.readings if reading.measure.use_case == use_case]

    def mean_points(self, use_case: str) -> Fraction | None:
        """Give the mean points of a use case's scored measures (R11.4)."""
        points = [reading.points for reading in self.of_use_case(use_case) if reading.points is not None]
        return sum(points, Fraction(0)) / len(points) if points else None

    def nominal(self, reading: Reading) -> Fraction:
        """Give a measure's nominal weight (R12.2)."""
        group, weight = USE_CASES[reading.measure.use_case]
        return GROUPS[group] * weight / len(self.of_use_case(reading.measure.use_case))

    def available(self, group: str) -> dict[str, Fraction]:
        """Give the weights of a group's available use cases (R12.2)."""
        return {
            name: weight
            for name, (of_group, weight) in USE_CASES.items()
            if of_group == group and self.mean_points(name) is not None
        }

    def weigh(self) -> None:
        """Hand the weight of what is N/A to what is available (R12.2)."""
        open_groups = {group: self.available(group) for group in GROUPS}
        total = sum((GROUPS[group] for group, names in open_groups.items() if names), Fraction(0))
        for group, names in open_groups.items():
            for name, weight in names.items():
                effective = GROUPS[group] / total * weight / sum(names.values())
                scored = [reading for reading in self.of_use_case(name) if reading.color]
                for reading in scored:
                    reading.effective = effective / len(scored)

    def product(self) -> Fraction | None:
        """Give the score of the product group alone (R12.3)."""
        names = self.available("product")
        if not names:
            return None
        return sum(self.mean_points(name) * weight for name, weight in names.items()) / sum(names.values())

    def whole(self) -> Fraction | None:
        """Give the whole score: the sum of the contributions (R12.2)."""
        parts = [reading.effective * reading.points for reading in self.readings if reading.color]
        return sum(parts, Fraction(0)) if parts else None

    def coverage(self) -> Fraction:
        """Give the nominal weight of the scored measures (R12.4)."""
        return sum((self.nominal(reading) for reading in self.readings if reading.color), Fraction(0))


def measure_row(account_id: str, month: date, score: Score, reading: Reading) -> Row:
    """Explain one measure of a score (R12.6)."""
    scored = reading.color is not None
    return {
        "account_id": account_id,
        "month": month,
        "measure": reading.measure.name,
        "measure_group": USE_CASES[reading.measure.use_case][0],
        "value": reading.value,
        "numerator": reading.numerator,
        "denominator": reading.denominator,
        "color": reading.color,
        "points": reading.points,
        "weight": score.nominal(reading),
        "effective_weight": reading.effective if scored else Open(None, 0),
        "contribution": reading.effective * reading.points if scored else Open(None, 0),
        "not_available_reason": reading.reason,
    }


def health_row(score: Score) -> Row:
    """Give the score, its colours and the override (R12.3 to R12.5, R12.7)."""
    before = round_score(score.whole())
    coverage = score.coverage()
    colors = {name: score_color(round_score(score.mean_points(name))) for name in USE_CASES}
    product = round_score(score.product())
    overridden = colors["csm_sentiment"] == "Red"
    color = "No data" if before is None else score_color(before)
    if before is not None and coverage < MINIMUM_COVERAGE:
        color = "Insufficient data"
    adopted = [colors[name] for name in ADOPTED if colors[name]]
    return {
        "product_score": product,
        "product_color": score_color(product) or "No data",
        "health_score": Decimal(25) if overridden else before,
        "health_color": "Red" if overridden else color,
        "health_score_before_override": before,
        "is_overridden": overridden,
        "score_coverage": coverage,
        "adopted_use_case_count": adopted.count("Green") if adopted else None,
        **{f"{name}_color": colors[name] for name in (*PRODUCT_USE_CASES, "csm_sentiment")},
    }


def decline_rows(health: list[Row]) -> list[Row]:
    """List every colour that fell against the last month it had one (R12.8)."""
    rows: list[Row] = []
    last: dict[tuple[str, str], str] = {}
    for row in sorted(health, key=lambda item: item["month"]):
        for measure in (*PRODUCT_USE_CASES, "health"):
            color = row[f"{measure}_color"]
            if color not in RANK:
                continue
            before = last.get((row["account_id"], measure))
            if before and RANK[color] < RANK[before]:
                key = {"account_id": row["account_id"], "month": row["month"], "measure": measure}
                rows.append({**key, "from_color": before, "to_color": color})
            last[(row["account_id"], measure)] = color
    return rows


def build_health(
    days: list[Day],
    utilization: list[Row],
    landing: Landing,
    contracts: Contracts,
    metrics: dict[str, Metric],
    as_of: date,
) -> dict[str, list[Row]]:
    """Build the health marts (R11, R12, R13)."""
    inputs = read_inputs(landing, contracts, as_of)
    shown = {(row["account_id"], row["month"]): row for row in utilization}
    since_of = {key: known(row.get("customersince")) for key, row in contracts.accounts.survivors().items()}
    measures: list[Row] = []
    health: list[Row] = []
    for day in days:
        for account_id, standings in day.by_account().items():
            since = since_of.get(account_id)
            readings = [read_product(measure, standings, since, day.day, metrics) for measure in MEASURES]
            readings += [inputs.read(measure, account_id, day.day) for measure in INPUTS]
            score = Score(readings)
            score.weigh()
            measures += [measure_row(account_id, day.month, score, reading) for reading in readings]
            health.append({**shown[(account_id, day.month)], **health_row(score)})
    return {
        "fct_account_health_measures_monthly": measures,
        "fct_account_health_monthly": health,
        "fct_account_health_declines": decline_rows(health),
    }
