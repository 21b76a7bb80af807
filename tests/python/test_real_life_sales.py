"""What exports and payloads look like in real life, on the side of what was sold: one customer a situation (R6, R8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from building import Built, build
from conftest import LandingWriter

pytestmark = pytest.mark.slow

AS_OF = date(2026, 3, 31)
SELF_MANAGED = "Self-Managed - Premium - 1 Year"
BUNDLE = "SaaS - Ultimate with Duo Enterprise - 1 Year"
SEATS: Mapping[str, str] = {"UOM": "Seats", "Quantity": "100", "MRR": "2900"}

# Subscription: its plan, its charges and what it says that the others do not.
SOLD: dict[str, tuple[str, list[Mapping[str, str]], Mapping[str, str]]] = {
    "fee": (
        SELF_MANAGED,
        [
            SEATS,
            {"Name": "Platform fee", "Quantity": "1", "MRR": "500"},
            {"Name": "10% off", "ChargeModel": "Discount-Percentage"},
        ],
        {"TurnOnCloudLicensing__c": "Offline"},
    ),
    "bundle": (BUNDLE, [SEATS], {}),
    "storage": ("SaaS - Premium - 1 Year + 10GB Storage", [SEATS], {}),
    "clone": (SELF_MANAGED, [SEATS], {}),
    "clock": (SELF_MANAGED, [SEATS], {}),
    "label": (SELF_MANAGED, [SEATS], {}),
    "renewed": (SELF_MANAGED, [SEATS], {"SubscriptionEndDate": "2026-04-01"}),
    "renewal": (SELF_MANAGED, [{**SEATS, "Quantity": "120"}], {"SubscriptionStartDate": "2026-03-15"}),
    "cancelled": (SELF_MANAGED, [SEATS], {"Status": "Cancelled", "CancelledDate": "6/30/2025"}),
    "ramp": (SELF_MANAGED, [{**SEATS, "EffectiveEndDate": "4/1/2026"}, {**SEATS, "Quantity": "150"}], {}),
    "excluded": (SELF_MANAGED, [SEATS], {}),
}


def account_of(name: str) -> str:
    """Return the CRM id of a subscription's account: a renewal is of the same customer."""
    return f"001{[*SOLD].index({'renewal': 'renewed'}.get(name, name)):012d}AAA"


def ping(name: str, day: str, release: str = "17.9.1-ee", **fields: Any) -> dict[str, Any]:
    """Return a payload of a subscription's server, which names its subscription."""
    return {
        "uuid": f"uuid-{name}",
        "hostname": f"git.{name}.example",
        "recorded_at": f"{day}T02:00:00Z",
        "version": release,
        "license_subscription_id": name,
        "license_billable_users": 90,
        **fields,
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build a landing of all situations."""
    folder = tmp_path_factory.mktemp("sales")
    landing = LandingWriter(folder / "landing")
    accounts, subscriptions, plans, charges, customers = [], [], [], [], []
    for name, (plan, plan_charges, says) in SOLD.items():
        batch = "Batch20" if name == "excluded" else "Batch1"
        accounts.append({"Id": f"b-{name}", "CrmId": account_of(name), "Currency": " usd ", "Batch": batch})
        version = {
            "Id": f"s-{name}",
            "Name": name,
            "AccountId": f"b-{name}",
            "Version": "1",
            "Status": "Active",
            "SubscriptionStartDate": "2025-01-01",
            "SubscriptionEndDate": "2027-01-01",
            "CancelledDate": "",
            "TurnOnCloudLicensing__c": "",
        }
        subscriptions.append(version | says)
        plans.append({"Id": f"p-{name}", "SubscriptionId": f"s-{name}", "Name": plan})
        charges += [
            {
                "Id": f"c-{name}-{number}",
                "RatePlanId": f"p-{name}",
                "Name": "",
                "ChargeType": "Recurring",
                "ChargeModel": "",
                "UOM": "",
                "Quantity": "",
                "MRR": "",
                "EffectiveStartDate": "2025-01-01",
                "EffectiveEndDate": "",
            }
            | charge
            for number, charge in enumerate(plan_charges)
        ]
        customers.append({"Id": account_of(name), "Name": name})
    landing.table("zuora/account", accounts)
    landing.table("zuora/subscription", subscriptions)
    landing.table("zuora/rate_plan", plans)
    landing.table("zuora/rate_plan_charge", charges)
    landing.table("salesforce/account", list({row["Id"]: row for row in customers}.values()))
    landing.table(
        "gainsight/instance_info",
        [
            {"crm_acct_id": account_of(name), "instance_uuid": uuid, "hostname": host, "InstanceType": "Production"}
            for name, uuid, host in (
                ("fee", "uuid-fee", ""),
                ("clone", "uuid-clone", "git.clone.example"),
                ("renewed", "uuid-renewed", "git.renewed.example"),
                ("label", "uuid-label", "HTTPS://Git.Label.Example:443/users/sign_in"),
                ("label", "uuid-label", "git.gone.example"),
            )
        ],
    )
    landing.pings(
        "2026-03-30",
        [
            ping("fee", "2026-03-29"),
            ping("clone", "2026-03-28", license_billable_users=900),
            ping("clone", "2026-03-30", release="17.4.0-ee", license_billable_users=120),
            ping("clock", "2025-03-29"),
            ping("label", "2026-03-29"),
            ping("renewed", "2026-03-29"),
            ping("excluded", "2026-03-29"),
        ],
    )
    return build(landing.root, AS_OF, folder)


def sold_of(built: Built, name: str, *columns: str) -> tuple[Any, ...]:
    """Return what a subscription's row says."""
    return built.query(f"select {', '.join(columns)} from dim_subscriptions where subscription_name = ?", name)[0]


def findings(built: Built, finding: str) -> dict[str, tuple[str, str]]:
    """Return subject, account and detail of the findings of a kind."""
    rows = built.query(
        "select subject_id, account_id, detail from fct_data_quality_findings where finding = ?", finding
    )
    return {subject: (account, detail) for subject, account, detail in rows}


def test_a_platform_fee_and_a_discount_are_no_seats(built: Built) -> None:
    """A fee of quantity 1 makes 100 seats no 101, and a discount without amounts blanks nothing (R8.4, R8.7)."""
    columns = ("licenses_sold", "arr", "arr_missing_reason", "license_type", "currency")
    assert sold_of(built, "fee", *columns) == (100, 12 * 3400, None, "offline", "USD")


def test_a_tier_with_an_add_on_is_a_tier(built: Built) -> None:
    """A bundle carries seats, and what nobody has settled is found (R8.3)."""
    assert sold_of(built, "bundle", "tier", "carries_seats", "licenses_sold") == ("Ultimate", True, 100)
    assert sold_of(built, "storage", "carries_seats") == (False,)
    assert findings(built, "ambiguous_rate_plan").keys() == {SOLD["storage"][0]}


def test_a_clock_that_is_a_year_slow_is_found(built: Built) -> None:
    """A ping that comes a year late counts, and is a finding of its instance (R1.6)."""
    rows = built.query("select account_id, detail from fct_data_quality_findings where finding = 'late_ping'")
    assert [account for account, _ in rows] == [account_of("clock")]
    assert "2025-03-29" in rows[0][1]


def test_a_restored_copy_is_found(built: Built) -> None:
    """A release that falls between two pings of one instance tells of a copy (R2.3)."""
    ((account, detail),) = findings(built, "release_went_back").values()
    assert account == account_of("clone")
    assert "from 17.9 to 17.4" in detail


def test_a_renewal_under_a_new_number_is_found(built: Built) -> None:
    """It says which subscription has the usage, and changes no status (R10.1)."""
    assert findings(built, "renewal_not_yet_reporting").keys() == {"renewal"}
    statuses = built.query(
        "select subscription_name, availability_status from fct_subscription_utilization_monthly "
        "where month = '2026-03-01' and subscription_name in ('renewed', 'renewal')"
    )
    assert dict(statuses) == {"renewed": "available", "renewal": "no_ping_received"}


def test_a_label_whose_hostname_is_a_url_matches(built: Built) -> None:
    """The host is compared as a person means it; a label of no instance is found (R6.2)."""
    types = built.query("select hostname, instance_type from dim_instances where instance_uuid = 'uuid-label'")
    assert types == [("git.label.example", "Production")]
    ((account, detail),) = findings(built, "label_without_instance").values()
    assert account == account_of("label")
    assert "git.gone.example" in detail


def test_an_unreadable_cancellation_hides_nobody(built: Built) -> None:
    """It is live, its licences and ARR are not known, and both accounts and findings say so (R8.10)."""
    columns = ("is_live", "ends_on", "licenses_sold", "tier", "arr", "arr_missing_reason")
    assert sold_of(built, "cancelled", *columns) == (True, None, None, None, None, "date_unreadable")
    assert sold_of(built, "ramp", *columns[2:]) == (None, "Premium", None, "date_unreadable")
    account = built.query(
        "select arr, arr_missing_reason, availability_status from dim_accounts where account_id = ?",
        account_of("cancelled"),
    )
    assert account == [(None, "date_unreadable", "no_ping_received")]
    assert findings(built, "arr_unknown") == {
        "cancelled": (account_of("cancelled"), "date_unreadable: its start, end or cancellation"),
        "ramp": (account_of("ramp"), "date_unreadable: charges c-ramp-0"),
    }


def test_usage_of_an_excluded_batch_is_of_no_subscription(built: Built) -> None:
    """A subscription billed to a test batch is none: usage that names it is `subscription_unknown` (R2.4)."""
    assert built.query("select count(*) from dim_subscriptions where subscription_name = 'excluded'") == [(0,)]
    reasons = built.query("select unmapped_reason from dim_instances where instance_uuid = 'uuid-excluded'")
    assert reasons == [("subscription_unknown",)]
