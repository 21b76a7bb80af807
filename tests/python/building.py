"""Builds landing folders with dbt in this process, each into a warehouse of its own.

The project is parsed once a process, and its seeds are built once: every warehouse starts as a copy of them.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
from dbt.cli.main import dbtRunner

from conftest import PROJECT_ROOT, LandingWriter
from scripts.dbt_runner import DbtRun, run_dbt
from scripts.settings import Settings, read_settings


@dataclass(frozen=True)
class Built:
    """What a dbt command gave: the notes and problems that a user sees, and the database behind them."""

    run: DbtRun
    database: Path

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the database, times in UTC."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(sql, list(parameters)).fetchall()

    def marts(self) -> list[str]:
        """Return the names of the marts."""
        names = self.query("select table_name from information_schema.tables where table_schema = 'main' order by all")
        return [name for (name,) in names]


def build(landing: Path | str, as_of: date, folder: Path, **told: str) -> Built:
    """Build all models of a landing in `folder`; fail with the lines that a user would see if one of them fails.

    What else the run is told are fields of Settings.
    """
    built = try_dbt(["run"], landing, as_of, folder, **told)
    assert not built.run.problems, built.run.problems
    return built


def try_dbt(arguments: Sequence[str], landing: Path | str, as_of: date, folder: Path, **told: str) -> Built:
    """Run a dbt command on a landing and return what it gave, sound or not."""
    settings = replace(settings_in(folder), landing=landing, is_demo=False, as_of=as_of, **told)
    if not settings.private_file.exists():
        settings.private_file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(database_of_seeds(), settings.private_file)
    return Built(run_on_manifest(arguments, settings), settings.private_file)


def settings_in(folder: Path) -> Settings:
    """Return settings whose every output lies in a folder."""
    return replace(
        read_settings({}), warehouse=folder / "warehouse", target=folder / "target", logs=folder / "target" / "logs"
    )


def run_on_manifest(arguments: Sequence[str], settings: Settings) -> DbtRun:
    """Run dbt as the scripts do, on the project as parsed before."""
    runner = partial(dbtRunner, manifest=manifest())
    with environment_of(settings), patch("dbt.cli.main.dbtRunner", runner):
        return run_dbt(arguments, settings)


@contextmanager
def environment_of(settings: Settings) -> Iterator[None]:
    """Set the variables that dbt reads, and set back afterwards whatever a run has changed."""
    with patch.dict(os.environ, settings.environment()):
        yield


@cache
def scratch() -> Path:
    """Return a folder that is removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="seatwise-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def manifest() -> Any:
    """Parse the project."""
    settings = settings_in(scratch() / "parse")
    with environment_of(settings), chdir(PROJECT_ROOT):
        result = dbtRunner().invoke(["--log-level", "none", "parse", "--no-partial-parse"])
    assert result.success, result.exception
    return result.result


@cache
def database_of_seeds() -> Path:
    """Build the seeds."""
    folder = scratch() / "seeds"
    landing = LandingWriter(folder / "landing")
    landing.required_tables()
    settings = replace(settings_in(folder), landing=landing.root, is_demo=False)
    run = run_on_manifest(["seed"], settings)
    assert not run.problems, run.problems
    return settings.private_file
