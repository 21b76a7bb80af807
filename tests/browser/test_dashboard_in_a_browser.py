"""The dashboard in a browser: pages draw without a fault, show the marts' figures, filter, save, are accessible."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from conftest import Dashboard, open_page, settle

PICTURED_ACCOUNT = "Corvid Security"
PAGES = {
    "": "Portfolio",
    "account": PICTURED_ACCOUNT,
    "renewals": "Renewals",
    "view": "In view",
    "reports": "Reported figures",
    "quality": "Data quality and loads",
}
MONTH = "month = date_trunc('month', (select as_of_date from dim_publication))"
SERIOUS = ("serious", "critical")


def figure(page: Page, label: str) -> str:
    """Return the figure that stands below a label."""
    metric = page.locator("[data-testid=stMetric]").filter(has_text=label).first
    return metric.locator("[data-testid=stMetricValue]").inner_text().strip()


@pytest.mark.parametrize("path", PAGES)
def test_each_page_draws_without_a_fault(
    page: Page, dashboard: Dashboard, faults: list[str], request: pytest.FixtureRequest, path: str
) -> None:
    """Nothing fails, nothing is fetched from elsewhere, and the as-of date stands above; pictures, if asked for."""
    account = dashboard.query(f"select account_id from dim_accounts where account_name = '{PICTURED_ACCOUNT}'")[0][0]
    open_page(page, dashboard, f"account?account={account}" if path == "account" else path)
    if pictures := request.config.getoption("--pictures"):
        page.screenshot(path=pictures / f"{path or 'portfolio'}.png")
    assert page.locator("h1").first.inner_text() == PAGES[path]
    assert "As of 17 June 2026" in page.locator("[data-testid=stMain] [data-testid=stMarkdown]").first.inner_text()
    assert page.locator("[data-testid=stException]").count() == 0
    assert faults == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_page_is_accessible(page: Page, dashboard: Dashboard, path: str, scheme: str) -> None:
    """axe-core finds nothing serious, in light and in dark."""
    page.emulate_media(color_scheme=scheme)
    open_page(page, dashboard, path)
    violations = Axe().run(page).response["violations"]
    assert [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]][:3])
        for violation in violations
        if violation["impact"] in SERIOUS
    ] == []


def test_figures_are_those_of_the_marts(page: Page, dashboard: Dashboard) -> None:
    """R9.5, R9.6 What a reader sees is what the marts say."""
    open_page(page, dashboard, "")
    assert figure(page, "Accounts") == str(dashboard.query("select count(*) from dim_accounts")[0][0])
    used, sold = dashboard.query(
        "select sum(scored_billable_user_count)::double, sum(scored_licenses_sold)"
        f" from fct_account_utilization_monthly where {MONTH}"
    )[0]
    assert figure(page, "Licence utilisation") == f"{100 * used / sold:.1f} %"
    account, users = dashboard.query(
        f"select account_id, billable_user_count from fct_account_utilization_monthly where {MONTH}"
        " and billable_user_count is not null order by 2 desc, 1"
    )[0]
    open_page(page, dashboard, f"account?account={account}")
    assert figure(page, "Billable Users - Account") == f"{users:,.0f}"


def test_filters_go_with_the_address(page: Page, dashboard: Dashboard) -> None:
    """A filter that is chosen stands in the address, and the address alone brings it back on another page."""
    region, accounts = dashboard.query(
        "select region, count(*) from dim_accounts where region is not null group by region order by 2, 1"
    )[0]
    open_page(page, dashboard, "")
    box = page.get_by_role("combobox", name="Region")
    box.click()
    page.get_by_role("option", name=region, exact=True).click()
    page.keyboard.press("Escape")
    settle(page)
    assert f"region={region}" in page.url
    assert figure(page, "Accounts") == str(accounts)
    page.get_by_role("link", name="In view").click()
    settle(page)
    assert f"region={region}" in page.url


def test_a_table_is_saved_as_the_mart_has_it(page: Page, dashboard: Dashboard, tmp_path: Path) -> None:
    """The file of the actions holds every row of the mart, in its order."""
    open_page(page, dashboard, "view")
    expected = dashboard.query("select subscription_name from fct_availability_actions order by action_rank")
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save {len(expected)} rows as CSV").click()
    download.value.save_as(tmp_path / "saved.csv")
    with (tmp_path / "saved.csv").open(newline="") as file:
        assert [row["subscription_name"] for row in csv.DictReader(file)] == [name for (name,) in expected]


def test_a_phone_shows_the_page_without_scrolling_sideways(page: Page, dashboard: Dashboard) -> None:
    """On a narrow screen the page is as wide as the screen."""
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, dashboard, "")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_publication_in_between_shows_at_the_next_click(page: Page, dashboard: Dashboard, tmp_path: Path) -> None:
    """R15.1 A page that is open shows the next publication once anything on it is touched."""
    open_page(page, dashboard, "")
    before = dashboard.file.with_name("before.duckdb")
    following = dashboard.file.with_name("following.duckdb")
    shutil.copy(dashboard.file, before)
    shutil.copy(dashboard.file, following)
    with duckdb.connect(str(following)) as connection:
        connection.execute("delete from dim_accounts where segment is null or segment <> 'Enterprise'")
        count = connection.execute("select count(*) from dim_accounts").fetchone()[0]
    following.replace(dashboard.file)
    try:
        page.get_by_role("link", name="In view").click()
        settle(page)
        page.get_by_role("link", name="Portfolio").click()
        settle(page)
        assert figure(page, "Accounts") == str(count)
    finally:
        before.replace(dashboard.file)
