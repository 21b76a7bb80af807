"""What the pages share in showing things: figures or N/A, tables with a file of their rows, the age of the data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from scripts.dashboard.filters import filters_in_address
from scripts.dashboard.reading import Published
from scripts.tables import age_in_words, whole

NOT_AVAILABLE = "N/A"
MARKDOWN = re.compile(r"[\\`*_\[\]()#|$:<>~{}]")
COLOR_BADGES = {"Green": "green", "Yellow": "orange", "Red": "red"}


def plain(text: Any) -> str:
    """Return text of the data so that Markdown shows it as it is."""
    return MARKDOWN.sub(r"\\\g<0>", str(text))


def note(text: str) -> None:
    """Write a line of small print, as dark as other text: Streamlit's captions are too pale to read for many."""
    st.markdown(f":small[{text}]")


def show_age(published: Published) -> None:
    """Say of what day the figures are, when they were published, and in which currency amounts stand."""
    parts = [f"As of **{published.as_of_date:%-d %B %Y}**"]
    if published.published_at is not None:
        age = age_in_words(published.published_at.replace(tzinfo=UTC))
        parts.append(f"published {published.published_at:%Y-%m-%d %H:%M} UTC ({age})")
    parts.append(f"amounts in {published.reporting_currency or 'the currency of each subscription'}")
    note(" · ".join(parts))


def is_known(value: Any) -> bool:
    """Tell whether a cell holds a value."""
    return value is not None and not pd.isna(value)


def figure(value: Any) -> str:
    """Write a count, thousands apart; what is unknown is N/A, never 0."""
    return whole(value) if is_known(value) else NOT_AVAILABLE


def share(value: Any, decimals: int = 1) -> str:
    """Write a share in per cent; what is unknown is N/A, never 0."""
    return f"{100 * value:.{decimals}f} %" if is_known(value) else NOT_AVAILABLE


def amount(value: Any, currency: str | None) -> str:
    """Write an amount with its currency; what is unknown is N/A, never 0."""
    return f"{value:,.0f} {currency or ''}".strip() if is_known(value) else NOT_AVAILABLE


def short_amount(value: Any, currency: str | None) -> str:
    """Write an amount for a place that is narrow; what is unknown is N/A, never 0."""
    for size, name in ((1e9, "bn"), (1e6, "m")):
        if is_known(value) and abs(value) >= size:
            return f"{value / size:,.1f} {name} {currency or ''}".strip()
    return amount(value, currency)


def linked(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows of accounts whose name is a link to the account's page; a row without an account keeps no link.

    The link carries the filters on; its fragment is the name that is shown.
    """
    address = "account?account=" + frame["account_id"] + filters_in_address() + "#" + frame["account_name"]
    return frame.assign(account_name=address.where(frame["account_id"].notna(), None))


def account_link() -> Any:
    """Return how a column of links to accounts looks."""
    return st.column_config.LinkColumn("Account", display_text=r"#(.*)$", pinned=True, alignment="left")


def show_table(name: str, frame: pd.DataFrame, columns: Mapping[str, Any], empty: str, raw: pd.DataFrame) -> None:
    """Show rows as a table, and below it a button that saves them as CSV; without rows, the sentence `empty`.

    `columns` are those shown, in order, each with its label or its configuration. `raw` is what the file holds: the
    same rows as the mart has them.
    """
    if frame.empty:
        st.info(empty)
        return
    st.dataframe(
        frame,
        hide_index=True,
        column_order=list(columns),
        column_config=dict(columns),
        key=f"table-{name}",
        placeholder="–",
        alt=f"Table of {len(frame)} rows: {name.replace('-', ' ')}",
    )
    st.download_button(
        f"Save {len(raw):,} row{'' if len(raw) == 1 else 's'} as CSV",
        lambda: raw.to_csv(index=False).encode(),
        file_name=f"seatwise-{name}.csv",
        mime="text/csv",
        key=f"save-{name}",
        on_click="ignore",
        icon=":material/download:",
    )


def show_chart(chart: alt.Chart | alt.LayerChart | alt.FacetChart, alternative: str) -> None:
    """Show a chart, with a sentence for those who do not see it."""
    st.altair_chart(chart, width="stretch", alt=alternative)


def color_badge(color: str | None) -> str:
    """Return a health colour as a word on that colour; what is no colour is grey."""
    return f":{COLOR_BADGES.get(color or '', 'gray')}-badge[{color or NOT_AVAILABLE}]"


def percent_column(label: str, help_text: str | None = None) -> Any:
    """Return how a column of shares looks."""
    return st.column_config.NumberColumn(label, format="percent", help=help_text)


def amount_column(label: str, help_text: str | None = None) -> Any:
    """Return how a column of amounts looks."""
    return st.column_config.NumberColumn(label, format="%,.0f", help=help_text)
