"""In view: how much of what was sold can be seen, and what would bring the rest into view (R10.3, R20)."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from scripts.dashboard import charts
from scripts.dashboard.filters import CHOSEN, chosen
from scripts.dashboard.reading import Published
from scripts.dashboard.shown import (
    account_link,
    amount_column,
    is_known,
    linked,
    note,
    percent_column,
    plain,
    share,
    show_chart,
    show_table,
)

STATUSES = """
    select reason as status, in_words
    from dim_reasons
    where kind = 'availability_status'
    order by reason_rank desc
"""

SLICES = """
    select distinct slice
    from fct_usage_coverage_monthly
    order by slice
"""

COVERAGE = """
    select *
    from fct_usage_coverage_monthly
    where slice = $slice
    order by month, slice_value nulls last, currency
"""

ACTIONS = f"""
    with

    {CHOSEN}

    select
        actions.*,
        coalesce(accounts.account_name, actions.account_id, 'no account') as account_name,
        accounts.csm_name
    from fct_availability_actions as actions
    inner join chosen_subscriptions
        on actions.subscription_name = chosen_subscriptions.subscription_name
    left join dim_accounts as accounts
        on actions.account_id = accounts.account_id
    order by actions.action_rank, actions.subscription_name
"""


def draw(published: Published) -> None:
    """Draw the page."""
    st.title("In view")
    draw_coverage(published)
    draw_actions(published)


def draw_coverage(published: Published) -> None:
    """Draw which part of the sold is in view, over time and by slice."""
    statuses = published.ask(STATUSES)
    whole = published.ask(COVERAGE, {"slice": "all"})
    currencies = list(whole["currency"].dropna().unique())
    if len(currencies) > 1:
        currency = st.selectbox("Currency", currencies, key="currency", bind="query-params")
        whole = whole[whole["currency"] == currency]
    st.subheader("ARR by status")
    columns = {f"arr_{row.status}": row.status for row in statuses.itertuples()}
    long = whole.melt(id_vars=["month"], value_vars=list(columns), var_name="column", value_name="amount")
    long["status"] = long["column"].map(columns)
    latest = whole[whole["month"] == whole["month"].max()]
    words = "" if latest.empty else coverage_in_words(latest.iloc[0])
    show_chart(charts.stacked_shares(long), f"Share of ARR by status over {whole['month'].nunique()} months. {words}.")
    if words:
        unknown = latest.iloc[0]["arr_unknown_count"]
        note(f"{words}; {unknown:,.0f} of unknown ARR are not in the amounts.")
    with st.expander("What each status means"):
        for row in statuses.itertuples():
            st.markdown(f"- **{plain(row.status)}**: {plain(row.in_words)}")
    st.subheader("By slice")
    slices = [name for name in published.ask(SLICES)["slice"] if name != "all"]
    chosen_slice = st.segmented_control(
        "Slice", slices, default=slices[0], key="slice", bind="query-params", required=True
    )
    rows = published.ask(COVERAGE, {"slice": chosen_slice})
    rows = rows[rows["month"].dt.date == published.month]
    show_table(
        "coverage",
        rows.assign(slice_value=rows["slice_value"].fillna("(blank)")),
        {
            "slice_value": "Value",
            "currency": "Currency",
            "subscription_count": "Subscriptions",
            "account_count": "Accounts",
            "arr_reporting": amount_column("ARR"),
            "arr_in_view": amount_column("ARR in view"),
            "arr_in_view_share": percent_column("Share in view"),
            "arr_unknown_count": "Of unknown ARR",
        },
        "Nothing with seats is live this month.",
        rows,
    )


def coverage_in_words(row: pd.Series) -> str:
    """Return what a row of the coverage says, in a sentence without its full stop."""
    subscriptions = f"{row['subscription_count']:,.0f} live subscriptions with seats"
    if not is_known(row["arr_in_view_share"]):
        return f"Of {subscriptions} the share in view is N/A"
    return f"Of {subscriptions}, those in view are {share(row['arr_in_view_share'])} of the ARR"


def draw_actions(published: Published) -> None:
    """Draw what to do, in the order of the ARR that would come into view."""
    actions = published.ask(ACTIONS, chosen())
    unlocking = int(actions["unlocks_account_page"].fillna(False).sum()) if len(actions) else 0
    st.subheader(f"Actions: {len(actions)}")
    note(f"{unlocking} of them would alone complete the page of their account.")
    if st.toggle("Only those that complete an account's page", key="unlocks", bind="query-params"):
        actions = actions[actions["unlocks_account_page"].fillna(False).astype(bool)]
    show_table(
        "actions",
        linked(actions),
        {
            "action_rank": "Rank",
            "account_name": account_link(),
            "subscription_name": "Subscription",
            "instruction": st.column_config.TextColumn("What to do", width="large"),
            "owner": "Who",
            "arr_in_view_reporting": amount_column("ARR in view"),
            "arr_in_view": amount_column("… as billed"),
            "currency": "Currency",
            "availability_status": "Status",
            "account_blocker_count": "Blockers of the account",
            "unlocks_account_page": "Completes its page",
            "suggested_instances": "Instances to label",
            "csm_name": "CSM",
        },
        "Nothing to do: every live subscription of the choice is in view.",
        actions,
    )
