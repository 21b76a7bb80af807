"""Renewals: what renews when, worth how much, and what it is heading for (R18)."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from scripts.dashboard import charts
from scripts.dashboard.filters import CHOSEN, chosen
from scripts.dashboard.reading import Published
from scripts.dashboard.shown import (
    NOT_AVAILABLE,
    account_link,
    amount,
    amount_column,
    figure,
    linked,
    note,
    percent_column,
    short_amount,
    show_chart,
    show_table,
)

DRAWN_RENEWALS = 30
ALL_WINDOWS = "All"

RENEWALS = f"""
    with

    {CHOSEN}

    select
        renewals.* replace (renewals.billable_user_count::double as billable_user_count),
        coalesce(accounts.account_name, renewals.account_id, 'no account') as account_name,
        accounts.csm_name
    from fct_renewals_current as renewals
    inner join chosen_subscriptions
        on renewals.subscription_name = chosen_subscriptions.subscription_name
    left join dim_accounts as accounts
        on renewals.account_id = accounts.account_id
    order by renewals.renewal_date, renewals.arr_reporting desc nulls last, renewals.subscription_name
"""


def draw(published: Published) -> None:
    """Draw the page."""
    st.title("Renewals")
    renewals = published.ask(RENEWALS, chosen())
    if renewals.empty:
        st.info("No subscription with a term end ahead fits the filters.")
        return
    windows = list(dict.fromkeys(renewals["renewal_window"]))
    window = st.segmented_control(
        "Window",
        [ALL_WINDOWS, *windows],
        default=ALL_WINDOWS,
        key="window",
        bind="query-params",
        required=True,
    )
    if window != ALL_WINDOWS:
        renewals = renewals[renewals["renewal_window"] == window]
    draw_figures(published, renewals)
    draw_forecasts(renewals)
    st.subheader(f"Renewals: {len(renewals)}")
    show_table(
        "renewals",
        linked(renewals),
        {
            "account_name": account_link(),
            "subscription_name": "Subscription",
            "renewal_date": st.column_config.DateColumn("Renews", format="YYYY-MM-DD"),
            "days_to_renewal": "Days",
            "renewal_signal": "Signal",
            "licenses_sold": st.column_config.NumberColumn("Licences", format="%,.0f"),
            "billable_user_count": st.column_config.NumberColumn("Billable users", format="%,.0f"),
            "license_utilization": percent_column("Utilisation"),
            "term_peak_user_count": st.column_config.NumberColumn("Peak of the term", format="%,.0f"),
            "forecast_user_count": st.column_config.NumberColumn("Forecast", format="%,.0f"),
            "forecast_low": st.column_config.NumberColumn("low", format="%,.0f"),
            "forecast_high": st.column_config.NumberColumn("high", format="%,.0f"),
            "forecast_missing_reason": "Why no forecast",
            "health_color": "Health",
            "arr_reporting": amount_column("ARR"),
            "peak_overage_value_reporting": amount_column("Above licences, at the peak"),
            "unused_value_reporting": amount_column("Unused"),
            "price_missing_reason": "Why no price",
            "csm_name": "CSM",
        },
        "No renewal lies in this window.",
        renewals,
    )


def draw_figures(published: Published, renewals: pd.DataFrame) -> None:
    """Draw how many renewals there are, of which signal, and what they are worth."""
    currency = published.reporting_currency
    places = st.columns(4)
    places[0].metric("Renewals", figure(len(renewals)), border=True)
    signals = renewals["renewal_signal"].value_counts()
    places[1].metric("Steady", figure(signals.get("steady", 0)), border=True)
    for place, label, column in (
        (places[2], "ARR to renew", "arr_reporting"),
        (places[3], "Unused", "unused_value_reporting"),
    ):
        known = renewals[column].dropna()
        total = known.sum() if len(known) else None
        place.metric(
            label,
            short_amount(total, currency) if currency else NOT_AVAILABLE,
            help=(
                f"{amount(total, currency)}."
                f" {len(renewals) - len(known)} of {len(renewals)} renewals are of an unknown amount and not counted."
                if currency
                else "No reporting currency is set: amounts of several currencies are not added up."
            ),
            border=True,
        )
    note("Signals: " + ", ".join(f"{count} {signal}" for signal, count in signals.items()))


def draw_forecasts(renewals: pd.DataFrame) -> None:
    """Draw the next renewals with a forecast, as shares of their licences, with its band."""
    known = renewals[renewals["forecast_user_count"].notna() & (renewals["licenses_sold"] > 0)].head(DRAWN_RENEWALS)
    if known.empty:
        st.info("No renewal of this list has a forecast: the column of reasons says why.")
        return
    st.subheader("What they are heading for")
    counts = {
        "low": "forecast_low",
        "high": "forecast_high",
        "forecast": "forecast_user_count",
        "now": "billable_user_count",
        "peak": "term_peak_user_count",
    }
    frame = known.assign(
        name=known["renewal_date"].dt.strftime("%Y-%m-%d ") + known["account_name"] + " " + known["subscription_name"],
        **{name: known[column].astype(float) / known["licenses_sold"] for name, column in counts.items()},
    )
    show_chart(
        charts.forecast_bands(frame),
        f"Users of the next {len(frame)} renewals with a forecast, as shares of their licences; the table has each.",
    )
    note(
        "Circle: billable users now. Diamond: forecast at renewal, its band from low to high. Triangle: the highest of"
        " the term. Dashed line: the licences sold."
    )
