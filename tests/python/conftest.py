"""What several test modules share: a writer of landing folders, and a small project to build with."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

if TYPE_CHECKING:
    from building import Built

PROJECT_ROOT = Path(__file__).resolve().parents[2]

# What the demo's data are made for (demo_as_of_date).
DEMO_AS_OF = date(2026, 6, 17)

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


@dataclass(frozen=True)
class SmallProject:
    """A dbt project with this project's macros, sources and scripts, whose models a test writes itself."""

    root: Path
    warehouse: Path
    landing: LandingWriter

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run(self, command: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a user would, with SEATWISE_* variables of its own."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("SEATWISE_", "DBT_"))}
        environment |= {
            "SEATWISE_LANDING": str(self.landing.root),
            "SEATWISE_WAREHOUSE": str(self.warehouse),
            "SEATWISE_AS_OF": "2026-03-31",
            "COLUMNS": "160",
        }
        return subprocess.run(
            [sys.executable, "-m", "scripts", command, *arguments],
            cwd=self.root,
            env=environment | variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


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
def demo(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a build of the demo, which `make test` has made; it is to be read, not written."""
    # building.py imports from here.
    from building import build

    return build(PROJECT_ROOT / "landing", DEMO_AS_OF, tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def small_project(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
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
    return SmallProject(root, root / "out", landing)
