"""The frame of every page: navigation, age of the data, filters, and one sentence where nothing can be shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import streamlit as st

from scripts.dashboard.filters import choose_filters
from scripts.dashboard.reading import Published, open_publication
from scripts.dashboard.screens import account, portfolio, quality, renewals, reports, view
from scripts.dashboard.shown import show_age
from scripts.settings import SeatwiseError

# A named icon would be fetched from the internet.
ICON = Path(__file__).with_name("seat.svg")

OTHER_VERSION = (
    "The published file does not hold what this page reads: another version of Seatwise has written it."
    " Run `make build` and open the page again."
)


def page_of(draw: Callable[[Published], None]) -> Callable[[], None]:
    """Return a page that opens the publication, says how old it is, and says in one sentence what keeps it blank."""

    def show() -> None:
        try:
            published = open_publication()
            show_age(published)
            draw(published)
        except SeatwiseError as error:
            st.error(str(error), icon=":material/database_off:")
        except (duckdb.CatalogException, duckdb.BinderException):
            st.error(OTHER_VERSION, icon=":material/database_off:")
        except duckdb.Error as error:
            st.error(f"The published file cannot be read: {str(error).splitlines()[0]}", icon=":material/database_off:")

    return show


def filtered(draw: Callable[[Published], None]) -> Callable[[Published], None]:
    """Return a page below the filters that all lists of accounts share."""

    def show(published: Published) -> None:
        choose_filters(published)
        draw(published)

    return show


PAGES = [
    ("Portfolio", "", ":material/monitoring:", filtered(portfolio.draw)),
    ("Account", "account", ":material/domain:", filtered(account.draw)),
    ("Renewals", "renewals", ":material/event_repeat:", filtered(renewals.draw)),
    ("In view", "view", ":material/visibility:", filtered(view.draw)),
    ("Reported figures", "reports", ":material/flag:", reports.draw),
    ("Data quality and loads", "quality", ":material/fact_check:", quality.draw),
]


def main() -> None:
    """Draw the page that was asked for."""
    st.set_page_config(page_title="Seatwise", page_icon=str(ICON), layout="wide")
    pages = [
        st.Page(page_of(draw), title=title, url_path=path, icon=icon, default=not path)
        for title, path, icon, draw in PAGES
    ]
    st.navigation(pages).run()
