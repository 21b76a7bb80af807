"""Figures that readers report as wrong (R22): what they are now and what explains them, and a row that reports one."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache

import streamlit as st

from scripts.dashboard.reading import Published
from scripts.dashboard.shown import account_link, figure, linked, note, show_table
from scripts.landing.contract import declared_tables
from scripts.settings import PROJECT_ROOT

REPORTS_TABLE = "operations/usage_reports"
FIGURES = PROJECT_ROOT / "seeds" / "report_figures.csv"
UNEXPLAINED = "no_cause_found"

REPORTS = """
    select
        reports.*,
        coalesce(accounts.account_name, reports.account_id, 'no account') as account_name
    from fct_usage_reports as reports
    left join dim_accounts as accounts
        on reports.account_id = accounts.account_id
    order by
        reports.closed_at is not null,
        reports.age_days desc,
        reports.report_id
"""


def draw(published: Published) -> None:
    """Draw the page."""
    st.title("Reported figures")
    reports = published.ask(REPORTS)
    is_open = reports["closed_at"].isna()
    is_unexplained = is_open & (reports["verdict"] == UNEXPLAINED)
    places = st.columns(3)
    places[0].metric("Open reports", figure(is_open.sum()), border=True)
    places[1].metric("Open, and nothing explains them", figure(is_unexplained.sum()), border=True)
    places[2].metric("Closed", figure((~is_open).sum()), border=True)
    show_table(
        "reports",
        linked(reports),
        {
            "account_name": account_link(),
            "figure": "Figure",
            "month": st.column_config.DateColumn("Month", format="YYYY-MM"),
            "expected_value": "Expected",
            "value_now": "Now",
            "verdict_in_words": st.column_config.TextColumn("What explains it", width="large"),
            "not_available_reason": "Why it is N/A",
            "findings": "Findings",
            "instruction": st.column_config.TextColumn("What to do", width="large"),
            "subject_type": "Subject",
            "subject_id": st.column_config.TextColumn("Which", width="medium"),
            "age_days": "Days open",
            "reported_at": st.column_config.DatetimeColumn("Reported", format="YYYY-MM-DD"),
            "closed_at": st.column_config.DatetimeColumn("Closed", format="YYYY-MM-DD"),
        },
        "Nobody has reported a wrong figure. An account's page ends with how to do that.",
        reports,
    )


def draw_new_report(account_id: str, month: date) -> None:
    """Draw how to report a figure of an account as wrong: a row for the file of reports, ready to be copied."""
    with st.expander("Is a figure wrong?", icon=":material/flag:"):
        name = st.selectbox("Figure", account_figures(), key="reported_figure", required=True)
        expected = st.text_input("What it should be", key="reported_value", placeholder="120, 80 % or Green")
        report = {"account_id": account_id, "month": f"{month:%Y-%m}", "figure": name, "expected_value": expected}
        st.code(report_lines(report, datetime.now(UTC)), language=None, wrap_lines=True)
        note(
            f"Add the second line to `{REPORTS_TABLE}.csv` of the landing, or make that file of both. After the next"
            " build the page *Reported figures* says what the figure is then, and what explains it."
        )


@cache
def account_figures() -> list[str]:
    """Return the figures of an account that can be reported, by the seed."""
    with FIGURES.open(newline="", encoding="utf-8") as lines:
        return [row["figure"] for row in csv.DictReader(lines) if row["subject_type"] == "account"]


@cache
def report_columns() -> list[str]:
    """Return the columns of a file of reports, by the landing contract."""
    [table] = [table for table in declared_tables(PROJECT_ROOT) if table.path == REPORTS_TABLE]
    return [column.name for column in table.columns]


def report_lines(report: Mapping[str, str], moment: datetime) -> str:
    """Return the header of a file of reports and the line of one that is made at a moment in UTC."""
    text = io.StringIO()
    writer = csv.DictWriter(text, report_columns(), restval="", lineterminator="\n")
    writer.writeheader()
    made = {
        "report_id": f"{report['account_id']}-{moment:%Y%m%dT%H%M%S}",
        "reported_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
    }
    writer.writerow(made | dict(report))
    return text.getvalue()
