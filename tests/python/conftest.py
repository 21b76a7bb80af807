"""What several test modules share: a writer of landing folders, and a small project to build with."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

if TYPE_CHECKING:
    from building import Built

PROJECT_ROOT = Path(__file__).resolve().parents[2]

# The variable that holds the folder of what all processes of a run share.
SHARED = "TESTS_SHARED_FOLDER"

# The variable that names the file of a build of the demo, from the project's folder.
BUILT = "TESTS_DEMO_BUILT"

# What the demo's data are made for (demo_as_of_date).
DEMO_AS_OF = date(2026, 6, 17)
DEMO_CURRENCY = "USD"

# The smallest landing that passes the preflight: the required columns of the required tables, a row each.
REQUIRED_TABLES: Mapping[str, Mapping[str, str]] = {
    "zuora/account": {"Id": "1" * 32, "CrmId": "001000000000001AAA"},
    "zuora/subscription": {
        "Id": "2" * 32,
        "Name": "A-S00000001",
        "AccountId": "1" * 32,
        "Version": "1",
        "Status": "Active",
        "SubscriptionStartDate": "2025-01-01",
    },
    "zuora/rate_plan": {"Id": "3" * 32, "SubscriptionId": "2" * 32, "Name": "Self-Managed - Premium - 1 Year"},
    "zuora/rate_plan_charge": {
        "Id": "4" * 32,
        "RatePlanId": "3" * 32,
        "ChargeType": "Recurring",
        "EffectiveStartDate": "2025-01-01",
    },
    "salesforce/account": {"Id": "001000000000001AAA"},
}


@dataclass(frozen=True)
class LandingWriter:
    """Writes files of a landing folder, in all shapes that the landing contract allows."""

    root: Path

    def table(self, path: str, rows: Sequence[Mapping[str, Any]], suffix: str = ".csv") -> Path:
        """Write a table's file: `path` is below the root and without suffix, columns are those of the first row."""
        file = self.root / f"{path}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        columns = list(rows[0])
        if suffix == ".parquet":
            values = [tuple(None if row[column] is None else str(row[column]) for column in columns) for row in rows]
            definitions = ", ".join(f'"{column}" varchar' for column in columns)
            with duckdb.connect() as connection:
                connection.execute(f"create table t ({definitions})")
                connection.executemany(f"insert into t values ({', '.join('?' * len(columns))})", values)
                connection.execute(f"copy t to '{file}' (format parquet)")
            return file
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        content = text.getvalue().encode()
        file.write_bytes(gzip.compress(content, mtime=0) if suffix.endswith(".gz") else content)
        return file

    def pings(
        self, received_date: str, payloads: Iterable[Mapping[str, Any] | str], name: str = "pings.ndjson"
    ) -> Path:
        """Write a file of payloads, a line each; a text is written as it is."""
        lines = [payload if isinstance(payload, str) else json.dumps(payload) for payload in payloads]
        file = self.root / "service_ping" / f"received_date={received_date}" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        content = "".join(f"{line}\n" for line in lines).encode()
        file.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
        return file

    def required_tables(self) -> None:
        """Write the smallest landing that passes the preflight."""
        for path, row in REQUIRED_TABLES.items():
            self.table(path, [row])


@dataclass
class CommandServer:
    """Runs commands in a folder, each in a process of its own that has dbt imported already (command_server.py)."""

    root: Path
    seconds: int = 300
    process: subprocess.Popen[str] | None = None

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], **wanted: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run a command and return what it gave, as subprocess does; what else is `wanted`, command_server.py knows."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, Path(__file__).with_name("command_server.py")],
                cwd=self.root,
                env=self.without_settings(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with tempfile.TemporaryDirectory(prefix="seatwise-command-") as folder:
            outputs = {name: f"{folder}/{name}" for name in ("stdout", "stderr")}
            request = {"arguments": list(arguments), "environment": dict(environment), **outputs, **wanted}
            self.process.stdin.write(f"{json.dumps(request)}\n")
            self.process.stdin.flush()
            if not select.select([self.process.stdout], [], [], self.seconds)[0]:
                self.stop()
                raise subprocess.TimeoutExpired(list(arguments), self.seconds)
            code = int(self.process.stdout.readline())
            texts = {name: Path(file).read_text(encoding="utf-8") for name, file in outputs.items()}
        return subprocess.CompletedProcess(list(arguments), code, **texts)

    def stop(self) -> None:
        """End the server, and a command that it still runs."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.communicate()
            self.process = None

    @staticmethod
    def without_settings() -> dict[str, str]:
        """Return this process's environment without what tells a run where to read and write."""
        return {name: value for name, value in os.environ.items() if not name.startswith(("SEATWISE_", "DBT_"))}


@dataclass(frozen=True)
class SmallProject:
    """A dbt project with this project's macros, sources and scripts, whose models a test writes itself."""

    root: Path
    warehouse: Path
    landing: LandingWriter
    server: CommandServer = field(repr=False)

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run(self, command: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command with SEATWISE_* variables of its own, in a process that has dbt imported already."""
        return self.server.run([command, *arguments], self.environment() | variables)

    def run_anew(self, command: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a user would, in a new interpreter."""
        return subprocess.run(
            [sys.executable, "-m", "scripts", command, *arguments],
            cwd=self.root,
            env=self.environment() | variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        """Return the environment that points a command at the project's landing and warehouse."""
        return CommandServer.without_settings() | {
            "SEATWISE_LANDING": str(self.landing.root),
            "SEATWISE_WAREHOUSE": str(self.warehouse),
            "SEATWISE_AS_OF": "2026-03-31",
            "COLUMNS": "160",
        }


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of what all processes of a run share (building.made_once); those of xdist inherit its name."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.TemporaryDirectory(prefix="seatwise-tests-")
        config.add_cleanup(folder.cleanup)
        os.environ[SHARED] = folder.name


@pytest.fixture(scope="session")
def project_root() -> Path:
    """Return the folder of the dbt project."""
    return PROJECT_ROOT


@pytest.fixture
def landing(tmp_path: Path) -> LandingWriter:
    """Return a writer of an empty landing folder."""
    root = tmp_path / "landing"
    root.mkdir()
    return LandingWriter(root)


@pytest.fixture(scope="session")
def demo() -> Built:
    """Return the build of the demo that `make test` has made, or one of this run; it is to be read, not written."""
    # building.py imports from here.
    from building import Built, build, made_once
    from scripts.dbt_runner import DbtRun

    if os.environ.get(BUILT):
        return Built(DbtRun(), PROJECT_ROOT / os.environ[BUILT])
    return made_once(
        "demo", lambda folder: build(PROJECT_ROOT / "landing", DEMO_AS_OF, folder, reporting_currency=DEMO_CURRENCY)
    )


@pytest.fixture(scope="module")
def small_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallProject]:
    """Return a project without models; tests of a module share it, so that dbt parses its macros once."""
    root = tmp_path_factory.mktemp("project")
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT_ROOT / name, root / name)
    for name in ("macros", "scripts"):
        shutil.copytree(PROJECT_ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", ".ruff_cache"))
    for sources in (PROJECT_ROOT / "models" / "staging").glob("*/*__sources.yml"):
        copied = root / sources.relative_to(PROJECT_ROOT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sources, copied)
    landing = LandingWriter(root / "landed")
    landing.required_tables()
    server = CommandServer(root)
    yield SmallProject(root, root / "out", landing, server)
    server.stop()
