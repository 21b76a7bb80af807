"""Print how long each page takes with 5,000 accounts × 24 months: `python tests/browser/page_times.py`.

The demo's build is copied, each account, subscription and instance many times over under new ids, so that it has as
many rows as such a portfolio. Seconds are from the request to the drawn page, in a browser on the same machine.
"""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from conftest import BUILT, Dashboard, chosen_browser, serve

ACCOUNT_MONTHS = 5_000 * 24
ID_COLUMNS = (
    "account_id", "subscription_name", "instance_id", "family_id", "ultimate_parent_account_id", "parent_account_id",
)  # fmt: skip
ROUNDS = 5
DRAWN = "[data-testid=stApp][data-test-script-state=notRunning]"


def enlarge(file: Path) -> int:
    """Multiply the rows of all marts that name accounts, subscriptions or instances; return how many times."""
    with duckdb.connect(str(file)) as connection:
        months = connection.execute("select count(*) from fct_account_utilization_monthly").fetchone()[0]
        times = -(-ACCOUNT_MONTHS // months)
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'main'"
        ).fetchall():
            columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
            ids = [column for column in columns if column in ID_COLUMNS]
            if ids:
                renamed = ", ".join(f"{column} || copies.copy as {column}" for column in ids)
                connection.execute(
                    f"insert into {table} select mart.* replace ({renamed}) from {table} as mart,"
                    f" (select unnest(range(1, {times}))::varchar as copy) as copies"
                )
        return times


def drawn(page: Page, act: Callable[[], object]) -> float:
    """Return the seconds from an act of a reader to the page that is drawn."""
    start = time.perf_counter()
    act()
    page.wait_for_selector(DRAWN, timeout=60_000)
    page.wait_for_selector("h1", timeout=60_000)
    return time.perf_counter() - start


def clicked(page: Page, name: str) -> Callable[[], object]:
    """Return the act of following a link of the navigation."""

    def act() -> None:
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=running]", timeout=5_000)

    return act


@contextmanager
def enlarged_dashboard() -> Iterator[Dashboard]:
    """Serve a dashboard of the enlarged demo."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "seatwise.duckdb"
        shutil.copy(BUILT, file)
        Console().print(f"{enlarge(file)} copies of the demo, {file.stat().st_size / 1e6:,.0f} MB")
        with serve(file) as dashboard:
            yield dashboard


def main() -> None:
    """Measure, and print the table of docs/dashboard.md."""
    table = Table("page", "opened first (s)", "opened again, median (s)", "a click to it, median (s)")
    with enlarged_dashboard() as dashboard, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chosen_browser(), args=["--no-sandbox"])
        page = browser.new_page()
        for title, path in (("Portfolio", ""), ("Account", "account"), ("Renewals", "renewals"), ("In view", "view"),
                            ("Reported figures", "reports"), ("Data quality and loads", "quality")):  # fmt: skip
            opened = [
                drawn(page, lambda path=path: page.goto(f"{dashboard.address}/{path}")) for _ in range(ROUNDS + 1)
            ]
            other = "Portfolio" if path else "In view"
            clicks = []
            for _ in range(ROUNDS):
                drawn(page, clicked(page, other))
                clicks.append(drawn(page, clicked(page, title)))
            table.add_row(
                title,
                *(f"{value:.2f}" for value in (opened[0], statistics.median(opened[1:]), statistics.median(clicks))),
            )
        browser.close()
    Console().print(table)


if __name__ == "__main__":
    main()
