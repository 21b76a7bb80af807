"""Renewals worked out by hand, one a situation: each source of a peak, reason of a missing figure and signal (R18).

All are of the term from 2025-10-01 and speak for 2026-03-31. What a renewal does not say is as of `steady`: 100 seats
at 12 x 2000 / 100 = 240 a year, a server that tells of 90 users in the middle of each month since October, so that 10
seats are unused, 10 x 240 = 2,400, and 90 users are expected in 30 days; a green CSM sentiment and 90 % of the licences
used make a green account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from building import Built, build
from conftest import LandingWriter

pytestmark = pytest.mark.slow

AS_OF = date(2026, 3, 31)
MONTHS = ("2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03")
SIX = dict.fromkeys(MONTHS, 90)
SELF_MANAGED, SAAS = "Self-Managed - Premium - 1 Year", "SaaS - Premium - 1 Year"

Expected = Mapping[str, Any]

STEADY: Expected = {
    "renewal_date": date(2026, 4, 30),
    "days_to_renewal": 30,
    "renewal_window": "up_to_30_days",
    "licenses_sold": 100,
    "billable_user_count": 90,
    "term_peak_user_count": 90,
    "term_peak_on": date(2025, 10, 15),
    "term_peak_source": "ping",
    "term_peak_is_bound": False,
    "term_peak_missing_reason": None,
    "seat_price": 240,
    "max_seat_price": 240,
    "price_missing_reason": None,
    "overage_value": 0,
    "peak_overage_value": 0,
    "unused_value": 2400,
    "exchange_rate_missing_reason": None,
    "overage_value_reporting": 0,
    "peak_overage_value_reporting": 0,
    "unused_value_reporting": 2400,
    "forecast_user_count": 90,
    "forecast_low": 90,
    "forecast_high": 90,
    "forecast_missing_reason": None,
    "renewal_signal": "steady",
    "health_color": "Green",
}
NOT_SCORED: Expected = {"renewal_signal": "not_in_view", "health_color": "Insufficient data"}
NO_FORECAST: Expected = dict.fromkeys(("forecast_user_count", "forecast_low", "forecast_high"))
NO_PEAK: Expected = dict.fromkeys(
    ("term_peak_user_count", "term_peak_on", "term_peak_source", "term_peak_is_bound", "peak_overage_value")
) | {"peak_overage_value_reporting": None}
NO_PRICE: Expected = dict.fromkeys(("seat_price", "max_seat_price"))


def unknown(*figures: str) -> Expected:
    """Say that values are not known, in neither currency."""
    return dict.fromkeys([*figures, *(f"{figure}_reporting" for figure in figures)])


def values(overage: float, at_peak: float, unused: float) -> Expected:
    """Say what values there are, billed in the reporting currency."""
    named = {"overage_value": overage, "peak_overage_value": at_peak, "unused_value": unused}
    return named | {f"{name}_reporting": value for name, value in named.items()}


def renews(day: str, days: int, window: str) -> Expected:
    """Say when it renews."""
    return {"renewal_date": date.fromisoformat(day), "days_to_renewal": days, "renewal_window": window}


@dataclass(frozen=True)
class Case:
    """What lands of a renewal, and what its row says that the steady one's does not (None: it has no row)."""

    expected: Expected | None = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=lambda: SIX)
    seats: Mapping[str, int] = field(default_factory=dict)
    maximum: Mapping[str, Any] = field(default_factory=dict)
    release: str = "17.9.1-ee"
    charges: tuple[tuple[str, str, str], ...] = ((SELF_MANAGED, "100", "2000"),)
    says: Mapping[str, str] = field(default_factory=dict)
    sentiment: str | None = "Green"
    currency: str = "USD"
    has_account: bool = True


CASES: dict[str, Case] = {
    # 150 users were there before the term began.
    "steady": Case(users={"2025-09": 150, **SIX}),
    "health_red": Case(
        {**renews("2026-05-01", 31, "up_to_90_days"), "renewal_signal": "health_red", "health_color": "Red"},
        says={"TermEndDate": "2026-05-01"},
        sentiment="Red",
    ),
    # Licence utilisation alone weighs 0.5 x 0.3 = 0.15, less than 0.3.
    "insufficient": Case(
        {
            **renews("2026-06-29", 90, "up_to_90_days"),
            "renewal_signal": "insufficient_data",
            "health_color": "Insufficient data",
        },
        says={"TermEndDate": "2026-06-29"},
        sentiment=None,
    ),
    "without_account": Case(
        {**renews("2026-06-30", 91, "up_to_120_days"), "renewal_signal": "insufficient_data", "health_color": None},
        says={"TermEndDate": "2026-06-30"},
        has_account=False,
    ),
    # 200 seats at 12 x 4000 / 200 = 240, 80 at 12 x 2400 / 80 = 360, in all 12 x 6400 / 280; 28 unused,
    # 28 x 76800 / 280 = 7,680. Between the dates lie 31, 28 and 31 days: the slopes are 31/31, 59/59, 28/28, 152/90,
    # 121/59 and 93/31. Median (1 + 152/90) / 2 = 121/90, 252 + 30 x 121/90 = 292.3; low 1, 252 + 30 = 282; high
    # (121/59 + 3) / 2 = 149/59, 252 + 30 x 149/59 = 327.8.
    "overdeployed": Case(
        {
            "licenses_sold": 280,
            "billable_user_count": 252,
            "term_peak_user_count": 252,
            "term_peak_on": date(2026, 3, 15),
            "seat_price": 76800 / 280,
            "max_seat_price": 360,
            **values(0, 0, 7680),
            "forecast_user_count": 292,
            "forecast_low": 282,
            "forecast_high": 328,
            "renewal_signal": "overdeployed",
        },
        users={"2025-12": 100, "2026-01": 131, "2026-02": 159, "2026-03": 252},
        charges=((SELF_MANAGED, "200", "4000"), (SELF_MANAGED, "80", "2400")),
    ),
    # One user fewer a day, 100 - 30 = 70, below 75 of 100. The peak is 190 - 100 = 90 over, 90 x 240 = 21,600.
    "shrinking": Case(
        {
            "billable_user_count": 100,
            "term_peak_user_count": 190,
            "term_peak_on": date(2025, 12, 15),
            **values(0, 21600, 0),
            **dict.fromkeys(NO_FORECAST, 70),
            "renewal_signal": "shrink",
        },
        users={"2025-12": 190, "2026-01": 159, "2026-02": 131, "2026-03": 100},
    ),
    "silent": Case(
        {
            **NOT_SCORED,
            **NO_FORECAST,
            **NO_PEAK,
            **unknown("overage_value", "unused_value"),
            "billable_user_count": None,
            "term_peak_missing_reason": "no_primary",
            "forecast_missing_reason": "not_in_view",
        },
        users={},
    ),
    # Billable users came with 14.0.
    "too_old": Case(
        {
            **NOT_SCORED,
            **NO_FORECAST,
            **NO_PEAK,
            **unknown("overage_value", "unused_value"),
            "billable_user_count": None,
            "term_peak_missing_reason": "not_reported",
            "forecast_missing_reason": "not_in_view",
        },
        release="13.12.0-ee",
    ),
    # 95 users on a new server since February, which has no peak but its own: two of six months are comparable.
    "replaced": Case(
        {
            **NO_FORECAST,
            **values(0, 0, 5 * 240),
            "billable_user_count": 95,
            "term_peak_user_count": 95,
            "term_peak_on": date(2026, 2, 15),
            "forecast_missing_reason": "not_comparable",
        },
        users=dict.fromkeys(MONTHS[:4], 90) | {"2026-02": 95, "2026-03": 95},
    ),
    "young": Case(
        {**NO_FORECAST, "term_peak_on": date(2026, 1, 15), "forecast_missing_reason": "too_few_points"},
        users=dict.fromkeys(MONTHS[3:], 90),
    ),
    # Its own maximum of 90 is not higher.
    "namespace": Case(
        {"term_peak_source": "seats"},
        users={},
        seats=SIX,
        maximum={"max_seats_used": 90},
        charges=((SAAS, "100", "2000"),),
    ),
    # 60 of the server, and 45 that the namespace reports itself where 30 are in use: 105, 5 over, 5 x 240 = 1,200.
    "both": Case(
        {
            "term_peak_user_count": 105,
            "term_peak_on": None,
            "term_peak_source": "sum",
            "term_peak_is_bound": True,
            **values(0, 1200, 2400),
        },
        users=dict.fromkeys(MONTHS, 60),
        seats=dict.fromkeys(MONTHS, 30),
        maximum={"max_seats_used": 45},
        charges=((SELF_MANAGED, "50", "1000"), (SAAS, "50", "1000")),
    ),
    # 130 - 100 = 30 over, 30 x 240 = 7,200; of a licence that began a day before the term it says nothing.
    "maximum": Case(
        {
            **renews("2026-07-30", 121, "up_to_180_days"),
            "term_peak_user_count": 130,
            "term_peak_on": None,
            "term_peak_source": "reported_maximum",
            **values(0, 7200, 2400),
        },
        maximum={"historical_max_users": 130, "license_starts_at": "2025-10-01"},
        says={"TermEndDate": "2026-07-30"},
    ),
    "maximum_before": Case(
        renews("2026-09-28", 181, "later"),
        maximum={"historical_max_users": 130, "license_starts_at": "2025-09-30"},
        says={"TermEndDate": "2026-09-28"},
    ),
    "quantity_blank": Case(
        {
            **NOT_SCORED,
            **NO_PRICE,
            **unknown("overage_value", "peak_overage_value", "unused_value"),
            "licenses_sold": None,
            "price_missing_reason": "quantity_unknown",
        },
        charges=((SELF_MANAGED, "", "2000"),),
    ),
    # 90 over at an unknown price, none unused.
    "quantity_zero": Case(
        {
            **NO_PRICE,
            **unknown("overage_value", "peak_overage_value"),
            "licenses_sold": 0,
            "price_missing_reason": "quantity_unknown",
            "unused_value": 0,
            "unused_value_reporting": 0,
            "renewal_signal": "overdeployed",
            "health_color": "Insufficient data",
        },
        charges=((SELF_MANAGED, "0", "2000"),),
    ),
    # None over is worth 0 at any price.
    "price_blank": Case(
        {**NO_PRICE, **unknown("unused_value"), "price_missing_reason": "price_blank"},
        charges=((SELF_MANAGED, "100", ""),),
    ),
    # Nobody can read since when: licences and peak are not known, what a seat costs is.
    "undated": Case(
        {
            **NOT_SCORED,
            **NO_PEAK,
            **unknown("overage_value", "unused_value"),
            "licenses_sold": None,
            "term_peak_missing_reason": "date_unreadable",
        },
        says={"SubscriptionStartDate": "soon", "TermStartDate": ""},
    ),
    # 10 over, 10 x 240 = 2,400 EUR, 2,400 x 1.25 = 3,000 USD.
    "euros": Case(
        {
            "billable_user_count": 110,
            "term_peak_user_count": 110,
            "overage_value": 2400,
            "peak_overage_value": 2400,
            "unused_value": 0,
            "overage_value_reporting": 3000,
            "peak_overage_value_reporting": 3000,
            "unused_value_reporting": 0,
            **dict.fromkeys(NO_FORECAST, 110),
            "renewal_signal": "overdeployed",
        },
        users=dict.fromkeys(MONTHS, 110),
        currency="EUR",
    ),
    "yen": Case({"exchange_rate_missing_reason": "rate_missing", "unused_value_reporting": None}, currency="JPY"),
    # The as-of date lies outside such a term: the peak is since the subscription began. 20 over, 20 x 240 = 4,800.
    "reversed": Case(
        {
            **renews("2026-05-15", 45, "up_to_90_days"),
            **values(0, 4800, 2400),
            "term_peak_user_count": 120,
            "term_peak_on": date(2025, 8, 15),
        },
        users={"2025-08": 120, **SIX},
        says={"TermStartDate": "2026-06-01", "TermEndDate": "2026-05-15"},
    ),
    "today": Case(None, says={"TermEndDate": "2026-03-31"}),
    "open": Case(None, says={"TermEndDate": ""}),
}


def account_of(name: str) -> str:
    """Return the CRM id of a renewal's account, none where it has none."""
    return f"001{[*CASES].index(name):012d}AAA" if CASES[name].has_account else ""


def pings_of(name: str, case: Case) -> list[dict[str, Any]]:
    """Return the payloads of a renewal's server; the replaced one's are of another server since February."""
    return [
        {
            "uuid": f"uuid-{name}",
            "hostname": f"{'new' if name == 'replaced' and month >= '2026-02' else 'git'}.{name}.example",
            "recorded_at": f"{month}-15T02:00:00Z",
            "version": case.release,
            "license_subscription_id": name,
            "license_billable_users": count,
            **{key: value for key, value in case.maximum.items() if key != "max_seats_used"},
        }
        for month, count in case.users.items()
    ]


def write_sales(landing: LandingWriter) -> None:
    """Write what was sold, and to whom."""
    accounts, subscriptions, plans, charges = [], [], [], []
    for name, case in CASES.items():
        accounts.append({"Id": f"b-{name}", "CrmId": account_of(name), "Currency": case.currency})
        version = {
            "Id": f"s-{name}",
            "Name": name,
            "AccountId": f"b-{name}",
            "Version": "1",
            "Status": "Active",
            "SubscriptionStartDate": "2025-01-01",
            "TermStartDate": "2025-10-01",
            "TermEndDate": "2026-04-30",
            "GitLabNamespaceId__c": str(1000 + [*CASES].index(name)) if case.seats else "",
        }
        subscriptions.append(version | case.says)
        for number, (plan, quantity, mrr) in enumerate(case.charges):
            plans.append({"Id": f"p-{name}-{number}", "SubscriptionId": f"s-{name}", "Name": plan})
            charges.append(
                {
                    "Id": f"c-{name}-{number}",
                    "RatePlanId": f"p-{name}-{number}",
                    "ChargeType": "Recurring",
                    "UOM": "Seats",
                    "Quantity": quantity,
                    "MRR": mrr,
                    "EffectiveStartDate": "2025-01-01",
                }
            )
    landing.table("zuora/account", accounts)
    landing.table("zuora/subscription", subscriptions)
    landing.table("zuora/rate_plan", plans)
    landing.table("zuora/rate_plan_charge", charges)
    landing.table("operations/exchange_rates", [{"currency": "EUR", "valid_from": "2025-01-01", "rate": "1.25"}])


def write_usage(landing: LandingWriter) -> None:
    """Write who reports what, and how its customer is doing."""
    landing.table(
        "salesforce/account",
        [
            {"Id": account_of(name), "Name": name, "CustomerSince": "2024-01-01"}
            for name, case in CASES.items()
            if case.has_account
        ],
    )
    landing.table(
        "gainsight/scorecard_inputs",
        [
            {
                "account_id": account_of(name),
                "measure": "csm_sentiment",
                "color": case.sentiment,
                "updated_at": "2026-03-01T00:00:00Z",
            }
            for name, case in CASES.items()
            if case.sentiment and case.has_account
        ],
    )
    pings = [ping for name, case in CASES.items() for ping in pings_of(name, case)]
    landing.table(
        "gainsight/instance_info",
        [
            {"instance_uuid": uuid, "hostname": hostname, "InstanceType": "Production"}
            for uuid, hostname in sorted({(ping["uuid"], ping["hostname"]) for ping in pings})
        ],
    )
    for month in sorted({ping["recorded_at"][:7] for ping in pings}):
        landing.pings(f"{month}-16", [ping for ping in pings if ping["recorded_at"].startswith(month)])
    namespaces = {name: str(1000 + [*CASES].index(name)) for name, case in CASES.items() if case.seats}
    landing.table("saas/namespaces", [{"namespace_id": namespace} for namespace in namespaces.values()])
    for month in MONTHS:
        landing.table(
            f"saas/namespace_seats/ping_date={month}-15/seats",
            [
                {
                    "namespace_id": namespace,
                    "seats_in_use": CASES[name].seats[month],
                    "max_seats_used": CASES[name].maximum["max_seats_used"],
                }
                for name, namespace in namespaces.items()
            ],
        )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build all renewals once."""
    folder: Path = tmp_path_factory.mktemp("renewals")
    landing = LandingWriter(folder / "landing")
    write_sales(landing)
    write_usage(landing)
    return build(landing.root, AS_OF, folder, reporting_currency="USD")


@pytest.mark.parametrize("name", CASES)
def test_renewal_is_as_worked_out_by_hand(built: Built, name: str) -> None:
    """Every figure of a renewal, and why another one has none (R18.1 to R18.5)."""
    expected = CASES[name].expected
    columns = ", ".join(STEADY)
    found = built.query(f"select {columns} from fct_renewals_current where subscription_name = ?", name)
    if expected is None:
        assert found == []
        return
    ((*cells,),) = found
    differences = {
        column: (cell, wanted)
        for column, cell, wanted in zip(STEADY, cells, (STEADY | expected).values(), strict=True)
        if cell != (pytest.approx(float(wanted), rel=1e-9) if type(wanted) in (int, float) else wanted)
    }
    assert not differences


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("renewal_signal", "select renewal_signal from seeds.renewal_signals"),
        ("renewal_window", "select renewal_window from seeds.renewal_windows"),
        ("forecast_missing_reason", "select reason from dim_reasons where kind = 'forecast'"),
        ("price_missing_reason", "select reason from dim_reasons where kind = 'seat_price'"),
        ("term_peak_missing_reason", "select reason from dim_reasons where kind = 'term_peak'"),
        ("term_peak_source", "select unnest(['ping', 'seats', 'reported_maximum', 'sum'])"),
    ],
)
def test_every_word_has_a_renewal(built: Built, column: str, words: str) -> None:
    """No word is left without a renewal that was worked out by hand (R18)."""
    told = {(STEADY | case.expected)[column] for case in CASES.values() if case.expected is not None}
    assert told - {None} == {word for (word,) in built.query(words)}


def test_what_has_no_price_or_an_impossible_term_is_found(built: Built) -> None:
    """Each of them once, and nothing else (R18.3, R9.7)."""
    findings = built.query(
        "select finding, subject_id from fct_data_quality_findings "
        "where finding in ('renewal_without_price', 'term_ends_before_start')"
    )
    without_price = [name for name, case in CASES.items() if (case.expected or {}).get("price_missing_reason")]
    assert sorted(findings) == sorted(
        [*(("renewal_without_price", name) for name in without_price), ("term_ends_before_start", "reversed")]
    )
