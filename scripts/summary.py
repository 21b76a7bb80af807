"""What a person wants to know after a build, read from the published copy like any reader would."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from scripts.settings import Settings
from scripts.tables import open_published, whole

PINGS = """
    select
        count(*) as files,
        coalesce(sum(landed), 0) as landed,
        coalesce(sum(accepted), 0) as accepted,
        coalesce(sum(duplicates), 0) as duplicates,
        coalesce(sum(quarantined), 0) as quarantined
    from fct_ping_loads
"""

QUARANTINE = """
    select reason, count(*) as lines
    from fct_quarantined_pings
    group by reason
    order by lines desc, reason
"""

STATUSES = """
    select availability_status, count(*) as accounts
    from fct_account_utilization_monthly
    where month = $month
    group by availability_status
    order by availability_status = 'available' desc, accounts desc, availability_status
"""

# Some accounts whose ratio is known and some whose ratio is not: of each the ones with most at stake.
ACCOUNTS = """
    select
        coalesce(dim_accounts.account_name, usage.account_id) as account,
        usage.billable_user_count,
        usage.licenses_sold,
        usage.license_utilization,
        usage.not_available_reason,
        usage.not_available_subscriptions
    from fct_account_utilization_monthly as usage
    left join dim_accounts
        on usage.account_id = dim_accounts.account_id
    where usage.month = $month
    qualify
        row_number() over (
            partition by usage.license_utilization is null
            order by usage.arr_reporting desc nulls last, usage.account_id
        ) <= 4
    order by usage.license_utilization is null, usage.arr_reporting desc nulls last, usage.account_id
"""

HEALTH = """
    select health_color, count(*) as accounts
    from fct_account_health_monthly
    where month = $month
    group by health_color
    order by accounts desc, health_color
"""

FINDINGS = """
    select finding, count(*) as findings
    from fct_data_quality_findings
    group by finding
    order by findings desc, finding
"""

ACTIONS = """
    select
        actions.instruction,
        actions.owner,
        coalesce(dim_accounts.account_name, actions.account_id, 'no account') as account,
        actions.subscription_name,
        actions.arr_in_view,
        actions.currency,
        actions.arr_in_view_reporting,
        actions.reporting_currency
    from fct_availability_actions as actions
    left join dim_accounts
        on actions.account_id = dim_accounts.account_id
    order by actions.action_rank, actions.currency
    limit 3
"""


def print_summary(settings: Settings, manifest: dict[str, Any], console: Console) -> None:
    """Print what arrived, what is known of accounts, where it is published, and what to do next.

    The publication stands by now: a mart that cannot be read costs its paragraph, not the run.
    """
    as_of = date.fromisoformat(manifest["as_of_date"])
    month = {"month": as_of.replace(day=1)}
    console.print()
    console.print(f"[bold]Seatwise as of {as_of}[/]" + (" (the demo)" if settings.is_demo else ""))
    with open_published(settings.published_file) as connection:
        for paragraph in (print_pings, print_statuses, print_accounts, print_health, print_findings, print_actions):
            try:
                paragraph(connection, month, console)
            except duckdb.Error as error:
                console.print(f"not shown: {escape(str(error).splitlines()[0])}", soft_wrap=True)
    console.print()
    rows = sum(manifest["row_counts"].values())
    console.print(f"Published {len(manifest['row_counts'])} marts, {rows:,} rows:")
    for path in (settings.published_file, settings.parquet_folder, settings.manifest_file):
        console.print(f"  {escape(shown_path(path))}", soft_wrap=True)
    console.print("Look at it in a browser: make dashboard. Ask it: README.md has first queries")
    console.print('Take a score apart: make explain ACCOUNT="name or id"')


def print_pings(connection: duckdb.DuckDBPyConnection, _: dict[str, date], console: Console) -> None:
    """Print how many pings landed and what became of them (R1.1)."""
    files, landed, accepted, duplicates, quarantined = connection.execute(PINGS).fetchall()[0]
    console.print(
        f"\nPings: {landed:,} landed in {files:,} file{'' if files == 1 else 's'}"
        f" = {accepted:,} accepted + {duplicates:,} duplicates + {quarantined:,} quarantined",
        soft_wrap=True,
    )
    for reason, lines in connection.execute(QUARANTINE).fetchall():
        console.print(f"  quarantined: {lines:,} {reason}")


def print_statuses(connection: duckdb.DuckDBPyConnection, month: dict[str, date], console: Console) -> None:
    """Print how many accounts are in view this month, and why the others are not (R10)."""
    # No ARR here: accounts are billed in currencies of their own (R8.7).
    table = new_table("Accounts by availability", ["status"], ["accounts"])
    for status, accounts in connection.execute(STATUSES, month).fetchall():
        table.add_row(status, f"{accounts:,}")
    print_table(table, console)


def print_accounts(connection: duckdb.DuckDBPyConnection, month: dict[str, date], console: Console) -> None:
    """Print the licence utilisation of a few accounts; N/A comes with its reason (R9.5)."""
    table = new_table("Licence utilisation", ["account"], ["billable", "sold", "utilisation"], ["why it is N/A"])
    for account, billable, licenses, utilization, reason, subscriptions in connection.execute(
        ACCOUNTS, month
    ).fetchall():
        names = ", ".join(subscriptions) if isinstance(subscriptions, list) else subscriptions
        why = ": ".join(part for part in (reason, names) if part) if utilization is None else ""
        table.add_row(
            escape(account),
            whole(billable),
            whole(licenses),
            "N/A" if utilization is None else f"{utilization:.1%}",
            escape(why),
        )
    print_table(table, console)


def print_health(connection: duckdb.DuckDBPyConnection, month: dict[str, date], console: Console) -> None:
    """Print how many accounts have which colour this month (R12.4)."""
    table = new_table("Accounts by health", ["colour"], ["accounts"])
    for color, accounts in connection.execute(HEALTH, month).fetchall():
        table.add_row(color, f"{accounts:,}")
    print_table(table, console)


def print_findings(connection: duckdb.DuckDBPyConnection, _: dict[str, date], console: Console) -> None:
    """Print how many findings of each kind there are about the inputs."""
    counts = connection.execute(FINDINGS).fetchall()
    if not counts:
        console.print("\nThe inputs gave no data-quality findings.")
        return
    table = new_table("Data-quality findings", ["kind"], ["findings"])
    for finding, findings in counts:
        table.add_row(escape(finding), f"{findings:,}")
    print_table(table, console)


def print_actions(connection: duckdb.DuckDBPyConnection, _: dict[str, date], console: Console) -> None:
    """Print the three actions that would bring the most ARR into view (R10.3)."""
    actions = connection.execute(ACTIONS).fetchall()
    console.print("\n[bold]What to do next[/]" if actions else "\nEvery live subscription is in view.")
    for number, (instruction, owner, account, subscription, *amounts) in enumerate(actions, start=1):
        console.print(
            escape(f"  {number}. {instruction} ({account}, {subscription}{worth_in_words(*amounts)}; {owner})"),
            soft_wrap=True,
        )


def worth_in_words(
    billed: float | None, currency: str | None, amount: float | None, reporting_currency: str | None
) -> str:
    """Write an ARR in the reporting currency, else as it is billed; nothing where it is not known (R17)."""
    if amount is not None and reporting_currency:
        return f", {amount:,.0f} {reporting_currency} of ARR"
    return "" if billed is None else f", {billed:,.0f} {currency or ''}".rstrip() + " of ARR"


def new_table(title: str, names: Sequence[str], figures: Sequence[str], texts: Sequence[str] = ()) -> Table:
    """Return an empty table whose figures stand right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in names:
        table.add_column(column, overflow="fold")
    for column in figures:
        table.add_column(column, justify="right", no_wrap=True)
    for column in texts:
        # Wide enough for the longest status in one piece.
        table.add_column(column, overflow="fold", min_width=29)
    return table


def print_table(table: Table, console: Console) -> None:
    """Print a table after an empty line."""
    console.print()
    console.print(table)


def shown_path(path: Path) -> str:
    """Write a path the way the user would: from the working folder, where it lies in it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
