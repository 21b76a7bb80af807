"""The portfolio: how healthy the accounts are, how much of what was sold is used and seen, and who has fallen."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from scripts.dashboard import charts
from scripts.dashboard.filters import CHOSEN, chosen
from scripts.dashboard.reading import Published
from scripts.dashboard.shown import (
    account_link,
    amount,
    amount_column,
    figure,
    linked,
    note,
    percent_column,
    share,
    show_chart,
    show_table,
)

ACCOUNTS = f"""
    with

    {CHOSEN}

    select
        accounts.account_id,
        coalesce(accounts.account_name, accounts.account_id) as account_name,
        health.health_color,
        health.health_score,
        usage.license_utilization,
        usage.license_utilization_missing_reason,
        usage.billable_user_count::double as billable_user_count,
        usage.licenses_sold,
        accounts.availability_status,
        accounts.arr_reporting,
        accounts.arr_reporting_missing_reason,
        accounts.next_renewal_date,
        accounts.csm_name,
        accounts.segment,
        accounts.region,
        accounts.account_owner
    from dim_accounts as accounts
    inner join chosen_accounts
        on accounts.account_id = chosen_accounts.account_id
    left join fct_account_health_monthly as health
        on accounts.account_id = health.account_id and health.month = $month
    left join fct_account_utilization_monthly as usage
        on accounts.account_id = usage.account_id and usage.month = $month
    where
        $search = ''
        or contains(lower(coalesce(accounts.account_name, '')), lower($search))
        or accounts.account_id = $search
    order by accounts.arr_reporting desc nulls last, accounts.account_name, accounts.account_id
"""

# R9.6: a sum over those with both figures known, beside how many are left out.
TOTALS = f"""
    with

    {CHOSEN}

    select
        sum(scored_billable_user_count)::double as billable_user_count,
        sum(scored_licenses_sold)::double as licenses_sold,
        sum(scored_billable_user_count)::double / nullif(sum(scored_licenses_sold), 0) as license_utilization,
        coalesce(sum(excluded_subscription_count), 0)::bigint as excluded_subscription_count
    from fct_account_utilization_monthly as usage
    inner join chosen_accounts
        on usage.account_id = chosen_accounts.account_id
    where usage.month = $month
"""

IN_VIEW = f"""
    with

    {CHOSEN}

    select
        usage.reporting_currency,
        coalesce(sum(usage.arr_reporting), 0) as arr_reporting,
        coalesce(sum(usage.arr_reporting) filter (usage.availability_status = 'available'), 0) as arr_in_view,
        count(*) filter (usage.arr_reporting is null) as arr_unknown_count
    from fct_subscription_utilization_monthly as usage
    inner join chosen_subscriptions
        on usage.subscription_name = chosen_subscriptions.subscription_name
    where usage.month = $month
    group by usage.reporting_currency
"""

# Ten bands of ten per cent, one for what is above, one for what is not known.
UTILIZATION = f"""
    with

    {CHOSEN},

    placed as (
        select
            case
                when usage.license_utilization is null then 11
                when usage.license_utilization >= 1 then 10
                else floor(usage.license_utilization * 10)::int
            end as place
        from fct_account_utilization_monthly as usage
        inner join chosen_accounts
            on usage.account_id = chosen_accounts.account_id
        where usage.month = $month
    ),

    bands as (
        select unnest(range(0, 12))::int as place
    )

    select
        case bands.place
            when 11 then 'N/A'
            when 10 then '100 % and more'
            else format('{{}}–{{}} %', bands.place * 10, bands.place * 10 + 10)
        end as band,
        bands.place < 11 as is_known,
        count(placed.place) as accounts
    from bands
    left join placed
        on bands.place = placed.place
    group by bands.place
    order by bands.place
"""

DECLINES = f"""
    with

    {CHOSEN}

    select
        declines.account_id,
        coalesce(accounts.account_name, declines.account_id) as account_name,
        declines.measure,
        declines.from_color,
        declines.to_color,
        accounts.arr_reporting,
        accounts.csm_name
    from fct_account_health_declines as declines
    inner join chosen_accounts
        on declines.account_id = chosen_accounts.account_id
    inner join dim_accounts as accounts
        on declines.account_id = accounts.account_id
    where declines.month = $month
    order by accounts.arr_reporting desc nulls last, account_name, declines.measure
"""


def draw(published: Published) -> None:
    """Draw the page."""
    st.title("Portfolio")
    search = st.text_input(
        "Search", key="search", bind="query-params", placeholder="Name of an account, or its id", type="search"
    )
    asked = {**chosen(), "month": published.month, "search": (search or "").strip()}
    accounts = published.ask(ACCOUNTS, asked)
    if accounts.empty:
        st.info("No account fits the filters and the search: take one of them away.")
        return
    declines = published.ask(DECLINES, asked)
    draw_figures(published, asked, accounts, declines)
    with_health, with_usage = st.columns(2)
    with with_health:
        draw_health(accounts)
    with with_usage:
        draw_utilization(published, asked)
    st.subheader(f"Fallen this month: {len(declines)}")
    show_table(
        "declines",
        linked(declines),
        {
            "account_name": account_link(),
            "measure": "What fell",
            "from_color": "From",
            "to_color": "To",
            "arr_reporting": amount_column("ARR"),
            "csm_name": "CSM",
        },
        "No colour has fallen this month.",
        declines,
    )
    st.subheader(f"Accounts: {len(accounts)}")
    draw_accounts(accounts)


def draw_figures(published: Published, asked: dict, accounts: pd.DataFrame, declines: pd.DataFrame) -> None:
    """Draw the figures that a leader asks for first."""
    totals = published.ask(TOTALS, asked).iloc[0]
    in_view = published.ask(IN_VIEW, asked)
    places = st.columns(4)
    places[0].metric("Accounts", figure(len(accounts)), border=True)
    places[1].metric(
        "Licence utilisation",
        share(totals["license_utilization"]),
        help=(
            "Billable users by licences sold, of the subscriptions of which both are known;"
            f" {figure(totals['excluded_subscription_count'])} are left out."
        ),
        border=True,
    )
    # Without a reporting currency no sum over currencies is one amount.
    if len(in_view) == 1 and published.reporting_currency:
        row = in_view.iloc[0]
        sold = row["arr_reporting"]
        places[2].metric(
            "ARR in view",
            share(row["arr_in_view"] / sold if sold else None),
            help=(
                f"{amount(row['arr_in_view'], published.reporting_currency)} of"
                f" {amount(sold, published.reporting_currency)};"
                f" {figure(row['arr_unknown_count'])} subscriptions of unknown ARR are not counted."
            ),
            border=True,
        )
    else:
        places[2].metric("ARR in view", "N/A", help="No reporting currency is set: see the page In view.", border=True)
    places[3].metric("Fallen this month", figure(len(declines)), border=True)


def draw_health(accounts: pd.DataFrame) -> None:
    """Draw how many accounts have which colour."""
    st.subheader("Health")
    counts = accounts["health_color"].dropna().value_counts()
    frame = pd.DataFrame(
        {"health_color": list(charts.HEALTH_COLORS), "accounts": [counts.get(c, 0) for c in charts.HEALTH_COLORS]}
    )
    words = ", ".join(f"{row.accounts} {row.health_color}" for row in frame.itertuples())
    show_chart(charts.health_bars(frame), f"Accounts by health: {words}.")
    note(words)


def draw_utilization(published: Published, asked: dict) -> None:
    """Draw how the accounts are spread over licence utilisation."""
    st.subheader("Licence utilisation")
    frame = published.ask(UTILIZATION, asked)
    words = ", ".join(f"{row.band}: {row.accounts}" for row in frame.itertuples() if row.accounts)
    show_chart(charts.utilization_bars(frame), f"Accounts by licence utilisation: {words}.")
    note(words or "No account has a live subscription with seats.")


def draw_accounts(accounts: pd.DataFrame) -> None:
    """Draw the list of accounts."""
    show_table(
        "accounts",
        linked(accounts),
        {
            "account_name": account_link(),
            "health_color": "Health",
            "health_score": st.column_config.NumberColumn("Score", format="%.1f"),
            "license_utilization": percent_column("Utilisation", "License Utilization - Account; blank is N/A"),
            "license_utilization_missing_reason": "Why it is N/A",
            "billable_user_count": st.column_config.NumberColumn("Billable users", format="%,.0f"),
            "licenses_sold": st.column_config.NumberColumn("Licences", format="%,.0f"),
            "availability_status": "Status",
            "arr_reporting": amount_column("ARR"),
            "next_renewal_date": st.column_config.DateColumn("Renews", format="YYYY-MM-DD"),
            "csm_name": "CSM",
            "segment": "Segment",
            "region": "Region",
        },
        "No account fits the filters.",
        accounts,
    )
