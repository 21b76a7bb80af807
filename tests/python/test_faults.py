"""Builds that are killed, disks that are full, files that are damaged: readers stay whole, the next build mends it.

The project here has the staging model of payloads and a handful of marts of its own, so that a build takes seconds.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from conftest import PROJECT_ROOT, SmallProject
from scripts.private_file import DAMAGED, damage_of, set_aside
from scripts.settings import ExitCode
from test_build import CONFIG, MARTS

pytestmark = pytest.mark.slow

# Every mart that holds pings tells the same number of them, or a reader saw a part of a publication.
PINGS = "select * from {{ ref('stg_service_ping__pings') }} where not is_blank"
OWN_MARTS = {
    "fct_ping_loads": f"""
        select
            file, count(*) as landed, count(*) as accepted, 0 as duplicates, 0 as quarantined
        from ({PINGS}) group by file
    """,
    "dim_instances": f"""
        select instance_uuid, max(recorded_at) as last_ping_at, count(*) as pings from ({PINGS}) group by instance_uuid
    """,
}
STAGING = "models/staging/service_ping/stg_service_ping__pings.sql"
PINGS_OF_A_LOAD = 2000


@pytest.fixture
def project(small_project: SmallProject) -> SmallProject:
    """Return the module's project, with payloads to read and nothing built."""
    shutil.rmtree(small_project.warehouse, ignore_errors=True)
    shutil.rmtree(small_project.landing.root / "service_ping", ignore_errors=True)
    for name, query in (MARTS | OWN_MARTS).items():
        small_project.write(f"models/marts/core/{name}.sql", CONFIG + query)
    small_project.write(STAGING, (PROJECT_ROOT / STAGING).read_text(encoding="utf-8"))
    for seed in ("tracked_metrics", "null_words"):
        small_project.write(f"seeds/{seed}.csv", (PROJECT_ROOT / f"seeds/{seed}.csv").read_text(encoding="utf-8"))
    return small_project


def land(project: SmallProject, load: int, pings: int = PINGS_OF_A_LOAD) -> None:
    """Land a file of pings, each of an instance of its own."""
    payloads = (
        {"uuid": f"u-{load}-{number}", "hostname": "h", "recorded_at": "2026-03-01T10:00:00Z", "filler": "x" * 500}
        for number in range(pings)
    )
    project.landing.pings("2026-03-02", payloads, name=f"load-{load:03}.ndjson")


def seen(file: Path) -> int:
    """Return how many pings readers see, having asked each mart; fail where two of them differ."""
    with duckdb.connect(file, read_only=True) as connection:
        row = connection.execute(
            "select (select sum(landed) from fct_ping_loads), (select sum(pings) from dim_instances),"
            " (select count(*) from dim_instances)"
        ).fetchone()
    assert row is not None
    assert len(set(row)) == 1, f"a part of a publication: {row}"
    return int(row[0])


@dataclass
class Reader:
    """A reader that opens the published file over and over, as a dashboard does, until it is stopped."""

    file: Path
    counts: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    is_stopped: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        """Read until stopped."""
        while not self.is_stopped.wait(0.02):
            try:
                self.counts.append(seen(self.file))
            except (duckdb.Error, AssertionError) as error:
                self.errors.append(str(error))


@contextmanager
def reading(file: Path) -> Iterator[Reader]:
    """Have a reader at work."""
    reader = Reader(file)
    thread = threading.Thread(target=reader.read)
    thread.start()
    try:
        yield reader
    finally:
        reader.is_stopped.set()
        thread.join()


@pytest.mark.parametrize(("kills", "seed"), [(5, 7), pytest.param(50, 11, marks=pytest.mark.deep)])
def test_builds_killed_at_random(project: SmallProject, kills: int, seed: int) -> None:
    """R15.1, R23.1 Wherever a build dies, readers have a whole publication, and the next build gives what one would."""
    land(project, 0)
    assert project.run("build").returncode == 0
    began = time.monotonic()
    assert project.run("build").returncode == 0
    usual = time.monotonic() - began
    chance = random.Random(seed)
    killed = 0
    with reading(project.warehouse / "seatwise.duckdb") as reader:
        for load in range(1, kills + 1):
            land(project, load)
            moment = usual * chance.uniform(0.05, 1.1)
            done = project.server.run(["build"], project.environment(), killed_after=moment)
            killed += done.returncode == -signal.SIGKILL
            assert done.returncode in (-signal.SIGKILL, 0), done.stderr
    print(f"{killed} of {kills} builds killed; {len(reader.counts)} queries, {len(reader.errors)} errors")
    assert reader.errors == []
    assert reader.counts == sorted(reader.counts), "readers went back to an older publication"
    assert {count % PINGS_OF_A_LOAD for count in reader.counts} == {0}
    assert killed > kills / 2

    done = project.run("build")
    assert (done.returncode, done.stderr) == (0, "")
    assert seen(project.warehouse / "seatwise.duckdb") == (kills + 1) * PINGS_OF_A_LOAD
    left = {path.name for path in project.warehouse.iterdir()}
    published = {".parquet", "parquet", "seatwise.duckdb", "seatwise.manifest.json", ".history"}
    assert left <= published | {".lock", "build", "runs.jsonl"}
    undisturbed = project.warehouse.with_name("undisturbed")
    shutil.rmtree(undisturbed, ignore_errors=True)
    assert project.run("build", SEATWISE_WAREHOUSE=str(undisturbed)).returncode == 0
    for mart in OWN_MARTS:
        one, other = (f"select * from '{folder}/parquet/{mart}.parquet'" for folder in (project.warehouse, undisturbed))
        rest = f"select count(*) from (({one} except all {other}) union all ({other} except all {one}))"
        assert duckdb.execute(rest).fetchall() == [(0,)]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[: len(content) // 2],
    "cut by a little": lambda content: content[:-100],
    "headers": lambda content: content[:4096],
    "empty": lambda _: b"",
    "text": lambda _: b"no database" * 1000,
    # The number of the storage version.
    "version": lambda content: content[:12] + (9999).to_bytes(8, "little") + content[20:],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_is_seen(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """R15.1 Whatever is wrong with a file, it is set aside, and one that is well is not."""
    file = tmp_path / "seatwise.duckdb"
    with duckdb.connect(file) as connection:
        connection.execute("create table t as select i, md5(cast(i as varchar)) as text from range(200000) as r(i)")
    assert set_aside(file) is None
    file.write_bytes(damage(file.read_bytes()))
    file.with_name("seatwise.duckdb.wal").write_bytes(b"")
    line = set_aside(file)
    assert line is not None
    assert line.startswith(f"{file} cannot be read (")
    assert {path.name for path in tmp_path.iterdir()} == {f"seatwise.duckdb{DAMAGED}"}
    assert set_aside(file) is None


def test_damaged_file_of_a_build_is_made_anew(project: SmallProject) -> None:
    """R15.1 One line says so, the landing has everything, and readers never notice."""
    land(project, 0)
    assert project.run("build").returncode == 0
    file = project.warehouse / "build" / "seatwise.duckdb"
    file.write_bytes(DAMAGES["cut"](file.read_bytes()))
    land(project, 1)
    done = project.run("build")
    assert (done.returncode, done.stderr) == (0, "")
    [note] = [line for line in done.stdout.splitlines() if "cannot be read" in line]
    assert note.startswith(f"note: {file} cannot be read (")
    assert note.endswith(f"set aside as seatwise.duckdb{DAMAGED}, everything is read again")
    assert seen(project.warehouse / "seatwise.duckdb") == 2 * PINGS_OF_A_LOAD
    assert damage_of(file) is None


def test_file_that_another_process_has_open_is_not_damaged(tmp_path: Path) -> None:
    """R15.1 A lock and a missing right say nothing of what a file holds."""
    file = tmp_path / "seatwise.duckdb"
    holder = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        assert damage_of(file) is None
        process.communicate("\n", timeout=60)
    assert damage_of(file) is None
    assert damage_of(tmp_path / "none") is None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of its own in memory, of a few megabytes; skip where nobody may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)):
        pytest.skip("file systems cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def mount(*arguments: str) -> bool:
    """Mount a file system, or say that it could not be."""
    try:
        return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def test_full_disk(project: SmallProject, small_disk: Path) -> None:
    """R15.1 A line says that the disk is full, readers keep what they had; with more room the next build is whole."""
    land(project, 0)
    warehouse = str(small_disk / "out")
    assert project.run("build", SEATWISE_WAREHOUSE=warehouse).returncode == 0
    filler = small_disk / "filler"
    free = shutil.disk_usage(small_disk).free
    with filler.open("wb") as file:
        file.write(b"\0" * (free - 200_000))
    land(project, 1)
    done = project.run("build", SEATWISE_WAREHOUSE=warehouse)
    assert done.returncode == ExitCode.ENGINE
    assert "Traceback" not in done.stderr + done.stdout
    assert "No space left on device" in done.stderr
    assert len(done.stderr.splitlines()) <= 3
    assert seen(small_disk / "out" / "seatwise.duckdb") == PINGS_OF_A_LOAD

    filler.unlink()
    done = project.run("build", SEATWISE_WAREHOUSE=warehouse)
    assert (done.returncode, done.stderr) == (0, "")
    assert seen(small_disk / "out" / "seatwise.duckdb") == 2 * PINGS_OF_A_LOAD


def test_read_only_target(project: SmallProject, small_disk: Path) -> None:
    """R15.1 A line names what cannot be written; readers keep what they had."""
    land(project, 0)
    warehouse = str(small_disk / "out")
    assert project.run("build", SEATWISE_WAREHOUSE=warehouse).returncode == 0
    assert mount("-o", "remount,ro", str(small_disk))
    for command in ("build", "publish"):
        done = project.run(command, SEATWISE_WAREHOUSE=warehouse)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"{command}: {warehouse}/.lock: Read-only file system\n"
    assert seen(small_disk / "out" / "seatwise.duckdb") == PINGS_OF_A_LOAD
    assert mount("-o", "remount,rw", str(small_disk))
    assert project.run("build", SEATWISE_WAREHOUSE=warehouse).returncode == 0


def test_clock_that_is_set_back(project: SmallProject) -> None:
    """R23.1, R15.1 What was read and published before, by a clock that went ahead, is still what it was."""
    land(project, 0)
    assert project.run("build").returncode == 0
    ahead = time.time() + 400 * 86400
    for path in (project.warehouse, *project.warehouse.rglob("*")):
        if not path.is_symlink():
            os.utime(path, (ahead, ahead))
    with duckdb.connect(project.warehouse / "build" / "seatwise.duckdb") as connection:
        connection.execute("update landing.files set read_at = read_at + interval 400 day")
    land(project, 1)
    done = project.run("build")
    assert (done.returncode, done.stderr) == (0, "")
    assert seen(project.warehouse / "seatwise.duckdb") == 2 * PINGS_OF_A_LOAD


@pytest.mark.deep
def test_ten_thousand_tiny_files(project: SmallProject) -> None:
    """R23.1, R23.2 A file costs little, and nothing once it is read."""
    folder = project.landing.root / "service_ping" / "received_date=2026-03-02"
    folder.mkdir(parents=True)
    for number in range(10_000):
        ping = {"uuid": f"u-{number}", "hostname": "h", "recorded_at": "2026-03-01T10:00:00Z"}
        (folder / f"{number}.ndjson").write_text(json.dumps(ping))
    began = time.monotonic()
    done = project.run("build", SEATWISE_MEMORY_LIMIT="500MB")
    assert (done.returncode, done.stderr) == (0, "")
    first = time.monotonic() - began
    assert seen(project.warehouse / "seatwise.duckdb") == 10_000
    (folder / "late.ndjson").write_text('{"uuid": "late", "hostname": "h", "recorded_at": "2026-03-01T10:00:00Z"}')
    began = time.monotonic()
    assert project.run("build", SEATWISE_MEMORY_LIMIT="500MB").returncode == 0
    print(f"10,000 files: {first:.1f} s, one more: {time.monotonic() - began:.1f} s")
    assert seen(project.warehouse / "seatwise.duckdb") == 10_001
