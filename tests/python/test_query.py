"""Asking the published file: what a reader without a terminal's patience sees (R15.1)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

# What Python on Windows says to `import fcntl`.
WITHOUT_FCNTL = "import sys; sys.modules['fcntl'] = None; from scripts.cli import main; sys.exit(main())"


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Return a warehouse folder with a published file of one table."""
    with duckdb.connect(tmp_path / "seatwise.duckdb") as connection:
        connection.execute("create table dim_accounts as select 'Acme' as account_name")
    return tmp_path


def run(warehouse: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python on a warehouse as a user would."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "SEATWISE_WAREHOUSE": str(warehouse), "SEATWISE_LANDING": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def query(warehouse: Path, sql: str = "from dim_accounts") -> subprocess.CompletedProcess[str]:
    """Ask the published file."""
    return run(warehouse, "-m", "scripts", "query", sql)


def test_rows_are_shown(warehouse: Path) -> None:
    """The answer is a table."""
    done = query(warehouse)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Acme" in done.stdout


def test_wrong_sql_is_one_line(warehouse: Path) -> None:
    """DuckDB's error without its excerpts."""
    done = query(warehouse, "from dim_nothing")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "query: Catalog Error: Table with name dim_nothing does not exist!\n"


def test_nothing_published_is_one_line(tmp_path: Path) -> None:
    """And says what to do."""
    done = query(tmp_path)
    assert done.returncode == 1
    assert done.stderr == f"query: {tmp_path / 'seatwise.duckdb'} does not exist: run make build\n"


@pytest.mark.parametrize("content", [b"no database", b""])
def test_what_is_no_database_is_one_line(tmp_path: Path, content: bytes) -> None:
    """A file that was damaged or is something else."""
    file = tmp_path / "seatwise.duckdb"
    file.write_bytes(content)
    done = query(tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"query: {file} cannot be read: ")


@pytest.mark.parametrize("command", [("query", "from dim_accounts"), ("explain", "Acme")])
def test_file_that_another_reader_opened_for_writing_is_one_line(warehouse: Path, command: tuple[str, str]) -> None:
    """Whoever leaves it open so keeps all others out: the line names the process."""
    file = warehouse / "seatwise.duckdb"
    with duckdb.connect(file):
        done = run(warehouse, "-m", "scripts", *command)
    assert (done.returncode, done.stdout) == (1, "")
    holder = f"another process (process {os.getpid()}) has {file} open"
    assert done.stderr == f"{command[0]}: {holder}: open it read-only there\n"
    assert query(warehouse).returncode == 0


def test_reading_needs_no_locks_of_the_system(warehouse: Path) -> None:
    """Where Python has no fcntl (Windows), reading works."""
    done = run(warehouse, "-c", WITHOUT_FCNTL, "query", "from dim_accounts")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Acme" in done.stdout
    done = run(warehouse, "-c", WITHOUT_FCNTL, "explain", "--help")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["build", "publish"])
def test_writing_says_which_systems_are_supported(warehouse: Path, name: str) -> None:
    """One line, before anything is touched."""
    done = run(warehouse, "-c", WITHOUT_FCNTL, name)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"{name}: building and publishing run on Linux and macOS, and on Windows within WSL; reading runs everywhere\n"
    )
