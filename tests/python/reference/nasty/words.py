"""The words, plans, releases and files that the random landings are made of, and how JSON is written with tricks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

AS_OF_DAYS = (
    date(2025, 8, 20),
    date(2025, 6, 30),
    date(2025, 7, 1),
    date(2024, 2, 29),
    date(2025, 3, 31),
    date(2025, 5, 15),
    date(2025, 3, 1),
    date(2025, 12, 30),
)
GITLAB_COM = "ea8bf810-1d6f-4a6a-b4fd-93e8cbd8b57f"
SELF_MANAGED_PLANS = (
    "Self-Managed - Ultimate - 1 Year",
    "Self-Managed - Ultimate - 1 Year",
    "Ultimate - 1 Year",
    "[EDU Program] Self-Managed - Ultimate (w/o Support) - 1 Year",
    "Self-Managed - Premium - 1 Year",
    "self-managed - premium - 2 year",
    "Premium - 1 Year",
    "Self-Managed - Starter - 1 Year",
    "GitLab Enterprise Edition - 1 Year",
    "Starter - 3 Year",
)
SAAS_PLANS = (
    "SaaS - Ultimate - 1 Year",
    "SaaS - Premium - 1 Year",
    "SAAS - PREMIUM - 1 YEAR",
    "Gold - 1 Year",
    "Silver - 1 Year",
    "Bronze - 1 Year",
    "[OSS Program] SaaS - Ultimate (w/o Support) - 1 Year",
)
DEDICATED_PLANS = ("Dedicated - Ultimate - 1 Year",)
ADD_ONS = (
    "Premium Support",
    "Ultimate Training Services",
    "GitLab Security Essentials Training - Remote",
    "Implementation QuickStart - Self Managed (HA)",
    "Self-Managed Rapid Results Consulting",
    "True-Up (Annual) - Dedicated - Ultimate",
    "Trueup",
    "1,000 CI Minutes",
    "1,000 Compute Minutes",
    "Gitlab Storage 10GB - 1 Year",
    "SaaS - Code Suggestions - 1 Year",
    "SaaS - GitLab Duo Enterprise - 1 Year",
    "GitLab Duo Pro - 1 Year",
    "Enterprise Agile Planning - 1 Year",
    "Success Plan Services",
    "One Time Discount",
    "GitLab Dedicated for US Public Sector - Administration Fee [Small] - 1 Year",
    "Mystery Plan, never listed",
)
AMBIGUOUS_PLANS = (
    "SaaS - Ultimate with Duo Enterprise - 1 Year",
    "Self-Managed - Premium - Financial Services - 1 Year",
    "Self-Managed - Premium - 1 Year (Startup Discount)",
    "Ultimate - 1 Year with Premium Support",
)
ZONES = ("UTC", "UTC", "Europe/Berlin", "UTC", "America/New_York")
TRUE_FLAGS = ("True", "true", "TRUE", "t", "Yes", "Y", "1")
FALSE_FLAGS = ("False", "false", "f", "No", "N", "0", None, None, None)
OUT_FLAGS = ("Opt-Out", "Opt Out", "opted-out", "OPTED OUT", "Excluded", "No", "false", "0")
IN_FLAGS = (None, None, "Opt-In", "Yes", "Included in Health Score", "included", "TRUE")
EXEMPT_FLAGS = ("No", "N", "false", "Exempt", "Opt-Out", "Opted out", "0")
CLOUD_FLAGS = (None, "Yes", "True", "Offline", "OFFLINE", "No", "false")
SEAT_UNITS = ("Seat", "Seats", "SEATS", "User", " users", "License", "LICENCES", "Licence")
OTHER_UNITS = (None, "Each", "Flat Fee", "GB")
HOST_FORMS = ("{}", "{}", "https://{}/", "http://{}:8080/users/sign_in", "{}.", "git@{}", "{}:443", "{}/gitlab?a=1")
NULL_WORDS = ("NULL", "null", "\\N", "#N/A", "N/A", "n/a", "NaN", "None", "nil")
# What nobody can read, by the kind of a column (R16.2).
UNREADABLE = {
    "date": (
        "1/31/2025",
        "31.01.2025",
        "2025-02-30",
        "20250131",
        "01-Jan-2025",
        "9/14/2025 9:05 AM",
        "2025-06-30 9:05 PM",
    ),
    "time": ("3/14/2025 9:05 AM", "1773479100000", "yesterday", "2025-13-01T00:00:00Z"),
    "number": ("1,000", "12 seats", "$5", "1_000", "0x1F", "ten"),
    "flag": ("maybe", "2", "??", "unknown"),
    "instance type": ("Staging", "prod"),
    "measure": ("mood", "csm_sentiments"),
    "color": ("grey", "NA"),
}
# Of these not too many may be unreadable in one file, or the run stops (R16.3).
REQUIRED = ("version", "subscriptionstartdate", "effectivestartdate", "updated_at")
PENDING = ("Draft", "Pending Activation", "PendingActivation", "Pending Acceptance", "PendingAcceptance")
VERSIONS = (
    "13.12.0-rc42-ee",
    "v13.12.15-ee",
    "14.0.0-ee",
    "v14.0",
    "15.1.0-pre",
    "15.1.6-ee",
    "15.2.0-ee",
    "15.9.8-ee",
    "15.10.0-ee",
    "16.0.0-ee",
    "16.1.0-ee",
    "16.8.3-ee",
    "16.9.0-rc42-ee",
    "16.9.1-ee",
    "16.11.2-ee",
    "17.5.0-ee",
    "17.10.0-pre",
    "17.11.1-ee",
    "18.0.0-ee",
    "18.7.0-ee",
)
UNKNOWN_VERSIONS = ("unknown", "14", "", None)
TYPED = {
    **dict.fromkeys(("Version", "Segment", "gl_namespace_id", "users_count"), "bigint"),
    **dict.fromkeys(("Quantity", "MRR"), "double"),
    **dict.fromkeys(("Deleted", "IsDeleted", "trial"), "boolean"),
    **dict.fromkeys(("EffectiveStartDate", "EffectiveEndDate", "CustomerSince"), "date"),
    **dict.fromkeys(("SubscriptionStartDate", "SubscriptionEndDate", "updated_at"), "timestamp"),
    **dict.fromkeys(("TermStartDate", "CancelledDate", "valid_from"), "timestamp with time zone"),
}
TYPE_LABELS = ("Non-Production", "obsolete", "Geo Secondary Node", "Unknown", "", " non-production ")
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
# A metric, and the shares of the billable users at which its colour changes.
SHARES = {
    "redis_hll_counters.manage.unique_active_users_monthly": (0.5, 0.8),
    f"{MONTHLY}.create.action_monthly_active_users_project_repo": (0.1, 0.33),
    "counts.count_total_create_ci_build_monthly": (2, 40),
    "counts_monthly.ci_builds": (2, 40),
    f"{MONTHLY}.release.deployments": (0.05, 0.12),
    "counts_monthly.deployments": (2, 7),
    f"{MONTHLY}.secure.user_unique_users_all_secure_scanners": (0.05, 0.2),
}


@dataclass(frozen=True)
class Raw:
    """A JSON literal to be written as it is (R1.2, R4)."""

    text: str


class Pairs(list):
    """An object as a list of pairs, so that a key can be repeated (R1.1)."""


def dump(value: Any, comma: str = "") -> str:
    """Write JSON with raw literals, repeated keys and, if asked, trailing commas (R1.1, R1.2)."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        value = Pairs(value.items())
    if isinstance(value, Pairs):
        inner = ", ".join(f"{json.dumps(key)}: {dump(item, comma)}" for key, item in value)
        return "{" + inner + (comma if value else "") + "}"
    if isinstance(value, list):
        return "[" + ", ".join(dump(item, comma) for item in value) + (comma if value else "") + "]"
    return json.dumps(value)


def put(payload: dict[str, Any], path: str, value: Any) -> None:
    """Set a value at a dotted key path (R4)."""
    *parents, last = path.split(".")
    for key in parents:
        inner = payload.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        payload = inner
    payload[last] = value


@dataclass
class Contract:
    """A subscription as the generator knows it."""

    name: str
    crm: str
    version_ids: list[str]
    current_id: str
    kinds: set[str]
    licenses: int
    namespace_id: str | None
    hashes: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Server:
    """A self-managed instance as the generator knows it."""

    uuid: str
    hostname: str | None
    dedicated: bool
    contract: Contract | None
    orphan: tuple[str, str] | None = None
