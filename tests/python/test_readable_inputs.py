"""A value that nobody can read is never silently a blank (R16): what people send, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from building import Built, run_on_manifest, settings_in, try_dbt
from conftest import REQUIRED_TABLES, LandingWriter
from scripts.settings import SeatwiseError, read_settings

pytestmark = pytest.mark.slow

AS_OF = date(2026, 3, 31)
ACCOUNT = REQUIRED_TABLES["salesforce/account"]["Id"]
BILLING = REQUIRED_TABLES["zuora/account"]["Id"]
MARTS = ("fct_data_quality_findings", "dim_subscriptions", "dim_instances", "fct_account_health_measures_monthly")
OPTED_OUT = ("Opt-Out", "Opt Out", "OPTED_OUT", "excluded", "No", "FALSE", "0")
OPTED_IN = ("Included in Health Score", "opt-in", "Yes", "", "NULL", "whatever")
EXEMPT = ("No", "FALSE", "N", "0", "Opted out", "exempt")
NOT_EXEMPT = ("Yes", "true", "", "None", "\\N", "who knows")


def subscription(number: int, **fields: str) -> dict[str, str]:
    """Return a version of a subscription of its own."""
    row = {"Id": f"{number:032d}", "Name": f"A-S{number:08d}", "AccountId": BILLING, "Version": "1", "Status": "Active"}
    dates = {"SubscriptionStartDate": "2025-01-01", "SubscriptionEndDate": "", "ContractOperationalMetrics__c": ""}
    return row | dates | fields


def scorecard_input(measure: str, updated_at: str = "2026-03-14", **fields: str) -> dict[str, str]:
    """Return a row that another system delivers of the account."""
    row = {"account_id": ACCOUNT, "measure": measure, "value": "", "color": "Green", "updated_at": updated_at}
    return row | fields


def report(report_id: str, **fields: str) -> dict[str, str]:
    """Return a row of the reports of wrong figures."""
    row = {"report_id": report_id, "reported_at": "2026-03-30", "month": "", "expected_value": "", "closed_at": ""}
    return row | fields


def ping(number: int, **fields: Any) -> dict[str, Any]:
    """Return a payload of an instance of its own."""
    payload = {"uuid": f"u-{number}", "hostname": f"git{number}.example", "recorded_at": "2026-03-01T10:00:00Z"}
    return payload | {"version": "17.1.0-ee"} | fields


def label(number: int, **fields: str) -> dict[str, str]:
    """Return a label of such an instance."""
    row = {"crm_acct_id": ACCOUNT, "instance_uuid": f"u-{number}", "hostname": f"git{number}.example"}
    return row | {"instancetype": "Production", "included_in_health_measures": "", "updated_at": "2026-01-01"} | fields


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build a landing in which some values are written as people and tools write them."""
    folder = tmp_path_factory.mktemp("readable")
    landing = LandingWriter(folder / "landing")
    landing.required_tables()
    landing.table(
        "salesforce/account", [{"Id": ACCOUNT, "Name": "None", "CsmName": "Nil", "CustomerSince": "31/12/2020"}]
    )

    # Files of a folder, and what their flags and ends say.
    spellings = list(enumerate((*EXEMPT, *NOT_EXEMPT), start=100))
    rows = [subscription(number, ContractOperationalMetrics__c=text) for number, text in spellings]
    landing.table("zuora/subscription/flags", rows)
    landing.table("zuora/subscription/export-9", [subscription(1, Status="Cancelled"), subscription(2)])
    landing.table("zuora/subscription/export-10", [subscription(1), subscription(2, Status="Cancelled")])
    landing.table("zuora/subscription/2026-3-9", [subscription(3, Status="Cancelled")])
    landing.table("zuora/subscription/2026-3-10", [subscription(3)])
    ends = ("6/30/2025", "30.06.2025", "2025-06-31", "45838", "", "2025-06-30", "2025-06-30T12:00:00Z")
    rows = [subscription(number, SubscriptionEndDate=text) for number, text in enumerate(ends, start=10)]
    landing.table("zuora/subscription/ends", rows)
    starts = ["2025-01-01"] * 19 + ["1/1/2025"]
    rows = [subscription(number, SubscriptionStartDate=text) for number, text in enumerate(starts, start=200)]
    landing.table("zuora/subscription/starts", [*rows, subscription(0, Id="")])

    # Labels: how an opt-out is written, and hostnames that stand for none.
    spellings = list(enumerate((*OPTED_OUT, *OPTED_IN), start=1))
    labels = [label(number, included_in_health_measures=text) for number, text in spellings]
    labels += [
        label(number, hostname=text) for number, text in enumerate(("NULL", "\\N", "n/a", "#N/A", " "), start=20)
    ]
    labels += [label(30, crm_acct_id="001000000000009AAA"), label(31, crm_acct_id=" "), label(32, instancetype="Prod")]
    landing.table("gainsight/instance_info", labels)
    landing.pings("2026-03-02", [ping(number) for number in range(1, 33)])
    license_hash = "ab" * 32
    license_row = {"id": "9001", "license_file_sha256": license_hash, "zuora_subscription_id": "NULL"}
    landing.table("customers_dot/licenses", [license_row | {"zuora_subscription_name": "\\N"}])
    landing.pings("2026-03-03", [ping(40, license_sha256=license_hash)])

    # Scorecard inputs: what stands for a measure, a time, a number.
    inputs = [scorecard_input("meeting_cadence", f"2026-02-{day:02d}") for day in range(1, 29)]
    inputs += [scorecard_input("Meeting-Cadence", f"2026-01-{day:02d}") for day in range(1, 29)]
    inputs += [
        scorecard_input("CSM Sentiment", "2026-03-14T09:05:00Z", color="Red"),
        scorecard_input("csm_sentiment", "3/30/2026 9:05 AM"),
        scorecard_input("support_tickets", "1774000000000", value="4"),
        scorecard_input("support_tickets", "2026-03-10", value="4"),
        scorecard_input("support_tickets", "2026-03-09", value="many"),
        scorecard_input("mood", "2026-03-10"),
        scorecard_input("success_plan", "2026-03-10", color="Purple"),
        scorecard_input("success_plan", "2026-03-10", account_id="001000000000008AAA"),
    ]
    landing.table("gainsight/scorecard_inputs", inputs)

    # Reports of wrong figures, as people write them.
    reports = [
        report("1", month="May", expected_value="1,250", closed_at="soon"),
        report("2", reported_at="last week", month="2026-13", expected_value="a lot"),
        report("3", month="2026-03", expected_value="80 %"),
        report("4", month="2026-03-31", expected_value="green"),
        report(" ", expected_value=" "),
    ]
    landing.table("operations/usage_reports", reports)

    # Rates that are none, one of a currency that nobody sells in, one of a time to come, one of no currency.
    rates = [("EUR", "2024-01-01", "1.1"), ("EUR", "2025-01-01", "0"), ("EUR", "2025-02-01", "-1.5")]
    rates += [("EUR", "2025-03-01", "many"), ("EUR", "2026-04-01", "9"), ("XXQ", "2024-01-01", "2")]
    rates += [(" ", "2024-01-01", "3"), ("eur ", "soon", "4")]
    columns = ("currency", "valid_from", "rate")
    landing.table("operations/exchange_rates", [dict(zip(columns, rate, strict=True)) for rate in rates])
    selected = [f"+{mart}" for mart in MARTS]
    arguments = ["run", "--select", *selected, "+int_exchange_rates_as_of"]
    made = try_dbt(arguments, landing.root, AS_OF, folder, reporting_currency="USD")
    assert not made.run.problems, made.run.problems
    return made


def findings(built: Built, finding: str) -> dict[str, str]:
    """Return the details of a kind of finding by its subject."""
    rows = built.query("select subject_id, detail from fct_data_quality_findings where finding = ?", finding)
    return dict(rows)


def test_unreadable_values_are_findings(built: Built) -> None:
    """Per file and column: how many of how many, the first row, and its shape, not its text (R16.2)."""
    told = findings(built, "unreadable_value")
    assert told == {
        "salesforce/account.csv:CustomerSince": "1 of 1 values is no date, first in row 1 (99/99/9999)",
        "zuora/subscription/ends.csv:SubscriptionEndDate": "4 of 6 values are no date, first in row 1 (9/99/9999)",
        "zuora/subscription/starts.csv:SubscriptionStartDate": "1 of 21 values is no date, first in row 20 (9/9/9999)",
        "zuora/subscription/flags.csv:ContractOperationalMetrics__c": (
            "1 of 9 values is no flag, first in row 12 (aaa aaaaa)"
        ),
        "gainsight/instance_info.csv:included_in_health_measures": (
            "1 of 11 values is no flag, first in row 13 (aaaaaaaa)"
        ),
        "gainsight/instance_info.csv:instancetype": "1 of 21 values is no instance type, first in row 21 (aaaa)",
        "gainsight/scorecard_inputs.csv:updated_at": "2 of 64 values are no time, first in row 58 (9/99/9999 9:99 aa)",
        "gainsight/scorecard_inputs.csv:value": "1 of 3 values is no number, first in row 61 (aaaa)",
        "gainsight/scorecard_inputs.csv:measure": "1 of 64 values is no measure, first in row 62 (aaaa)",
        "gainsight/scorecard_inputs.csv:color": "1 of 64 values is no color, first in row 63 (aaaaaa)",
        "operations/usage_reports.csv:reported_at": "1 of 5 values is no time, first in row 2 (aaaa aaaa)",
        "operations/usage_reports.csv:month": "2 of 4 values are no month, first in row 1 (aaa)",
        "operations/usage_reports.csv:expected_value": "2 of 4 values are no figure value, first in row 1 (9,999)",
        "operations/usage_reports.csv:closed_at": "1 of 1 values is no time, first in row 1 (aaaa)",
        "operations/exchange_rates.csv:rate": "3 of 8 values are no rate, first in row 2 (9)",
        "operations/exchange_rates.csv:valid_from": "1 of 8 values is no date, first in row 8 (aaaa)",
    }


def test_dates_with_a_time_of_day_and_rows_without_an_id_are_findings(built: Built) -> None:
    """The date counts; the row does not; both are told per file and column (R16.5)."""
    assert findings(built, "date_not_midnight") == {
        "zuora/subscription/ends.csv:SubscriptionEndDate": (
            "1 of 6 dates have a time of day in the zone UTC, first in row 7; the date counts"
        )
    }
    assert findings(built, "row_without_id") == {
        "zuora/subscription/starts.csv:Id": "1 of 21 rows have no Id; they count nowhere",
        "operations/usage_reports.csv:report_id": "1 of 5 rows have no report_id; they count nowhere",
        "operations/exchange_rates.csv:currency": "1 of 8 rows have no currency; they count nowhere",
    }


def test_rates_that_are_none_leave_the_last_that_is_one(built: Built) -> None:
    """R17.1 0, a negative number, a word and a rate of a time to come do not count; the one before them holds."""
    rows = built.query("select month, rate from intermediate.int_exchange_rates_as_of where currency = 'EUR'")
    assert {str(rate).rstrip("0") for _, rate in rows} == {"1.1"}


def test_inputs_of_no_account_are_findings(built: Built) -> None:
    """An account that nobody knows is told; a label without one is not (R16.6)."""
    assert findings(built, "input_without_account") == {
        "001000000000009AAA": "1 row names a CRM account that is unknown or deleted",
        "001000000000008AAA": "1 row names a CRM account that is unknown or deleted",
    }


def test_later_file_wins_in_natural_order(built: Built) -> None:
    """export-10 comes after export-9, 2026-3-10 after 2026-3-9 (R16.7)."""
    names = [f"A-S{number:08d}" for number in (1, 2, 3)]
    rows = built.query("select subscription_name, status from dim_subscriptions where subscription_name in ?", names)
    assert dict(rows) == dict(zip(names, ("Active", "Cancelled", "Active"), strict=True))


def test_contracts_are_exempt_in_any_spelling(built: Built) -> None:
    """An exempt customer is never asked to share; one with an unreadable or blank flag is not exempt (R16.4)."""
    rows = built.query(
        "select subscription_name, is_exempt_from_operational_metrics from dim_subscriptions"
        " where subscription_name between 'A-S00000100' and 'A-S00000199' order by all"
    )
    assert [is_exempt for _, is_exempt in rows] == [True] * len(EXEMPT) + [False] * len(NOT_EXEMPT)


def test_instances_are_opted_out_in_any_spelling(built: Built) -> None:
    """One that is opted out is not scored; an unreadable word leaves it in (R16.4)."""
    rows = built.query("select instance_uuid from dim_instances where is_opted_out_of_health")
    assert sorted(uuid for (uuid,) in rows) == sorted(f"u-{number}" for number in range(1, len(OPTED_OUT) + 1))


def test_words_for_nothing_are_blank(built: Built) -> None:
    """A label for `NULL` is for all hostnames, a licence for it for no subscription; a name may be None (R16.1)."""
    rows = built.query("select instance_uuid, instance_type from dim_instances where instance_type <> 'Production'")
    assert dict(rows) == {"u-32": "Unknown", "u-40": "Unknown"} | {
        f"u-{number}": "Unknown" for number in range(14, 20)
    } | {f"u-{number}": "Unknown" for number in range(25, 30)}
    assert built.query("select unmapped_reason from dim_instances where instance_uuid = 'u-40'") == [
        ("license_without_subscription",)
    ]
    assert built.query("select account_name, csm_name, customer_since from staging.stg_salesforce__accounts") == [
        ("None", "Nil", None)
    ]


def test_measures_are_known_by_their_label(built: Built) -> None:
    """A red sentiment counts under its label; what has no readable time counts on no date (R16.6, R16.2)."""
    rows = built.query(
        "select measure, color, not_available_reason from fct_account_health_measures_monthly"
        " where month = date '2026-03-01' and measure in ('csm_sentiment', 'support_tickets', 'meeting_cadence')"
    )
    assert {measure: (color, reason) for measure, color, reason in rows} == {
        "csm_sentiment": ("Red", None),
        "support_tickets": ("Green", None),
        "meeting_cadence": ("Green", None),
    }


def columns_read(landing: LandingWriter, folder: Path) -> Built:
    """Open a landing and build nothing."""
    return try_dbt(["run-operation", "open_landing"], landing.root, AS_OF, folder)


@pytest.mark.parametrize(
    "text", ["1/31/2025", "31.01.2025", "20250131", "Jan 31, 2025", "45688", "2025-01-31 12:00 AM"]
)
def test_a_file_written_another_way_stops_the_run(tmp_path: Path, text: str) -> None:
    """A line names file, column, how many and what they look like (R16.3)."""
    landing = LandingWriter(tmp_path / "landing")
    landing.required_tables()
    rows = [subscription(number, SubscriptionStartDate=text) for number in range(2)]
    landing.table("zuora/subscription", rows)
    shape = "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in text)
    assert columns_read(landing, tmp_path).run.problems == [
        f"zuora/subscription.csv: column SubscriptionStartDate: 2 of 2 values are no date, first in row 1 ({shape})"
    ]


def test_every_required_date_time_and_number_can_stop_the_run(tmp_path: Path) -> None:
    """Each file for itself, at more than the share; other columns and what operators keep never do (R16.3)."""
    landing = LandingWriter(tmp_path / "landing")
    landing.required_tables()
    good = [subscription(number) for number in range(38)]
    bad = {"SubscriptionStartDate": "soon", "SubscriptionEndDate": "later"}
    landing.table("zuora/subscription/at-the-share", [*good[:19], subscription(50, **bad)])
    landing.table("zuora/subscription/above-it", [*good, subscription(50, **bad), subscription(51, **bad)][1:])
    landing.table("zuora/subscription/versions", [subscription(number, Version=f"v{number}") for number in range(3)])
    charge = REQUIRED_TABLES["zuora/rate_plan_charge"] | {"EffectiveStartDate": "", "Quantity": "x", "MRR": "y"}
    landing.table("zuora/rate_plan_charge", [charge, charge | {"Id": "5", "EffectiveStartDate": "1/1/2025; 2/2"}])
    times = ("3/14/2026 9:05 AM", "1773479100000", "2026-03-14")
    landing.table("gainsight/scorecard_inputs", [scorecard_input("csm_sentiment", time) for time in times])
    landing.table("operations/purge_requests", [{"subject_type": "instance", "subject_id": "i", "requested_at": "now"}])
    problems = sorted(columns_read(landing, tmp_path).run.problems)
    assert [problem.partition(": column ")[::2] for problem in problems] == [
        ("gainsight/scorecard_inputs.csv", "updated_at: 2 of 3 values are no time, first in row 1 (9/99/9999 9:99 aa)"),
        ("zuora/rate_plan_charge.csv", "EffectiveStartDate: 1 of 1 values is no date, first in row 2 (9/9/9999, 9/9)"),
        (
            "zuora/subscription/above-it.csv",
            "SubscriptionStartDate: 2 of 39 values are no date, first in row 38 (aaaa)",
        ),
        ("zuora/subscription/versions.csv", "Version: 3 of 3 values are no number, first in row 1 (a9)"),
    ]


def in_zone(zone: str, arguments: Sequence[str], landing: LandingWriter, folder: Path) -> Built:
    """Run dbt on a landing whose sources write their days in a zone."""
    settings = replace(settings_in(folder), landing=landing.root, is_demo=False, as_of=AS_OF, source_time_zone=zone)
    settings.private_file.parent.mkdir(parents=True, exist_ok=True)
    return Built(run_on_manifest(arguments, settings), settings.private_file)


@pytest.mark.parametrize(
    ("zone", "starts", "not_midnight"),
    [
        ("Europe/Berlin", ("2026-03-31T22:00:00Z", "2026-03-31 22:00 UTC", "2026-04-01T00:00:00+02:00"), 0),
        ("America/New_York", ("2026-04-01T04:00:00Z", "2026-04-01 00:00:00", "2026-04-01"), 0),
        ("Asia/Kolkata", ("2026-03-31T18:30Z", "2026-04-01 00:00:00.000 +0530", "2026-04-01T00:00"), 0),
        ("UTC", ("2026-04-01T22:00:00Z", "2026-04-01 05:30+05:30", "2026-04-01 01:00"), 2),
    ],
)
def test_midnight_of_the_sources_is_a_day(tmp_path: Path, zone: str, starts: Sequence[str], not_midnight: int) -> None:
    """A ramp that starts on 1 April starts on 1 April, wherever its midnight was (R16.5)."""
    landing = LandingWriter(tmp_path / "landing")
    landing.required_tables()
    charge: Mapping[str, str] = REQUIRED_TABLES["zuora/rate_plan_charge"]
    rows = [charge | {"Id": str(number), "EffectiveStartDate": text} for number, text in enumerate(starts)]
    landing.table("zuora/rate_plan_charge", rows)
    select = ["--select", "stg_zuora__rate_plan_charges", "stg_landing__column_readings"]
    made = in_zone(zone, ["run", *select], landing, tmp_path)
    assert not made.run.problems, made.run.problems
    assert made.query("select distinct effective_from from staging.stg_zuora__rate_plan_charges") == [
        (date(2026, 4, 1),)
    ]
    counts = made.query(
        "select sum(not_midnight_count), sum(unreadable_count) from staging.stg_landing__column_readings"
    )
    assert counts == [(not_midnight, 0)]


def test_a_zone_that_is_none_is_one_line(tmp_path: Path) -> None:
    """Scripts and dbt say the same (R16.5)."""
    line = "SEATWISE_SOURCE_TIME_ZONE is 'Berlin': give the name of a time zone, such as Europe/Berlin"
    with pytest.raises(SeatwiseError, match=line):
        read_settings({"SEATWISE_SOURCE_TIME_ZONE": "Berlin"})
    landing = LandingWriter(tmp_path / "landing")
    landing.required_tables()
    made = in_zone("Berlin", ["run-operation", "source_time_zone"], landing, tmp_path)
    (problem,) = made.run.problems
    assert problem.endswith(line.replace("SEATWISE_SOURCE_TIME_ZONE", "source_time_zone (SEATWISE_SOURCE_TIME_ZONE)"))


def test_a_currency_that_is_none_is_one_line(tmp_path: Path) -> None:
    """Scripts and dbt say the same, and take a code in any case (R17.1)."""
    line = "SEATWISE_REPORTING_CURRENCY is 'dollars': give the code of a currency, such as USD"
    with pytest.raises(SeatwiseError, match=line):
        read_settings({"SEATWISE_REPORTING_CURRENCY": "dollars"})
    assert read_settings({"SEATWISE_REPORTING_CURRENCY": " eur "}).reporting_currency == "EUR"
    landing = LandingWriter(tmp_path / "landing")
    landing.required_tables()
    run = ["run-operation", "reporting_currency"]
    made = try_dbt(run, landing.root, AS_OF, tmp_path, reporting_currency="dollars")
    (problem,) = made.run.problems
    assert problem.endswith(
        line.replace("SEATWISE_REPORTING_CURRENCY", "reporting_currency (SEATWISE_REPORTING_CURRENCY)")
    )
