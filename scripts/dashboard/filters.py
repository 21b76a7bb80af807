"""The filters that all lists of accounts share; the address of the page carries them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from scripts.dashboard.reading import Published

BLANK = "(blank)"


@dataclass(frozen=True)
class Filter:
    """One filter: its name in the address, its label, and where its values stand."""

    name: str
    label: str
    mart: str
    column: str


FILTERS = (
    Filter("csm", "CSM", "dim_accounts", "csm_name"),
    Filter("segment", "Segment", "dim_accounts", "segment"),
    Filter("region", "Region", "dim_accounts", "region"),
    Filter("tier", "Tier", "dim_subscriptions", "tier"),
    Filter("license_type", "Licence type", "dim_subscriptions", "license_type"),
)


def is_chosen(item: Filter) -> str:
    """Return the SQL condition that a row's value is among those chosen, or that none is chosen."""
    chosen = f"cast(${item.name} as varchar[])"
    return f"(len({chosen}) = 0 or list_contains({chosen}, coalesce({item.column}, '{BLANK}')))"


def where(mart: str) -> str:
    """Return the SQL condition that a row of a mart fits all filters that read it."""
    return " and ".join(is_chosen(item) for item in FILTERS if item.mart == mart)


def is_unfiltered(mart: str) -> str:
    """Return the SQL condition that no filter that reads a mart has a value."""
    return " + ".join(f"len(cast(${item.name} as varchar[]))" for item in FILTERS if item.mart == mart) + " = 0"


# The live subscriptions and the accounts that the filters leave. By tier and licence type an account is left that has a
# live subscription of that kind; a subscription without account is left where nothing is asked of accounts.
CHOSEN = f"""
    fitting_accounts as (
        select account_id
        from dim_accounts
        where {where("dim_accounts")}
    ),

    chosen_subscriptions as (
        select subscription_name, account_id
        from dim_subscriptions
        where
            is_live
            and {where("dim_subscriptions")}
            and (
                account_id in (select account_id from fitting_accounts)
                or (account_id is null and {is_unfiltered("dim_accounts")})
            )
    ),

    chosen_accounts as (
        select account_id
        from fitting_accounts
        where
            {is_unfiltered("dim_subscriptions")}
            or account_id in (select account_id from chosen_subscriptions)
    )
"""


def choose_filters(published: Published) -> None:
    """Draw the filters beside the page."""
    with st.sidebar:
        st.subheader("Filters")
        for item in FILTERS:
            values = published.ask(
                f"select distinct coalesce({item.column}, '{BLANK}') as value from {item.mart} order by value"
            )["value"]
            st.multiselect(
                item.label,
                list(values),
                key=item.name,
                bind="query-params",
                persist_state="session",
                placeholder="All",
            )


def chosen() -> dict[str, Any]:
    """Return what is chosen, as parameters of a query with CHOSEN."""
    return {item.name: list(st.session_state.get(item.name) or []) for item in FILTERS}


def filters_in_address() -> str:
    """Return the filters as the end of an address that has parameters already."""
    values = urlencode({name: values for name, values in chosen().items() if values}, doseq=True)
    return f"&{values}" if values else ""
