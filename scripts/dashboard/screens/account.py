"""An account, as its customer page shows it: licences, usage, instances, score, and why something is missing."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from scripts.dashboard import charts
from scripts.dashboard.filters import CHOSEN, chosen
from scripts.dashboard.reading import Published
from scripts.dashboard.screens import account_queries as queries
from scripts.dashboard.screens.reports import draw_new_report
from scripts.dashboard.shown import (
    NOT_AVAILABLE,
    amount,
    amount_column,
    color_badge,
    figure,
    is_known,
    note,
    percent_column,
    plain,
    share,
    short_amount,
    show_chart,
    show_table,
)

CHOICES = f"""
    with

    {CHOSEN}

    select
        accounts.account_id,
        coalesce(accounts.account_name, accounts.account_id) as account_name,
        accounts.account_id in (select account_id from chosen_accounts) as is_chosen
    from dim_accounts as accounts
    order by account_name, account_id
"""


def draw(published: Published) -> None:
    """Draw the page."""
    account_id = choose_account(published)
    if account_id is None:
        return
    asked = {"account": account_id, "month": published.month}
    account = published.ask(queries.ACCOUNT, asked).iloc[0]
    draw_head(account)
    draw_utilization(published, account, asked)
    draw_subscriptions(published, asked)
    draw_renewals(published, asked)
    draw_trends(published, asked)
    draw_score(published, account, asked)
    draw_instances(published, asked)
    draw_usage(published, asked)
    draw_to_do(published, asked)
    draw_new_report(account_id, published.month)


def choose_account(published: Published) -> str | None:
    """Draw the choice of an account, and return its id; None, with a sentence on the page, where there is none."""
    choices = published.ask(CHOICES, chosen())
    names = dict(zip(choices["account_id"], choices["account_name"], strict=True))
    wanted = st.query_params.get("account")
    if wanted and wanted not in names:
        st.warning(
            f"There is no account {plain(wanted)} in this publication: it is gone, was merged into another, or was"
            " never one. Choose another one below.",
            icon=":material/person_off:",
        )
    options = list(choices[choices["is_chosen"] | (choices["account_id"] == wanted)]["account_id"])
    if not options:
        st.title("Account")
        st.info("No account fits the filters: take one of them away.")
        return None
    # Streamlit binds what is shown to the address; names repeat, so the address carries the id.
    account_id = st.selectbox(
        "Account",
        options,
        index=options.index(wanted) if wanted in options else 0,
        format_func=lambda account_id: names.get(account_id, account_id),
        key="chosen_account",
        required=True,
    )
    if account_id != wanted:
        st.query_params["account"] = account_id
    return account_id


def draw_head(account: pd.Series) -> None:
    """Draw who the account is and how it stands."""
    st.title(plain(account["account_name"]))
    facts = [
        f"`{account['account_id']}`",
        f"CSM: {plain(account['csm_name'] or 'nobody')}",
        f"segment: {plain(account['segment'] or 'blank')}",
        f"region: {plain(account['region'] or 'blank')}",
        f"customer since {account['customer_since']:%Y-%m-%d}"
        if is_known(account["customer_since"])
        else "customer since an unknown day",
        f"next renewal {account['next_renewal_date']:%Y-%m-%d}"
        if is_known(account["next_renewal_date"])
        else "no renewal ahead",
    ]
    if is_known(account["health_color"]):
        score = f"{account['health_score']:.2f}" if is_known(account["health_score"]) else NOT_AVAILABLE
        override = " (overridden)" if account["is_overridden"] else ""
        st.markdown(
            f"Health {color_badge(account['health_color'])} · score **{score}**{override} · based on"
            f" **{share(account['score_coverage'], 0)}** of the scorecard"
        )
    note(" · ".join(facts))


def draw_utilization(published: Published, account: pd.Series, asked: dict) -> None:
    """Draw the three figures of the customer page, with the reason where one is N/A, and licences by source."""
    places = st.columns(4)
    places[0].metric("Billable Users - Account", figure(account["billable_user_count"]), border=True)
    places[1].metric("Total Licenses Sold (Account)", figure(account["licenses_sold"]), border=True)
    places[2].metric("License Utilization - Account", share(account["license_utilization"]), border=True)
    places[3].metric(
        "ARR",
        short_amount(account["arr_reporting"], published.reporting_currency),
        help=account["arr_reporting_missing_reason"]
        if is_known(account["arr_reporting_missing_reason"])
        else amount(account["arr_reporting"], published.reporting_currency),
        border=True,
    )
    if is_known(account["license_utilization_missing_reason"]):
        words = account["reason_in_words"] if is_known(account["reason_in_words"]) else ""
        which = account["not_available_subscriptions"]
        st.warning(
            f"N/A because of **{account['license_utilization_missing_reason']}**"
            + (f": {words}" if words else "")
            + (f" Subscriptions: {plain(which)}." if is_known(which) else ""),
            icon=":material/help:",
        )
    sources = published.ask(queries.LICENSE_SOURCES, asked)
    if len(sources):
        st.subheader("Licences by source")
        show_chart(
            charts.grouped_bars(sources, "licenses", "subscription_name", "source", "Licences"),
            "Licences sold, provisioned, reported, and billable users, of each subscription; the table below has each.",
        )


def draw_subscriptions(published: Published, asked: dict) -> None:
    """Draw the account's subscriptions, live ones with their figures of this month."""
    subscriptions = published.ask(queries.SUBSCRIPTIONS, asked)
    st.subheader(f"Subscriptions: {len(subscriptions)}")
    show_table(
        "subscriptions",
        subscriptions,
        {
            "subscription_name": "Subscription",
            "is_live": "Live",
            "tier": "Tier",
            "license_type": "Licence type",
            "availability_status": "Status",
            "billable_user_count": st.column_config.NumberColumn("Billable users", format="%,.0f"),
            "all_instances_billable_user_count": st.column_config.NumberColumn(
                "… of all instances",
                format="%,.0f",
                help="The sum over all Production instances; the ratio reads the primary ones only.",
            ),
            "licenses_sold": st.column_config.NumberColumn("Sold", format="%,.0f"),
            "licenses_provisioned": st.column_config.NumberColumn("Provisioned", format="%,.0f"),
            "licenses_reported": st.column_config.NumberColumn("Reported", format="%,.0f"),
            "license_utilization": percent_column("Utilisation"),
            "overage": st.column_config.NumberColumn("Overage", format="%,.0f"),
            "term_ends_on": st.column_config.DateColumn("Term ends", format="YYYY-MM-DD"),
            "arr": amount_column("ARR as billed"),
            "currency": "Currency",
            "arr_reporting": amount_column("ARR"),
        },
        "No subscription belongs to this account.",
        subscriptions,
    )


def draw_trends(published: Published, asked: dict) -> None:
    """Draw billable users, licences and score over the months."""
    months = published.ask(queries.TRENDS, asked)
    if months.empty:
        st.info("The account has had no live subscription with seats, so there are no trends.")
        return
    st.subheader("Trends")
    counts = months.melt(
        id_vars=["month"],
        value_vars=["Billable users", "Licences sold"],
        var_name="series",
        value_name="users",
    )
    left, right = st.columns(2)
    with left:
        show_chart(
            charts.lines(counts, "users", "series", "Users"),
            f"Billable users and licences sold over {len(months)} months; a gap is a month in which one is not known.",
        )
    scores = months.melt(
        id_vars=["month"], value_vars=["Health score", "Product score"], var_name="series", value_name="score"
    )
    with right:
        show_chart(
            charts.lines(scores, "score", "series", "Score"), f"Health and product score over {len(months)} months."
        )
    columns: dict[str, Any] = {column: column for column in months.columns}
    columns |= {
        "month": st.column_config.DateColumn("Month", format="YYYY-MM"),
        "Licence utilisation": percent_column("Licence utilisation"),
        "Health score": st.column_config.NumberColumn("Health score", format="%.2f"),
        "Product score": st.column_config.NumberColumn("Product score", format="%.2f"),
    }
    show_table("account-months", months, columns, "", months)


def draw_score(published: Published, account: pd.Series, asked: dict) -> None:
    """Draw how the score adds up, what does not enter it, and each use case in words."""
    measures = published.ask(queries.MEASURES, asked)
    if measures.empty:
        return
    st.subheader("Scorecard")
    scored = measures[measures["contribution"].notna()].copy()
    if len(scored):
        scored["stop"] = scored["contribution"].cumsum()
        scored["start"] = scored["stop"] - scored["contribution"]
        before = account["health_score_before_override"]
        show_chart(
            charts.waterfall(scored),
            f"Contributions of {len(scored)} measures add up to a score of {before:.2f}; the table below has each.",
        )
        if account["is_overridden"]:
            note(f"They add up to {before:.2f}; a red sentiment sets the score to {account['health_score']:.2f}.")
    else:
        st.info("No measure is scored, so there is no score.")
    show_table(
        "measures",
        measures,
        {
            "label": "Measure",
            "color": "Colour",
            "value": st.column_config.NumberColumn("Value", format="%.4f"),
            "numerator": st.column_config.NumberColumn("Numerator", format="%,.0f"),
            "denominator": st.column_config.NumberColumn("Denominator", format="%,.0f"),
            "weight": percent_column("Weight"),
            "effective_weight": percent_column("Effective weight"),
            "contribution": st.column_config.NumberColumn("Contribution", format="%.4f"),
            "not_available_reason": "Why it is N/A",
            "reason_in_words": st.column_config.TextColumn("In words", width="large"),
        },
        "",
        measures,
    )
    words = published.ask(queries.IN_WORDS, asked)
    if len(words):
        with st.container(border=True):
            st.markdown("**In words**")
            for sentence in words.iloc[0].dropna():
                st.markdown(f"- {plain(sentence)}")
    note(f"From the score down to the lines of the payloads: `make explain ACCOUNT={account['account_id']}`")


def draw_instances(published: Published, asked: dict) -> None:
    """Draw the instance and namespace details."""
    instances = published.ask(queries.INSTANCES, asked)
    st.subheader("Instance and Namespace Details")
    show_table(
        "instances",
        instances,
        {
            "instance": st.column_config.TextColumn("Instance", pinned=True),
            "deployment_type": "Deployment",
            "instance_type": "Type",
            "release": "Release",
            "releases_behind": "Releases behind",
            "subscription_name": "Subscription",
            "billable_user_count": st.column_config.NumberColumn("Billable users", format="%,.0f"),
            "licenses_sold": st.column_config.NumberColumn("Licences", format="%,.0f"),
            "license_utilization": percent_column("Utilisation"),
            "last_ping_at": st.column_config.DatetimeColumn("Latest ping", format="YYYY-MM-DD HH:mm"),
            "is_opted_out_of_health": "Opted out",
            "suggested_instance_type": "Suggested type",
            "mapping_method": "Mapped by",
            "unmapped_reason": "Why it is unmapped",
            "shares_hostname": "Shares its hostname",
            "shares_uuid": "Shares its uuid",
            "instance_uuid": "uuid",
        },
        "No instance or namespace is known of this account.",
        instances,
    )


def draw_usage(published: Published, asked: dict) -> None:
    """Draw a metric over the months, of Production instances and, apart, of all others."""
    metrics = published.ask(queries.METRICS, asked)
    if metrics.empty:
        return
    st.subheader("Usage trends")
    descriptions = dict(zip(metrics["key_path"], metrics["label"], strict=True))
    metric = st.selectbox(
        "Metric",
        list(descriptions),
        format_func=lambda key_path: descriptions[key_path],
        key="metric",
        required=True,
    )
    usage = published.ask(queries.USAGE, {**asked, "metric": metric})
    for place, is_production, title in zip(
        st.columns(2), (True, False), ("Production", "What is not Production"), strict=True
    ):
        rows = usage[usage["is_production"] == is_production]
        with place:
            st.markdown(f"**{title}**")
            if rows["value"].notna().any():
                show_chart(charts.lines(rows, "value", "instance", "Value"), f"{descriptions[metric]}, {title}.")
            elif len(rows):
                reasons = ", ".join(sorted(rows["missing_reason"].dropna().unique()))
                st.info(f"Not known in any month: {reasons}.")
            else:
                st.info("No such instance has reported.")
    show_table(
        "usage",
        usage,
        {
            "month": st.column_config.DateColumn("Month", format="YYYY-MM"),
            "instance": "Instance",
            "instance_type": "Type",
            "value": st.column_config.NumberColumn("Value", format="%,.0f"),
            "missing_reason": "Why it is missing",
        },
        "",
        usage,
    )


def draw_to_do(published: Published, asked: dict) -> None:
    """Draw what would bring the account into view, and the findings about it."""
    actions = published.ask(queries.ACTIONS, asked)
    findings = published.ask(queries.FINDINGS, asked)
    st.subheader("What to do")
    show_table(
        "account-actions",
        actions,
        {
            "subscription_name": "Subscription",
            "instruction": st.column_config.TextColumn("What to do", width="large"),
            "owner": "Who",
            "availability_status": "Status",
        },
        "Every live subscription of the account is in view.",
        actions,
    )
    show_table(
        "account-findings",
        findings,
        {
            "finding": "Finding",
            "severity": "Severity",
            "detail": st.column_config.TextColumn("What was found", width="large"),
            "owner": "Who",
            "instruction": st.column_config.TextColumn("What to do", width="large"),
        },
        "No finding names this account.",
        findings,
    )


def draw_renewals(published: Published, asked: dict) -> None:
    """Draw what of the account renews next, and what that is heading for."""
    renewals = published.ask(queries.RENEWALS, asked)
    st.subheader("Renewals")
    show_table(
        "account-renewals",
        renewals,
        {
            "subscription_name": "Subscription",
            "renewal_date": st.column_config.DateColumn("Renews", format="YYYY-MM-DD"),
            "renewal_signal": "Signal",
            "licenses_sold": st.column_config.NumberColumn("Licences", format="%,.0f"),
            "billable_user_count": st.column_config.NumberColumn("Billable users", format="%,.0f"),
            "term_peak_user_count": st.column_config.NumberColumn("Peak of the term", format="%,.0f"),
            "forecast_user_count": st.column_config.NumberColumn("Forecast", format="%,.0f"),
            "forecast_missing_reason": "Why no forecast",
            "arr": amount_column("ARR as billed"),
            "currency": "Currency",
            "arr_reporting": amount_column("ARR"),
        },
        "Nothing of this account renews after the as-of date.",
        renewals,
    )
