"""Builds landing folders with dbt in this process, each into a warehouse of its own.

The project is parsed and its seeds are built once a run, by whichever process needs them first: every warehouse starts
as a copy of the seeds.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import pickle
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from unittest.mock import patch

import duckdb
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from conftest import PROJECT_ROOT, SHARED, LandingWriter
from scripts.dbt_runner import DbtRun, run_dbt
from scripts.settings import Settings, read_settings

Made = TypeVar("Made")


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


def shared() -> Path:
    """Return the folder of what all processes of this run share; outside pytest, the one process has one of its own."""
    if SHARED not in os.environ:
        folder = TemporaryDirectory(prefix="seatwise-shared-")
        atexit.register(folder.cleanup)
        os.environ[SHARED] = folder.name
    return Path(os.environ[SHARED])


def made_once(name: str, make: Callable[[Path], Made]) -> Made:
    """Return what `make` makes in a folder of its own, made once a run; the other processes wait, and get a copy of it.

    What it leaves in the folder is there for all of them, to be read.
    """
    folder = shared() / name
    made = shared() / f"{name}.pickle"
    with (shared() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            result = make(folder)
            made.write_bytes(pickle.dumps(result))
            return result
    return pickle.loads(made.read_bytes())  # noqa: S301 (of this run)


@cache
def manifest() -> Any:
    """Return the project as parsed; each process has one of its own."""
    return Manifest.from_msgpack(made_once("parse", parse))


def parse(folder: Path) -> bytes:
    """Return the project as parsed, in the form in which dbt keeps it; manifest.json is left in a folder `target`."""
    settings = settings_in(folder)
    with environment_of(settings), chdir(PROJECT_ROOT):
        result = dbtRunner().invoke(["--log-level", "none", "parse", "--no-partial-parse"])
    assert result.success, result.exception
    return result.result.to_msgpack()


@cache
def database_of_seeds() -> Path:
    """Build the seeds."""
    return made_once("seeds", build_seeds)


def build_seeds(folder: Path) -> Path:
    """Build the seeds in a folder."""
    landing = LandingWriter(folder / "landing")
    landing.required_tables()
    settings = replace(settings_in(folder), landing=landing.root, is_demo=False)
    run = run_on_manifest(["seed"], settings)
    assert not run.problems, run.problems
    return settings.private_file
