"""A dashboard that serves a build of the demo, and a browser before it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import duckdb
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

PROJECT_ROOT = Path(__file__).parents[2]
BUILT = PROJECT_ROOT / "target" / "test" / "warehouse" / "build" / "seatwise.duckdb"
BROWSERS = ("chromium", "google-chrome")
PATIENCE_SECONDS = 60
# Streamlit asks for these below the page's own path first, and finds them at the root then.
EXPECTED_MISSES = ("/_stcore/host-config", "/_stcore/health")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run leave pictures of the pages: `make screenshots`."""
    parser.addoption("--pictures", type=Path, help="the folder that pictures of the pages go into")


@dataclass(frozen=True)
class Dashboard:
    """A running dashboard: its address, and the file that it reads."""

    address: str
    file: Path

    def query(self, sql: str) -> list[tuple]:
        """Return the rows of a query on the published file."""
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@contextmanager
def serve(file: Path) -> Iterator[Dashboard]:
    """Serve the dashboard of a published file."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-m", "scripts", "dashboard", "--port", str(port)],
        cwd=PROJECT_ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(file.parent), "SEATWISE_WAREHOUSE": str(file.parent)},
    ) as server:
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/_stcore/health")
            yield Dashboard(address, file)
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """Serve a copy of the demo's build."""
    file = tmp_path_factory.mktemp("warehouse") / "seatwise.duckdb"
    assert BUILT.is_file(), f"{BUILT} does not exist: run make test-build"
    shutil.copy(BUILT, file)
    with serve(file) as dashboard:
        yield dashboard


def wait_for(address: str) -> None:
    """Wait until an address answers."""
    for _ in range(PATIENCE_SECONDS * 2):
        try:
            with urlopen(address, timeout=5):  # noqa: S310
                return
        except (URLError, ConnectionError):
            time.sleep(0.5)
    pytest.fail(f"{address} does not answer")


def chosen_browser() -> str:
    """Return the path of a browser of this machine."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path, f"a browser is needed: {' or '.join(BROWSERS)}"
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start a browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chosen_browser(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def faults() -> list[str]:
    """Return what the browser has complained of while a test ran."""
    return []


@pytest.fixture
def page(browser: Browser, faults: list[str]) -> Iterator[Page]:
    """Open an empty page that notes errors of its console, failed requests and answers that are none."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000}, accept_downloads=True)
    page.on("requestfailed", lambda request: faults.append(f"failed: {request.url}"))
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on(
        "response",
        lambda answer: (
            faults.append(f"{answer.status}: {answer.url}")
            if answer.status >= 400 and not answer.url.endswith(EXPECTED_MISSES)
            else None
        ),
    )
    page.on(
        "console",
        lambda message: (
            faults.append(f"console: {message.text}")
            if message.type == "error" and "status of 404" not in message.text
            else None
        ),
    )
    yield page
    page.close()


def open_page(page: Page, dashboard: Dashboard, path: str) -> None:
    """Open a page of the dashboard and wait until it is drawn."""
    page.goto(f"{dashboard.address}/{path}")
    settle(page)


def settle(page: Page) -> None:
    """Wait until the page is drawn."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=PATIENCE_SECONDS * 1000)
    page.wait_for_selector("h1", timeout=PATIENCE_SECONDS * 1000)
    page.wait_for_timeout(1500)
