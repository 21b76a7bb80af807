"""Publishing: whole or not at all, whatever happens to the publisher (R15)."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import duckdb
import pytest

from scripts import publish as publisher
from scripts import restatements
from scripts.publish import publish
from scripts.settings import ExitCode, SeatwiseError, Settings, read_settings

MARTS = ("dim_accounts", "fct_account_health_measures_monthly", "fct_ping_loads")
PUBLICATION = "dim_publication"
SCRATCH = "scratch"
TESTS = ("test.seatwise.unique", "unit_test.seatwise.dim_accounts.ids")

# Kills itself at its n-th operation on names of the file system: every state a reader could see lies between two.
KILLED_PUBLISHER = """
import os, signal, sys
from scripts.cli import main
countdown = int(sys.argv.pop())
def hook(event, arguments):
    global countdown
    if event in ("os.rename", "os.symlink", "os.mkdir", "os.rmdir", "os.remove", "shutil.rmtree"):
        countdown -= 1
        if countdown == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
sys.exit(main(["publish"]))
"""


@dataclass
class Warehouse:
    """A warehouse with a private file and what dbt leaves of a build, both made by hand."""

    settings: Settings

    def build(self, number: int, **results: str) -> None:
        """Write the private file of a build, every mart holding its number, and the artifacts that belong to it."""
        started = datetime.now(UTC) - timedelta(seconds=1)
        self.settings.private_file.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(self.settings.private_file) as connection:
            connection.execute("create schema if not exists staging")
            connection.execute("create or replace table staging.stg_secrets as select 'private' as text")
            for mart in MARTS:
                connection.execute(
                    f"create or replace table {mart} as select {number} as build, i as line from range(1000) as r(i)"
                )
            connection.execute(
                f"create or replace table {PUBLICATION} as select date '2026-03-31' as as_of_date,"
                " cast(null as timestamp) as published_at, cast(null as varchar) as git_commit,"
                " cast(null as boolean) as git_has_changes, cast(null as varchar) as seatwise_version,"
                " cast(null as bigint) as publication_number,"
                f" 1 as marts_version, 'v{number}' as scorecard_version"
            )
        nodes = {
            f"model.seatwise.{mart}": {
                "resource_type": "model",
                "name": mart,
                "alias": mart,
                "schema": "main",
                "access": "public",
                "original_file_path": f"models/marts/core/{mart}.sql",
                "description": f"It's {mart}.",
                "columns": {"build": {"name": "build", "description": "The build's number."}},
            }
            for mart in (*MARTS, PUBLICATION)
        }
        nodes["model.seatwise.stg_secrets"] = {
            "resource_type": "model",
            "name": "stg_secrets",
            "access": "protected",
            "original_file_path": "models/staging/stg_secrets.sql",
        }
        nodes[TESTS[0]] = {"resource_type": "test", "name": "unique"}
        manifest = {
            "metadata": {"invocation_id": "invocation"},
            "nodes": nodes,
            "unit_tests": {TESTS[1]: {"resource_type": "unit_test", "name": "ids"}},
        }
        statuses = dict.fromkeys(nodes, "success") | dict.fromkeys(TESTS, "pass") | results
        self.write(manifest, statuses, started)

    def build_with_history(self, number: int) -> None:
        """Write a build of which a figure of a closed month is its number, and all that the publisher asks for then."""
        self.build(number)
        tables = {
            "fct_account_utilization_monthly": (
                f"select 'A' as account_id, date '2026-02-01' as month, {number} as billable_user_count"
            ),
            "fct_restatements": (
                "select null::varchar as account_id, null::date as month, null::varchar as figure,"
                " null::bigint as publication_number, null::varchar as value_before, null::varchar as value_after,"
                " null::double as difference, null::varchar as cause, null::timestamp as published_at,"
                " null::date as as_of_date, null::timestamp as previous_published_at,"
                " null::date as previous_as_of_date where false"
            ),
            "restatement_figures": (
                "select 'billable_user_count' as figure, 'fct_account_utilization_monthly' as mart,"
                " false as follows_scorecard"
            ),
            "int_evidence_scorecards": "select 'v' as scorecard_version, 'f' as scorecard_fingerprint",
        }
        with duckdb.connect(self.settings.private_file) as connection:
            for name, query in tables.items():
                connection.execute(f"create or replace table {name} as {query}")
            for name in ("instances", "subscriptions"):
                connection.execute(f"create or replace table int_evidence_{name} ({restatements.KEPT[name]})")
            connection.execute(f"alter table {PUBLICATION} add column first_month date default '2026-01-01'")
        manifest = json.loads((self.settings.target / "manifest.json").read_text())
        results = json.loads((self.settings.target / "run_results.json").read_text())
        for name in (*tables, "int_evidence_instances", "int_evidence_subscriptions"):
            is_mart = name.startswith("fct_")
            manifest["nodes"][f"model.seatwise.{name}"] = {
                "resource_type": "model",
                "name": name,
                "alias": name,
                "schema": "main",
                "access": "public" if is_mart else "protected",
                "original_file_path": f"models/{'marts' if is_mart else 'intermediate'}/{name}.sql",
                "description": "",
                "columns": {},
            }
            results["results"].append({"unique_id": f"model.seatwise.{name}", "status": "success"})
        (self.settings.target / "manifest.json").write_text(json.dumps(manifest))
        results["metadata"]["generated_at"] = datetime.now(UTC).isoformat()
        (self.settings.target / "run_results.json").write_text(json.dumps(results))

    def history(self) -> list[tuple[int, str, str]]:
        """Return the changes that readers see: publication, value before, value after."""
        with duckdb.connect(self.settings.published_file, read_only=True) as connection:
            return connection.execute(
                "select publication_number, value_before, value_after from fct_restatements order by all"
            ).fetchall()

    def write(self, manifest: dict[str, Any], statuses: dict[str, str], started: datetime) -> None:
        """Write dbt's artifacts; a node with a blank status is left out of the results."""
        target = self.settings.target
        target.mkdir(exist_ok=True)
        (target / "manifest.json").write_text(json.dumps(manifest))
        results = {
            "metadata": {
                "invocation_id": "invocation",
                "invocation_started_at": started.isoformat(),
                "generated_at": datetime.now(UTC).isoformat(),
            },
            "args": {"which": "build"},
            "results": [{"unique_id": key, "status": status} for key, status in statuses.items() if status],
        }
        (target / "run_results.json").write_text(json.dumps(results))

    def environment(self) -> dict[str, str]:
        """Return the environment of a publisher in a process of its own."""
        return {**os.environ, **self.settings.environment()}

    def seen(self) -> int:
        """Return the number of the build that readers see, having read all of it in both forms."""
        with duckdb.connect(self.settings.published_file, read_only=True) as connection:
            tables = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
            assert [table for (table,) in tables if table != SCRATCH] == sorted((*MARTS, PUBLICATION))
            numbers = {
                connection.execute(f"select min(build), max(build), count(*) from {mart}").fetchone() for mart in MARTS
            }
            versions = connection.execute(f"select scorecard_version from {PUBLICATION}").fetchall()
        assert len(numbers) == 1
        low, high, rows = numbers.pop() or (0, 1, 0)
        assert (low, rows) == (high, 1000)
        assert versions == [(f"v{low}",)]
        files = sorted(self.settings.parquet_folder.iterdir())
        assert [file.stem for file in files] == sorted((*MARTS, PUBLICATION))
        of_marts = [[str(file) for file in files if file.stem in MARTS]]
        parquet = duckdb.execute("select min(build), max(build), count(*) from read_parquet($1)", of_marts)
        first, last, rows = parquet.fetchall()[0]
        assert first == last
        assert rows == 3000
        json.loads(self.settings.manifest_file.read_text())
        return low

    def leave_a_log(self) -> None:
        """Have a reader open the published file for writing, make a table of its own, and die."""
        reader = "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]);"
        reader += f"c.execute('create or replace table {SCRATCH} as select 1 as x'); os.kill(os.getpid(), 9)"
        subprocess.run([sys.executable, "-c", reader, str(self.settings.published_file)], check=False)
        assert self.log.exists()

    @property
    def log(self) -> Path:
        """The log that DuckDB looks for when it opens the published file."""
        return self.settings.published_file.with_name("seatwise.duckdb.wal")

    def has_scratch(self) -> bool:
        """Whether who opens the published file finds a table that a reader has made."""
        with duckdb.connect(self.settings.published_file, read_only=True) as connection:
            return bool(connection.execute(f"select 1 from duckdb_tables() where table_name = '{SCRATCH}'").fetchall())


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Return an empty warehouse."""
    return Warehouse(
        read_settings(
            {"SEATWISE_WAREHOUSE": str(tmp_path / "ware house's"), "DBT_TARGET_PATH": str(tmp_path / "target")}
        )
    )


def test_published_is_marts_only_with_comments_and_manifest(warehouse: Warehouse) -> None:
    """Readers get the marts as tables, their descriptions, and what the copy was made from (R14.2, R15.2)."""
    warehouse.build(1)
    manifest = publish(warehouse.settings)
    assert warehouse.seen() == 1

    file = warehouse.settings.published_file
    assert json.loads(warehouse.settings.manifest_file.read_text()) == manifest
    assert manifest["as_of_date"] == "2026-03-31"
    assert manifest["scorecard_version"] == "v1"
    assert manifest["marts_version"] == 1
    assert manifest["row_counts"] == dict.fromkeys(MARTS, 1000) | {PUBLICATION: 1}
    assert manifest["file"] == {
        "name": "seatwise.duckdb",
        "bytes": file.stat().st_size,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
    assert manifest["duckdb_version"] == duckdb.__version__
    assert datetime.now(UTC) - datetime.fromisoformat(manifest["published_at"]) < timedelta(minutes=5)
    assert "git_commit" in manifest

    pyproject = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert manifest["seatwise_version"] == pyproject["project"]["version"]
    columns = ("as_of_date", "published_at", "git_commit", "git_has_changes", "seatwise_version", "marts_version")
    query = f"select {', '.join(columns)} from {{}}"
    with duckdb.connect(file, read_only=True) as connection:
        [row] = connection.execute(query.format(PUBLICATION)).fetchall()
        parquet = query.format(f"'{settings_file(warehouse, PUBLICATION)}'")
        assert connection.execute(parquet).fetchall() == [row]
    told = dict(zip(columns, row, strict=True))
    told["as_of_date"] = told["as_of_date"].isoformat()
    told["published_at"] = f"{told['published_at'].isoformat()}Z"
    assert told == {column: manifest[column] for column in columns}

    with duckdb.connect(file, read_only=True) as connection:
        assert connection.execute(
            "select comment from duckdb_tables() where table_name = 'dim_accounts'"
        ).fetchall() == [("It's dim_accounts.",)]
        assert connection.execute(
            "select distinct comment from duckdb_columns() where column_name = 'build' and not internal"
        ).fetchall() == [("The build's number.",)]
        assert connection.execute("select count(*) from duckdb_views() where not internal").fetchall() == [(0,)]


def settings_file(warehouse: Warehouse, mart: str) -> str:
    """Return the published Parquet file of a mart, quoted for SQL."""
    return str(warehouse.settings.parquet_folder / f"{mart}.parquet").replace("'", "''")


def test_log_of_a_dead_reader_is_not_replayed(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader wrote before it died belongs to the copy it had open, and goes before that does (R15.1)."""
    warehouse.build(1)
    publish(warehouse.settings)
    warehouse.leave_a_log()
    assert warehouse.has_scratch()
    for suffix in (".checkpoint", ".recovery"):
        warehouse.log.with_name(warehouse.log.name + suffix).touch()
    warehouse.build(2)
    beside: list[Path] = []

    def replace(self: Path, target: Path) -> Path:
        if target == warehouse.settings.published_file:
            beside.extend(target.parent.glob("*.wal*"))
        return rename(self, target)

    rename = Path.replace
    monkeypatch.setattr(Path, "replace", replace)
    publish(warehouse.settings)
    assert beside == [], "a reader between the two steps would replay them"
    assert (warehouse.seen(), warehouse.has_scratch()) == (2, False)
    assert not list(warehouse.settings.warehouse.glob("*.wal*"))


def test_reader_that_writes_does_not_hold_a_publication_up(warehouse: Warehouse) -> None:
    """It is told of, keeps its own copy, and what it writes reaches nobody (R15.1)."""
    warehouse.build(1)
    publish(warehouse.settings)
    writer = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.execute('create table scratch as select 1 as x');"
    writer += "print('open', flush=True); input(); c.execute('insert into scratch values (2)'); c.close()"
    with subprocess.Popen(
        [sys.executable, "-c", writer, str(warehouse.settings.published_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        warehouse.build(2)
        done = run_publisher(warehouse)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"warning: another process (process {process.pid}) has ")
        assert (warehouse.seen(), warehouse.has_scratch()) == (2, False)
        process.communicate("\n", timeout=60)
    assert process.returncode == 0
    assert (warehouse.seen(), warehouse.has_scratch()) == (2, False)
    assert not warehouse.log.exists()


def test_open_reader_keeps_the_old_copy(warehouse: Warehouse) -> None:
    """A rename takes nothing from who has the file open; who opens it anew sees the new one (R15.1)."""
    warehouse.build(1)
    publish(warehouse.settings)
    reader = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); input();"
    reader += "print(c.execute('select max(build) from fct_ping_loads').fetchone()[0])"
    with subprocess.Popen(
        [sys.executable, "-c", reader, str(warehouse.settings.published_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        parquet_before = warehouse.settings.parquet_folder.resolve()
        warehouse.build(2)
        publish(warehouse.settings)
        assert warehouse.seen() == 2
        assert process.communicate("\n", timeout=60)[0] == "1\n"
    assert len(list(parquet_before.iterdir())) == len(MARTS) + 1, "who was reading Parquet files can go on"


def test_previous_parquet_can_be_forgotten(warehouse: Warehouse) -> None:
    """After a purge nothing published before stays (R14.2)."""
    for number in (1, 2, 3):
        warehouse.build(number)
        publish(warehouse.settings)
    versions = warehouse.settings.warehouse / ".parquet"
    assert len(list(versions.iterdir())) == 2
    publish(warehouse.settings, keep_previous=False)
    assert [folder.name for folder in versions.iterdir()] == [warehouse.settings.parquet_folder.readlink().name]


@pytest.mark.parametrize(
    ("results", "message"),
    [
        ({TESTS[0]: "fail"}, "the last build is not sound (unique: fail)"),
        ({TESTS[1]: "error"}, "the last build is not sound (ids: error)"),
        ({"model.seatwise.dim_accounts": "skipped"}, "the last build is not sound (dim_accounts: skipped)"),
        ({TESTS[0]: ""}, "the last build left out 1 of the marts and tests (test.seatwise.unique"),
        ({"model.seatwise.fct_ping_loads": ""}, "the last build left out 1 of the marts and tests"),
    ],
)
def test_unsound_build_leaves_the_last_good_copy(warehouse: Warehouse, results: dict[str, str], message: str) -> None:
    """A failure, a skip or a selection publishes nothing (R15.1)."""
    warehouse.build(1)
    before = publish(warehouse.settings)
    warehouse.build(2, **results)
    with pytest.raises(SeatwiseError) as error:
        publish(warehouse.settings)
    assert str(error.value).startswith(message)
    assert warehouse.seen() == 1
    assert json.loads(warehouse.settings.manifest_file.read_text()) == before


def test_warning_is_published(warehouse: Warehouse) -> None:
    """Only tests of error severity hold a publication back (R15.1)."""
    warehouse.build(1, **{TESTS[0]: "warn"})
    publish(warehouse.settings)
    assert warehouse.seen() == 1


def test_what_uses_the_marts_holds_nothing_back(warehouse: Warehouse) -> None:
    """An exposure is listed as not run, since it cannot be; of a mart that would not be sound (R15.1)."""
    warehouse.build(1, **{"exposure.seatwise.dashboard": "no-op"})
    publish(warehouse.settings)
    assert warehouse.seen() == 1
    warehouse.build(2, **{"model.seatwise.dim_accounts": "no-op"})
    with pytest.raises(SeatwiseError, match="not sound \\(dim_accounts: no-op\\)"):
        publish(warehouse.settings)


def test_private_file_of_a_killed_build_is_not_published(warehouse: Warehouse) -> None:
    """Results of an earlier build say nothing of what a later one wrote before it was killed (R15.1)."""
    warehouse.build(1)
    publish(warehouse.settings)
    file = warehouse.settings.private_file
    later = time.time() + 3600
    os.utime(file, (later, later))
    with pytest.raises(SeatwiseError, match="is not what the last complete build wrote"):
        publish(warehouse.settings)
    warehouse.build(1)
    file.with_name("seatwise.duckdb.wal").touch()
    with pytest.raises(SeatwiseError, match="was left open by a build that was killed"):
        publish(warehouse.settings)
    manifest = json.loads((warehouse.settings.target / "manifest.json").read_text())
    manifest["metadata"]["invocation_id"] = "later"
    (warehouse.settings.target / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(SeatwiseError, match="dbt has been started again"):
        publish(warehouse.settings)
    assert warehouse.seen() == 1


def test_without_a_build_one_line_says_so(warehouse: Warehouse) -> None:
    """No trace, no file."""
    done = run_publisher(warehouse)
    assert (done.returncode, done.stdout) == (ExitCode.PUBLICATION, "")
    assert done.stderr == "publish: there is no complete build to publish: run make build\n"
    assert not warehouse.settings.published_file.exists()


def test_build_that_is_still_writing_is_one_line(warehouse: Warehouse) -> None:
    """DuckDB lets nobody read a file that another process writes."""
    warehouse.build(1)
    with duckdb.connect(warehouse.settings.private_file) as connection:
        connection.execute("select 1")
        done = run_publisher(warehouse)
    assert done.returncode == ExitCode.LOCKED
    assert done.stderr.count("\n") == 1
    assert f"process {os.getpid()}" in done.stderr
    assert not (warehouse.settings.warehouse / ".publishing").exists()


def test_two_publishers_at_once(warehouse: Warehouse) -> None:
    """The second one says who is at work, and ends."""
    warehouse.build(1)
    with (warehouse.settings.warehouse / ".lock").open("w") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run_publisher(warehouse)
    assert done.returncode == ExitCode.LOCKED
    assert done.stderr == (
        f"publish: another build or publication is at work in {warehouse.settings.warehouse} (process 4711):"
        " wait until it has ended\n"
    )
    assert run_publisher(warehouse).returncode == 0


@pytest.mark.slow
def test_killed_between_any_two_steps(warehouse: Warehouse) -> None:
    """Readers see one build or the other, never a part; the next publisher removes what was left (R15.1)."""
    warehouse.build(1)
    publish(warehouse.settings)
    number, step, seen = 1, 0, []
    while True:
        step += 1
        number += 1
        warehouse.build(number)
        done = killed_publisher(warehouse, step)
        seen.append(warehouse.seen() == number)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert step < 100
    assert step > 8
    assert seen == sorted(seen), "killed later, no less is published"
    assert not (warehouse.settings.warehouse / ".publishing").exists()
    assert len(list((warehouse.settings.warehouse / ".parquet").iterdir())) == 2
    assert {path.name for path in warehouse.settings.warehouse.iterdir()} == {
        ".lock",
        ".parquet",
        "build",
        "parquet",
        "seatwise.duckdb",
        "seatwise.manifest.json",
    }


def killed_publisher(warehouse: Warehouse, step: int) -> subprocess.CompletedProcess[str]:
    """Run a publisher that kills itself at its n-th operation on names."""
    return subprocess.run(
        [sys.executable, "-c", KILLED_PUBLISHER, str(step)],
        cwd=Path(__file__).parents[2],
        env=warehouse.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
def test_history_of_a_killed_publisher(warehouse: Warehouse) -> None:
    """R23.3 Wherever a publisher dies, each change from one publication to the next is told once (R15.1)."""
    warehouse.build_with_history(1)
    publish(warehouse.settings)
    assert warehouse.history() == []
    number, step = 1, 0
    while True:
        step += 1
        number += 1
        warehouse.build_with_history(number)
        done = killed_publisher(warehouse, step)
        changes = warehouse.history()
        assert [publication for publication, _, _ in changes] == list(range(2, len(changes) + 2))
        values = ["1", *(after for _, _, after in changes)]
        assert [before for _, before, _ in changes] == values[:-1]
        with duckdb.connect(warehouse.settings.published_file, read_only=True) as connection:
            [(seen,)] = connection.execute("select billable_user_count from fct_account_utilization_monthly").fetchall()
        assert values[-1] == str(seen)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert step < 100
    assert step > 10
    folder = warehouse.settings.warehouse / restatements.HISTORY
    assert [kept.name for kept in folder.iterdir()] == [str(changes[-1][0])]


def test_history_that_is_lost_begins_anew(warehouse: Warehouse) -> None:
    """R23.3 Without what the publication before kept, nothing is compared, and publications count on."""
    for number in (1, 2):
        warehouse.build_with_history(number)
        publish(warehouse.settings)
    assert warehouse.history() == [(2, "1", "2")]
    done = run_publisher(warehouse)
    assert "differ" not in done.stdout, "the same again changes nothing"
    warehouse.build_with_history(1)
    done = run_publisher(warehouse)
    line = "1 figures of closed months differ from the publication before (1 other): see fct_restatements"
    assert done.stdout.splitlines()[-1] == line
    shutil.rmtree(warehouse.settings.warehouse / restatements.HISTORY)
    warehouse.build_with_history(3)
    assert publish(warehouse.settings)["publication_number"] == 5
    assert warehouse.history() == []
    # The published file is lost, and what it rested on is not.
    warehouse.settings.published_file.unlink()
    warehouse.build_with_history(4)
    assert publish(warehouse.settings)["publication_number"] == 6
    assert warehouse.history() == [(6, "3", "4")]


@pytest.mark.slow
def test_killed_at_random_moments(warehouse: Warehouse) -> None:
    """As above, in the middle of writing too."""
    warehouse.build(1)
    publish(warehouse.settings)
    began = time.monotonic()
    assert run_publisher(warehouse).returncode == 0
    usual = time.monotonic() - began
    chance = random.Random(20260617)
    for number in range(2, 10):
        warehouse.build(number)
        with subprocess.Popen(
            [sys.executable, "-m", "scripts", "publish"],
            cwd=Path(__file__).parents[2],
            env=warehouse.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            time.sleep(usual * chance.uniform(0.3, 1))
            process.kill()
        assert 1 <= warehouse.seen() <= number
    publish(warehouse.settings)
    assert warehouse.seen() == 9


def test_clock_that_is_set_back(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """R15.2 A later publication has a higher number, though an earlier time; readers have the later one."""

    class Clock(datetime):
        """A clock that is a year late."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            """Return the time a year ago."""
            return datetime.now(tz) - timedelta(days=365)

    warehouse.build(1)
    first = publish(warehouse.settings)
    warehouse.build(2)
    monkeypatch.setattr(publisher, "datetime", Clock)
    second = publish(warehouse.settings)
    assert (first["publication_number"], second["publication_number"]) == (1, 2)
    assert second["published_at"] < first["published_at"]
    assert warehouse.seen() == 2


def run_publisher(warehouse: Warehouse) -> subprocess.CompletedProcess[str]:
    """Run `make publish`'s command."""
    return subprocess.run(
        [sys.executable, "-m", "scripts", "publish"],
        cwd=Path(__file__).parents[2],
        env=warehouse.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
