"""The charts of the dashboard: each from rows to an Altair chart, readable on light and dark ground."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import disable_debug_mode

# Altair would check each chart against the whole of its schema, at each click: a third of a page's time.
disable_debug_mode()

# Each stands out by 3 : 1 from white and from black; a word always stands beside a colour.
GREEN, YELLOW, RED = "#2a9457", "#b87b00", "#d64545"
BLUE, GREY, DARK_GREY = "#3b7ddd", "#8a94a3", "#6f7f95"
HEALTH_COLORS = {"Green": GREEN, "Yellow": YELLOW, "Red": RED, "Insufficient data": DARK_GREY, "No data": GREY}
HEALTH_SCALE = alt.Scale(domain=list(HEALTH_COLORS), range=list(HEALTH_COLORS.values()))
# What is in view first, then what hides the rest, each told from its neighbours.
STATUS_COLORS = [
    BLUE, "#c9a227", "#8c6bb1", "#4d9221", "#d6604d", "#35978f", "#bf812d", "#de77ae", "#7f7f7f", "#5e9ecf", "#b35806",
]  # fmt: skip
LEGEND = alt.Legend(orient="bottom", columns=2, labelLimit=260)
# What axes and legend take of a chart, in pixels.
FRAME_HEIGHT = 120
SHARE, COUNT = ".0%", ",.0f"


def health_bars(frame: pd.DataFrame) -> alt.LayerChart:
    """Draw how many accounts have which colour: health_color, accounts."""
    base = alt.Chart(frame).encode(
        y=alt.Y("health_color:N", sort=list(HEALTH_COLORS), title=None, axis=alt.Axis(labelLimit=200)),
        x=alt.X("accounts:Q", title="Accounts", axis=alt.Axis(tickMinStep=1, format=COUNT)),
        tooltip=[alt.Tooltip("health_color", title="Health"), alt.Tooltip("accounts", title="Accounts")],
    )
    bars = base.mark_bar(cornerRadiusEnd=3).encode(color=alt.Color("health_color:N", scale=HEALTH_SCALE, legend=None))
    return (bars + base.mark_text(align="left", dx=4, color=GREY).encode(text="accounts:Q")).properties(height=250)


def utilization_bars(frame: pd.DataFrame) -> alt.Chart:
    """Draw how accounts spread over licence utilisation: band, accounts, is_known, in the order of the rows."""
    return (
        alt.Chart(frame)
        .mark_bar(cornerRadiusEnd=3)
        .encode(
            x=alt.X(
                "band:N",
                sort=list(frame["band"]),
                title="Licence utilisation",
                axis=alt.Axis(labelAngle=-45, labelOverlap=False),
            ),
            y=alt.Y("accounts:Q", title="Accounts", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color("is_known:N", scale=alt.Scale(domain=[True, False], range=[BLUE, GREY]), legend=None),
            tooltip=[alt.Tooltip("band", title="Utilisation"), alt.Tooltip("accounts", title="Accounts")],
        )
        .properties(height=250)
    )


def lines(frame: pd.DataFrame, value: str, series: str, title: str, number_format: str = COUNT) -> alt.Chart:
    """Draw figures over months, a line a series: month, the columns `value` and `series`. What is unknown is a gap."""
    return (
        alt.Chart(frame)
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=alt.X("month:T", title=None, axis=alt.Axis(format="%b %Y")),
            y=alt.Y(f"{value}:Q", title=title, axis=alt.Axis(format=number_format), scale=alt.Scale(zero=True)),
            color=alt.Color(f"{series}:N", title=None, legend=LEGEND),
            strokeDash=alt.StrokeDash(f"{series}:N", title=None, legend=LEGEND),
            tooltip=[
                alt.Tooltip("month:T", title="Month", format="%B %Y"),
                alt.Tooltip(f"{series}:N", title="Series"),
                alt.Tooltip(f"{value}:Q", title=title, format=",.4~f"),
            ],
        )
        .properties(height=280)
    )


def grouped_bars(frame: pd.DataFrame, value: str, group: str, series: str, title: str) -> alt.Chart:
    """Draw figures side by side: the columns `value`, `group` (one cluster each) and `series` (one bar each)."""
    return (
        alt.Chart(frame)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X(f"{value}:Q", title=title),
            y=alt.Y(f"{group}:N", title=None, axis=alt.Axis(labelLimit=200)),
            yOffset=alt.YOffset(f"{series}:N", sort=None),
            color=alt.Color(f"{series}:N", title=None, sort=None, legend=alt.Legend(orient="bottom")),
            tooltip=[group, series, alt.Tooltip(f"{value}:Q", format=COUNT)],
        )
        .properties(height=20 * len(frame) + FRAME_HEIGHT)
    )


def waterfall(frame: pd.DataFrame) -> alt.LayerChart:
    """Draw how contributions add up to a score: label, start, stop, contribution, color, from the first row down."""
    order = list(frame["label"])
    base = alt.Chart(frame).encode(
        y=alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)),
        tooltip=[
            alt.Tooltip("label", title="Measure"),
            alt.Tooltip("color", title="Colour"),
            alt.Tooltip("contribution:Q", title="Contribution", format=".4~f"),
            alt.Tooltip("stop:Q", title="Sum so far", format=".4~f"),
        ],
    )
    bars = base.mark_bar(cornerRadius=2).encode(
        x=alt.X("start:Q", title="Score", scale=alt.Scale(domain=[0, 100])),
        x2="stop:Q",
        color=alt.Color("color:N", scale=HEALTH_SCALE, legend=None),
    )
    figures = base.mark_text(align="left", dx=4, color=GREY).encode(
        x="stop:Q", text=alt.Text("contribution:Q", format="+.2f")
    )
    return (bars + figures).properties(height=26 * len(frame) + FRAME_HEIGHT)


def forecast_bands(frame: pd.DataFrame) -> alt.LayerChart:
    """Draw what renewals are heading for, as shares of what is sold: name, low, high, forecast, peak, now, signal."""
    base = alt.Chart(frame).encode(
        y=alt.Y("name:N", sort=list(frame["name"]), title=None, axis=alt.Axis(labelLimit=260)),
        tooltip=[
            alt.Tooltip("name", title="Renewal"),
            alt.Tooltip("licenses_sold:Q", title="Licences", format=COUNT),
            alt.Tooltip("billable_user_count:Q", title="Billable users now", format=COUNT),
            alt.Tooltip("term_peak_user_count:Q", title="Highest of the term", format=COUNT),
            alt.Tooltip("forecast_low:Q", title="Forecast, low", format=COUNT),
            alt.Tooltip("forecast_user_count:Q", title="Forecast", format=COUNT),
            alt.Tooltip("forecast_high:Q", title="Forecast, high", format=COUNT),
        ],
    )
    axis = alt.X("low:Q", title="Users as a share of the licences sold", axis=alt.Axis(format=SHARE))
    band = base.mark_bar(height=8, opacity=0.35, color=BLUE).encode(x=axis, x2="high:Q")
    layers: list[Any] = [band]
    for column, shape, color in (
        ("forecast", "diamond", BLUE),
        ("now", "circle", GREEN),
        ("peak", "triangle-up", YELLOW),
    ):
        layers.append(base.mark_point(shape=shape, filled=True, size=80, color=color).encode(x=f"{column}:Q"))
    sold = alt.Chart(pd.DataFrame({"sold": [1.0]})).mark_rule(strokeDash=[4, 4], color=GREY).encode(x="sold:Q")
    return alt.layer(*layers, sold).properties(height=24 * len(frame) + FRAME_HEIGHT)


def stacked_shares(frame: pd.DataFrame) -> alt.Chart:
    """Draw what part of the sold is in view over months: month, status, amount, in_words."""
    return (
        alt.Chart(frame)
        .mark_area()
        .encode(
            x=alt.X("month:T", title=None, axis=alt.Axis(format="%b %Y")),
            y=alt.Y("amount:Q", stack="normalize", title="Share of ARR", axis=alt.Axis(format=SHARE)),
            color=alt.Color(
                "status:N",
                title=None,
                sort=None,
                scale=alt.Scale(range=STATUS_COLORS),
                legend=alt.Legend(orient="bottom", columns=3, labelLimit=260),
            ),
            tooltip=[
                alt.Tooltip("month:T", title="Month", format="%B %Y"),
                alt.Tooltip("status:N", title="Status"),
                alt.Tooltip("amount:Q", title="ARR", format=",.2f"),
            ],
        )
        .properties(height=380)
    )


def loads(frame: pd.DataFrame) -> alt.Chart:
    """Draw how many lines landed a day and what became of them: received_date, kind, lines."""
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("received_date:T", title=None),
            y=alt.Y("lines:Q", title="Lines"),
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=["accepted", "duplicates", "quarantined"], range=[BLUE, GREY, RED]),
                legend=alt.Legend(orient="bottom"),
            ),
            tooltip=["received_date:T", "kind:N", alt.Tooltip("lines:Q", format=COUNT)],
        )
        .properties(height=240)
    )
