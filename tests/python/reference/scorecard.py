"""The scorecard's measures, bands and weights: R11.1, R11.3, R12.1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from .pings import BILLABLE

MONTHLY = "usage_activity_by_stage_monthly"
SCANS = tuple(
    f"{MONTHLY}.secure.{kind}_scans"
    for kind in (
        "secret_detection",
        "dependency_scanning",
        "container_scanning",
        "sast",
        "dast",
        "coverage_fuzzing",
        "api_fuzzing",
    )
)
POINTS = {"Red": Fraction(25), "Yellow": Fraction(125, 2), "Green": Fraction(175, 2)}
RANK = {"Red": 0, "Yellow": 1, "Green": 2}
MINIMUM_COVERAGE = Fraction(3, 10)


@dataclass(frozen=True)
class Side:
    """A numerator or denominator: metrics and how to aggregate them (R11.1)."""

    how: str
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class Band:
    """A colour's bounds; `None` is unbounded (R11.3)."""

    color: str
    low: Fraction | None = None
    low_closed: bool = False
    high: Fraction | None = None
    high_closed: bool = False

    def holds(self, value: Fraction) -> bool:
        """Tell whether a value lies in the band (R11.3)."""
        if self.low is not None and (value < self.low or (value == self.low and not self.low_closed)):
            return False
        return self.high is None or value < self.high or (value == self.high and self.high_closed)


@dataclass(frozen=True)
class Measure:
    """A measure of the scorecard (R11.1, R11.4)."""

    name: str
    use_case: str
    numerator: Side | None = None
    denominator: Side | None = None
    bands: tuple[Band, ...] = ()
    delivery_types: frozenset[str] = frozenset({"Self-Managed", "SaaS"})
    tier: str | None = None


def three(low: str, low_in_red: bool, high: str, high_in_green: bool) -> tuple[Band, ...]:
    """Make red, yellow and green bands without a gap (R11.3)."""
    first, second = Fraction(low), Fraction(high)
    return (
        Band("Red", high=first, high_closed=low_in_red),
        Band("Yellow", low=first, low_closed=not low_in_red, high=second, high_closed=not high_in_green),
        Band("Green", low=second, low_closed=high_in_green),
    )


USERS = Side("sum", (BILLABLE,))
DEPLOYMENTS = ("counts_monthly.successful_deployments", "counts_monthly.failed_deployments")
MEASURES = (
    Measure("license_utilization", "license_utilization"),
    Measure(
        "user_engagement",
        "user_engagement",
        Side("sum", ("redis_hll_counters.manage.unique_active_users_monthly",)),
        USERS,
        three("0.5", False, "0.8", True),
        frozenset({"Self-Managed"}),
    ),
    Measure(
        "scm",
        "scm",
        Side("sum", (f"{MONTHLY}.create.action_monthly_active_users_project_repo",)),
        USERS,
        three("0.1", True, "0.33", False),
    ),
    Measure(
        "ci",
        "ci",
        Side("first", ("counts.count_total_create_ci_build_monthly", "counts_monthly.ci_builds")),
        USERS,
        three("2", True, "40", False),
    ),
    Measure(
        "cd_deploying_users",
        "cd",
        Side("sum", (f"{MONTHLY}.release.deployments",)),
        USERS,
        three("0.05", False, "0.12", False),
    ),
    Measure(
        "cd_deployments_per_user",
        "cd",
        Side("sum", ("counts_monthly.deployments",)),
        USERS,
        three("2", False, "7", False),
    ),
    Measure(
        "cd_success_rate",
        "cd",
        Side("sum_required", DEPLOYMENTS[:1]),
        Side("sum_required", DEPLOYMENTS),
        three("0.25", False, "0.8", False),
    ),
    Measure(
        "devsecops_scanner_users",
        "devsecops",
        Side("sum", (f"{MONTHLY}.secure.user_unique_users_all_secure_scanners",)),
        USERS,
        three("0.05", True, "0.2", True),
        tier="Ultimate",
    ),
    Measure(
        "devsecops_scans_per_pipeline",
        "devsecops",
        Side("sum", SCANS),
        Side("sum", ("counts_monthly.ci_internal_pipelines",)),
        three("0.1", False, "0.5", False),
        tier="Ultimate",
    ),
    Measure(
        "devsecops_scanner_types",
        "devsecops",
        Side("count_positive", SCANS),
        None,
        three("1", True, "3", True),
        tier="Ultimate",
    ),
)
INPUTS = tuple(
    Measure(name, name)
    for name in ("csm_sentiment", "success_plan", "support_tickets", "meeting_cadence", "persona_engagement")
)
SUPPORT_BANDS = (
    Band("Green", Fraction(1), True, Fraction(5), True),
    Band("Yellow", Fraction(6), True, Fraction(15), True),
    Band("Red", Fraction(15), False),
)
GROUPS = {
    "product": Fraction(50, 100),
    "risk": Fraction(25, 100),
    "outcomes": Fraction(10, 100),
    "voice_of_customer": Fraction(5, 100),
    "engagement": Fraction(10, 100),
}
USE_CASES = {
    "license_utilization": ("product", Fraction(30, 100)),
    "user_engagement": ("product", Fraction(10, 100)),
    "scm": ("product", Fraction(15, 100)),
    "ci": ("product", Fraction(15, 100)),
    "cd": ("product", Fraction(15, 100)),
    "devsecops": ("product", Fraction(15, 100)),
    "csm_sentiment": ("risk", Fraction(1)),
    "success_plan": ("outcomes", Fraction(1)),
    "support_tickets": ("voice_of_customer", Fraction(1)),
    "meeting_cadence": ("engagement", Fraction(1, 2)),
    "persona_engagement": ("engagement", Fraction(1, 2)),
}
PRODUCT_USE_CASES = tuple(name for name, (group, _) in USE_CASES.items() if group == "product")
ADOPTED = ("scm", "ci", "cd", "devsecops")


def utilization_bands(age: int | None) -> tuple[Band, ...]:
    """Give the bands of licence utilisation for an account's age in months (R11.3)."""
    if age is None or age < 2:
        return ()
    if age < 6:
        return three("0.1", False, "0.5", False)
    if age < 9:
        return three("0.5", True, "0.75", False)
    edge = Fraction("0.75")
    return (Band("Red", high=edge, high_closed=True), Band("Green", low=edge))


def color_in(bands: Iterable[Band], value: Fraction) -> str | None:
    """Find the colour of a value (R11.3)."""
    return next((band.color for band in bands if band.holds(value)), None)
