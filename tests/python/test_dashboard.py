"""The dashboard's pages, drawn without a browser: their figures are the marts', and what is not there is a sentence."""

from __future__ import annotations

import csv
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from building import Built
from scripts.dashboard.screens.reports import report_columns

PAGES = ("portfolio", "account", "renewals", "view", "reports", "quality")
MONTH = "month = date_trunc('month', (select as_of_date from dim_publication))"
PAGE = """
from scripts.dashboard.frame import filtered, page_of
from scripts.dashboard.screens import {page}

page_of(filtered({page}.draw))()
"""


@pytest.fixture
def warehouse(demo: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Publish a copy of the demo, and point the dashboard at it."""
    shutil.copy(demo.database, tmp_path / "seatwise.duckdb")
    monkeypatch.setenv("SEATWISE_WAREHOUSE", str(tmp_path))
    return tmp_path


def page(name: str, **parameters: str) -> AppTest:
    """Draw a page whose address carries the parameters."""
    test = AppTest.from_string(PAGE.format(page=name), default_timeout=60)
    for key, value in parameters.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception, test.exception
    return test


def metrics(test: AppTest) -> dict[str, str]:
    """Return the figures that stand out on a page, by their labels."""
    return {metric.label: metric.value for metric in test.metric}


@pytest.mark.parametrize("name", PAGES)
def test_each_page_says_how_old_its_figures_are(warehouse: Path, name: str) -> None:
    """R15.2 The as-of date stands on every page, which draws without a fault."""
    assert "As of **17 June 2026**" in page(name).markdown[0].value


def test_the_portfolio_shows_the_figures_of_the_marts(warehouse: Path, demo: Built) -> None:
    """R9.6, R12.4 Colours and the utilisation of all are the marts'; what is not known is a band of its own."""
    test = page("portfolio")
    shown = metrics(test)
    (used, sold), *_ = demo.query(
        "select sum(scored_billable_user_count), sum(scored_licenses_sold)"
        f" from fct_account_utilization_monthly where {MONTH}"
    )
    assert shown["Licence utilisation"] == f"{100 * float(used) / sold:.1f} %"
    assert shown["Accounts"] == str(demo.query("select count(*) from dim_accounts")[0][0])
    colors = dict(
        demo.query(f"select health_color, count(*) from fct_account_health_monthly where {MONTH} group by health_color")
    )
    lines = [line.value.removesuffix("]") for line in test.markdown]
    assert f"{colors['Green']} Green, {colors['Yellow']} Yellow, {colors['Red']} Red" in " ".join(lines)
    unknown = demo.query(
        f"select count(*) from fct_account_utilization_monthly where {MONTH} and license_utilization is null"
    )[0][0]
    assert any(line.endswith(f"N/A: {unknown}") for line in lines)


def test_the_portfolio_has_the_share_in_view_of_the_coverage(warehouse: Path, demo: Built) -> None:
    """R20.1 Without a filter both pages say the same, subscriptions without account included."""
    ((share_in_view,),) = demo.query(
        f"select arr_in_view_share from fct_usage_coverage_monthly where slice = 'all' and {MONTH}"
    )
    assert metrics(page("portfolio"))["ARR in view"] == f"{100 * share_in_view:.1f} %"


def test_filters_and_search_narrow_the_portfolio(warehouse: Path, demo: Built) -> None:
    """A filter of the address holds, and a search without a hit is a sentence."""
    (segment, count), *_ = demo.query(
        "select segment, count(*) from dim_accounts where segment is not null group by segment order by 2, 1"
    )
    assert metrics(page("portfolio", segment=segment))["Accounts"] == str(count)
    assert "No account fits" in page("portfolio", search="no such name").info[0].value


def test_an_account_shows_its_figures_or_why_they_are_missing(warehouse: Path, demo: Built) -> None:
    """R9.5 The customer page has its own names; N/A comes with the reason and the subscriptions that caused it."""
    account, used, sold, utilization = demo.query(
        "select account_id, billable_user_count, licenses_sold, license_utilization"
        f" from fct_account_utilization_monthly where {MONTH} and license_utilization is not null order by 1"
    )[0]
    shown = metrics(page("account", account=account))
    assert shown["Billable Users - Account"] == f"{used:,.0f}"
    assert shown["Total Licenses Sold (Account)"] == f"{sold:,.0f}"
    assert shown["License Utilization - Account"] == f"{100 * utilization:.1f} %"
    account, reason, names = demo.query(
        "select account_id, not_available_reason, not_available_subscriptions from fct_account_utilization_monthly"
        f" where {MONTH} and not_available_reason is not null order by 1"
    )[0]
    test = page("account", account=account)
    assert metrics(test)["License Utilization - Account"] == "N/A"
    assert reason in test.warning[0].value
    assert names in test.warning[0].value


def test_renewals_add_up_to_those_of_the_mart(warehouse: Path, demo: Built) -> None:
    """R18.5 As many renewals, of each signal, as the mart has, those without account too."""
    test = page("renewals")
    count, steady = demo.query(
        "select count(*), count(*) filter (renewal_signal = 'steady') from fct_renewals_current"
    )[0]
    shown = metrics(test)
    assert (shown["Renewals"], shown["Steady"]) == (str(count), str(steady))


def test_a_sum_of_unknown_amounts_is_unknown(warehouse: Path) -> None:
    """R17.3 Renewals of which no amount is known are worth N/A, not 0."""
    with duckdb.connect(str(warehouse / "seatwise.duckdb")) as connection:
        connection.execute("update fct_renewals_current set arr_reporting = null")
    shown = metrics(page("renewals"))
    assert shown["ARR to renew"] == "N/A"
    assert shown["Unused"] != "N/A"


def test_reports_are_those_of_the_mart(warehouse: Path, demo: Built) -> None:
    """R22.4 Open reports, those that nothing explains and closed ones add up to the mart's."""
    shown = metrics(page("reports"))
    opened, unexplained, closed = demo.query(
        "select count(*) filter (closed_at is null),"
        " count(*) filter (closed_at is null and verdict = 'no_cause_found'), count(closed_at) from fct_usage_reports"
    )[0]
    assert shown == {
        "Open reports": str(opened),
        "Open, and nothing explains them": str(unexplained),
        "Closed": str(closed),
    }
    with duckdb.connect(str(warehouse / "seatwise.duckdb")) as connection:
        connection.execute("delete from fct_usage_reports")
    assert "Nobody has reported a wrong figure" in page("reports").info[0].value


def test_a_report_made_on_the_page_is_a_row_of_the_landing(warehouse: Path, demo: Built) -> None:
    """R22.1 The line that the page gives has the columns of the contract, and a value with a comma stays one."""
    account = demo.query("select min(account_id) from dim_accounts")[0][0]
    test = page("account", account=account)
    test.selectbox(key="reported_figure").select("license_utilization")
    test.text_input(key="reported_value").input("1,250").run()
    header, line = csv.reader(test.code[0].value.splitlines())
    row = dict(zip(header, line, strict=True))
    assert set(row) == set(report_columns())
    assert row["reported_at"].endswith("Z")
    del row["reported_at"]
    assert row.pop("report_id").startswith(account)
    assert {name: text for name, text in row.items() if text} == {
        "account_id": account,
        "month": "2026-06",
        "figure": "license_utilization",
        "expected_value": "1,250",
    }


def test_a_name_is_shown_as_it_is(warehouse: Path) -> None:
    """Signs that Markdown would read as its own stand there as letters."""
    with duckdb.connect(str(warehouse / "seatwise.duckdb")) as connection:
        account = connection.execute("select min(account_id) from dim_accounts").fetchone()[0]
        connection.execute("update dim_accounts set account_name = ':red[*A_B*] $1$' where account_id = ?", [account])
    assert page("account", account=account).title[0].value == r"\:red\[\*A\_B\*\] \$1\$"


def test_an_account_that_is_gone_is_a_sentence(warehouse: Path) -> None:
    """An address that names no account says so, and offers the others."""
    test = page("account", account="001000000000999AAA")
    assert "There is no account 001000000000999AAA" in test.warning[0].value
    assert test.selectbox[0].value


def test_the_next_publication_shows_at_the_next_click(warehouse: Path) -> None:
    """R15.1 A page that is open reads the file that has taken the place of the one before."""
    test = page("portfolio")
    file = warehouse / "seatwise.duckdb"
    following = warehouse / "next.duckdb"
    shutil.copy(file, following)
    with duckdb.connect(str(following)) as connection:
        connection.execute("delete from dim_accounts where segment is null or segment <> 'Enterprise'")
        connection.execute("update dim_publication set published_at = ?", [datetime(2026, 6, 18, 7, 30)])  # noqa: DTZ001
        count = connection.execute("select count(*) from dim_accounts").fetchone()[0]
    following.replace(file)
    test.run()
    assert metrics(test)["Accounts"] == str(count)
    assert "published 2026-06-18 07:30 UTC" in test.markdown[0].value


@pytest.mark.parametrize("name", PAGES)
def test_without_a_publication_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """No file, a file that is no database, and one of another version are each a sentence, and no trace."""
    monkeypatch.setenv("SEATWISE_WAREHOUSE", str(tmp_path))
    assert "run make build" in page(name).error[0].value
    (tmp_path / "seatwise.duckdb").write_text("no database")
    assert "cannot be read" in page(name).error[0].value
    (tmp_path / "seatwise.duckdb").unlink()
    duckdb.connect(str(tmp_path / "seatwise.duckdb")).close()
    assert "another version of Seatwise" in page(name).error[0].value
