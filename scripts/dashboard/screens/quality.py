"""Data quality and loads: what in the inputs a person should look at, what was refused, what arrived."""

from __future__ import annotations

import streamlit as st

from scripts.dashboard import charts
from scripts.dashboard.reading import Published
from scripts.dashboard.shown import figure, show_chart, show_table

KINDS = """
    select finding, severity, owner, instruction, count(*) as findings
    from fct_data_quality_findings
    group by finding, severity, owner, instruction
    order by
        case severity when 'high' then 1 when 'medium' then 2 else 3 end,
        findings desc,
        finding
"""

FINDINGS = """
    select findings.*, accounts.account_name
    from fct_data_quality_findings as findings
    left join dim_accounts as accounts
        on findings.account_id = accounts.account_id
    where len(cast($finding as varchar[])) = 0 or list_contains(cast($finding as varchar[]), findings.finding)
    order by findings.finding, findings.subject_id
"""

LOADS = """
    select file, received_date, landed, accepted, duplicates, quarantined
    from fct_ping_loads
    order by received_date desc, file
"""

LOADS_A_DAY = """
    unpivot (
        select
            received_date,
            sum(accepted)::double as accepted,
            sum(duplicates)::double as duplicates,
            sum(quarantined)::double as quarantined
        from fct_ping_loads
        group by received_date
    )
    on accepted, duplicates, quarantined into name kind value lines
"""

QUARANTINED = """
    select reason, file, line, received_date, raw_text
    from fct_quarantined_pings
    order by received_date desc, file, line
"""


def draw(published: Published) -> None:
    """Draw the page."""
    st.title("Data quality and loads")
    loads = published.ask(LOADS)
    places = st.columns(4)
    for place, column in zip(places, ("landed", "accepted", "duplicates", "quarantined"), strict=True):
        place.metric(f"Lines {column}", figure(loads[column].sum()), border=True)
    draw_findings(published)
    st.subheader("What was refused")
    quarantined = published.ask(QUARANTINED)
    show_table(
        "quarantined",
        quarantined,
        {
            "reason": "Reason",
            "file": st.column_config.TextColumn("File", width="large"),
            "line": "Line",
            "received_date": st.column_config.DateColumn("Received", format="YYYY-MM-DD"),
        },
        "No line was refused.",
        quarantined,
    )
    st.subheader("What arrived")
    if len(loads):
        show_chart(charts.loads(published.ask(LOADS_A_DAY)), f"Lines a day, of {len(loads)} files.")
    show_table(
        "loads",
        loads,
        {
            "file": st.column_config.TextColumn("File", width="large"),
            "received_date": st.column_config.DateColumn("Received", format="YYYY-MM-DD"),
            "landed": "Landed",
            "accepted": "Accepted",
            "duplicates": "Duplicates",
            "quarantined": "Quarantined",
        },
        "No file of payloads has arrived.",
        loads,
    )


def draw_findings(published: Published) -> None:
    """Draw what in the inputs a person should look at: by kind, with who and what to do, then each."""
    kinds = published.ask(KINDS)
    st.subheader(f"Findings: {figure(kinds['findings'].sum())}")
    show_table(
        "findings-by-kind",
        kinds,
        {
            "finding": "Finding",
            "severity": "Severity",
            "findings": "How many",
            "owner": "Who",
            "instruction": st.column_config.TextColumn("What to do", width="large"),
        },
        "The inputs gave no findings.",
        kinds,
    )
    if kinds.empty:
        return
    names = st.multiselect("Show only", list(kinds["finding"]), key="finding", bind="query-params", placeholder="All")
    findings = published.ask(FINDINGS, {"finding": names})
    show_table(
        "findings",
        findings,
        {
            "finding": "Finding",
            "account_name": "Account",
            "subject_type": "Subject",
            "subject_id": st.column_config.TextColumn("Which", width="medium"),
            "detail": st.column_config.TextColumn("What was found", width="large"),
            "severity": "Severity",
            "owner": "Who",
            "instruction": st.column_config.TextColumn("What to do", width="large"),
        },
        "No finding of this kind.",
        findings,
    )
