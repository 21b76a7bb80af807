"""Which files a run reads and forgets: the landing contract and R23.1, without dbt and without a database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest

from conftest import LandingWriter
from scripts.landing.contract import Column, Request, Table, declared_tables, metrics_stamp, tracked_key_paths
from scripts.landing.files import file_system, find_files, landed_file, natural_order
from scripts.landing.plan import LedgerRow, Plan, make_plan, statements
from scripts.settings import PROJECT_ROOT, SeatwiseError

PINGS = Table("service_ping_pings", "service_ping", "lines", False, (), ("staging", "pings"), "1", True)
SEATS = Table(
    "saas_seats", "saas/seats", "partitioned", False, (Column("namespace_id", True),), ("staging", "seats"), "1", True
)
ACCOUNTS = Table("account", "zuora/account", "table", True, (Column("Id", True), Column("Name")))
ARCHIVED = Table("archived", "operations/archived_files", "table", False, (Column("path_pattern", True),))
BUILT = {("landing", "account"): "BASE TABLE", ("landing", "archived"): "BASE TABLE"} | {
    table.reader: "BASE TABLE" for table in (PINGS, SEATS) if table.reader
}
DAY = "service_ping/received_date=2026-03-02"


@dataclass
class Loads:
    """A landing that is read again and again: a run plans, then the ledger has what it read."""

    landing: LandingWriter
    request: Request
    relations: Mapping[tuple[str, str], str] = field(default_factory=dict)
    ledger: list[LedgerRow] = field(default_factory=list)

    def plan(self, **environment: str) -> Plan:
        """Plan a run."""
        fs, root = file_system(self.request.root)
        return make_plan(self.request, fs, root, self.ledger, self.relations, environment)

    def run(self, **environment: str) -> dict[str, list[str]]:
        """Plan a run, do it, and return what it read and, with a minus, what it forgot."""
        plan = self.plan(**environment)
        assert plan.problems == []
        for step in plan.tables:
            gone = set(step.forgotten)
            self.ledger = [
                replace(
                    row, is_archived=(row.is_archived or row.file in step.archived) and row.file not in step.restored
                )
                for row in self.ledger
                if row.table_name != step.table.path or row.file not in gone
            ]
            self.ledger += [
                LedgerRow(
                    step.table.path,
                    file.path,
                    file.size,
                    file.modified_at,
                    file.etag,
                    step.content_hashes.get(file.path),
                    self.request.stamp(step.table),
                    self.request.root,
                    False,
                )
                for file in step.read
            ]
        self.relations = BUILT
        return {
            step.table.path: [*(file.path for file in step.read), *(f"-{path}" for path in step.forgotten)]
            for step in plan.tables
            if step.read or step.forgotten
        }


@pytest.fixture
def loads(landing: LandingWriter, tmp_path: Path) -> Loads:
    """Return a landing of one billing account."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "tracked_metrics.csv").write_text("key_path,column_name\nb,b\na,a\n")
    landing.table("zuora/account", [{"Id": "1", "Name": "A"}])
    return Loads(landing, Request(str(landing.root), (PINGS, SEATS, ACCOUNTS, ARCHIVED), seeds, 0.5))


def found(landing: LandingWriter, table: Table) -> list[str]:
    """Return the paths of a table's files."""
    fs, root = file_system(str(landing.root))
    return [file.path for file in find_files(fs, root, table).files]


def touch(file: Path, seconds: int) -> None:
    """Set the time of a file's change."""
    os.utime(file, (seconds, seconds))


def test_nothing_new_reads_nothing(loads: Loads) -> None:
    """R23.1 a file is read once; a second run reads none and forgets none."""
    loads.landing.pings("2026-03-02", ["{}"])
    loads.landing.table("saas/seats/ping_date=2026-03-02/part", [{"namespace_id": "1"}])
    assert loads.run() == {
        "service_ping": [f"{DAY}/pings.ndjson"],
        "saas/seats": ["saas/seats/ping_date=2026-03-02/part.csv"],
        "zuora/account": ["zuora/account.csv"],
    }
    assert loads.run() == {}


def test_new_and_changed_files_are_read(loads: Loads) -> None:
    """R23.1 by path, size and time of change: what changed is forgotten first."""
    file = loads.landing.pings("2026-03-02", ["{}"])
    loads.run()
    loads.landing.pings("2026-03-02", ["{}"], "more.jsonl")
    assert loads.run() == {"service_ping": [f"{DAY}/more.jsonl"]}
    file.write_text("[]\n[]\n")
    assert loads.run() == {"service_ping": [f"{DAY}/pings.ndjson", f"-{DAY}/pings.ndjson"]}
    touch(file, 1_000_000_000)
    assert loads.run() == {"service_ping": [f"{DAY}/pings.ndjson", f"-{DAY}/pings.ndjson"]}


def test_content_is_compared_where_asked(loads: Loads) -> None:
    """R23.1 a file whose size and time stay while its bytes change is seen with SEATWISE_VERIFY=content alone."""
    file = loads.landing.pings("2026-03-02", ["{}"])
    touch(file, 1_000_000_000)
    loads.run(SEATWISE_VERIFY="content")
    file.write_text("[]\n")
    touch(file, 1_000_000_000)
    assert loads.run() == {}
    assert loads.run(SEATWISE_VERIFY="content") == {"service_ping": [f"{DAY}/pings.ndjson", f"-{DAY}/pings.ndjson"]}
    assert loads.run(SEATWISE_VERIFY="content") == {}
    with pytest.raises(SeatwiseError, match=r"^SEATWISE_VERIFY is 'hash': give content"):
        loads.plan(SEATWISE_VERIFY="hash")


def test_vanished_files_are_forgotten(loads: Loads) -> None:
    """R23.1 rows of a file that is gone go; more than may be gone stop the run with one line, unless accepted."""
    files = [loads.landing.pings("2026-03-02", ["{}"], f"{number}.ndjson") for number in range(3)]
    loads.run()
    files[0].unlink()
    files[1].unlink()
    assert loads.run() == {"service_ping": [f"-{DAY}/0.ndjson", f"-{DAY}/1.ndjson"]}
    files[2].unlink()
    (loads.landing.root / "zuora/account.csv").unlink()
    (problem,) = loads.plan().problems
    assert problem.startswith(f"2 of 2 files read before are gone from {loads.landing.root}, such as {DAY}/2.ndjson: ")
    problems = loads.plan(SEATWISE_ACCEPT_VANISHED="1").problems
    assert [line.partition(":")[0] for line in problems] == ["zuora/account"]


@pytest.mark.parametrize(("gone", "stops"), [(1, False), (2, True)])
def test_maximum_is_what_may_be_gone(loads: Loads, gone: int, stops: bool) -> None:
    """R23.1 exactly the share may be gone; one file more may not."""
    loads.request = replace(loads.request, maximum_vanished_share=0.1)
    files = [loads.landing.pings("2026-03-02", ["{}"], f"{number}.ndjson") for number in range(9)]
    loads.run()
    for file in files[:gone]:
        file.unlink()
    assert bool(loads.plan().problems) == stops


def test_archived_files_keep_their_rows(loads: Loads) -> None:
    """R23.1 what operations/archived_files names may go, a whole folder at once; back again, it is what it was."""
    old = loads.landing.pings("2025-01-01", ["{}"])
    loads.landing.table("operations/archived_files", [{"path_pattern": "service_ping/received_date=2025-*"}])
    loads.run()
    content = old.read_bytes()
    stat = old.stat()
    old.unlink()
    plan = loads.plan()
    assert plan.problems == []
    assert [step.archived for step in plan.tables if step.archived] == [
        ["service_ping/received_date=2025-01-01/pings.ndjson"]
    ]
    assert loads.run() == {}
    old.write_bytes(content)
    os.utime(old, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert loads.run() == {}
    assert not any(row.is_archived for row in loads.ledger)


def test_archived_files_cannot_be_read_again(loads: Loads) -> None:
    """R23.1 when all has to be read again, the rows of archived files are not dropped in silence."""
    old = loads.landing.pings("2025-01-01", ["{}"])
    loads.landing.table("operations/archived_files", [{"path_pattern": "*2025-*"}])
    loads.run()
    old.unlink()
    loads.run()
    loads.request = replace(loads.request, is_full_refresh=True)
    (problem,) = loads.plan().problems
    assert problem.startswith("service_ping has to be read again whole, but 1 archived files are gone, such as ")


def test_other_metrics_read_payloads_again(loads: Loads) -> None:
    """R23.1 another set of tracked metrics reads every payload again, and says so; tables stay."""
    loads.landing.pings("2026-03-02", ["{}"])
    loads.run()
    (loads.request.seeds / "tracked_metrics.csv").write_text("key_path,column_name\na,a\n")
    told = "the tracked metrics or the way payloads are read changed: service_ping is read again whole"
    assert told in loads.plan().notes
    assert loads.run() == {"service_ping": [f"{DAY}/pings.ndjson", f"-{DAY}/pings.ndjson"]}
    (loads.request.seeds / "null_words.csv").write_text("word\nNULL\n")
    assert list(loads.run()) == ["zuora/account"]


def test_other_landing_is_read_from_nothing(loads: Loads, tmp_path: Path) -> None:
    """R23.1 a warehouse that was built from another root says so, and nothing of that root counts as gone."""
    loads.landing.pings("2026-03-02", ["{}"])
    loads.run()
    other = LandingWriter(tmp_path / "other")
    other.table("zuora/account", [{"Id": "1", "Name": "A"}])
    loads.request = replace(loads.request, root=str(other.root))
    plan = loads.plan()
    assert plan.problems == []
    assert (
        f"the warehouse was built from {loads.landing.root}: everything is read again from {other.root}" in plan.notes
    )
    assert loads.run() == {
        "service_ping": [f"-{DAY}/pings.ndjson"],
        "zuora/account": ["zuora/account.csv", "-zuora/account.csv"],
    }


def test_missing_table_is_loaded_again(loads: Loads) -> None:
    """A ledger whose table is not there, or is a view of an older version, is worth nothing."""
    loads.landing.pings("2026-03-02", ["{}"])
    loads.run()
    loads.relations = {**BUILT, ("landing", "account"): "VIEW"}
    loads.relations.pop(("staging", "pings"))
    plan = loads.plan()
    assert [step.table.path for step in plan.tables if step.is_rebuilt and step.read] == [
        "service_ping",
        "zuora/account",
    ]
    assert "drop view landing.account" in statements(plan, loads.relations)


def test_files_of_every_ending(landing: LandingWriter) -> None:
    """The endings of the landing contract, in any name, in folders that are links too; hidden ones never (R16.9)."""
    names = [f"a{kind}{packing}" for kind in (".ndjson", ".jsonl", ".json") for packing in ("", ".gz", ".zst")]
    names += ["it's a [copy] *?.ndjson", 'é "q" 100% 🚀.json']
    for name in names:
        landing.pings("2026-03-02", ["{}"], name)
    for name in (".a.ndjson", "_SUCCESS"):
        landing.pings("2026-03-02", ["{}"], name)
    (landing.root / "service_ping/_tmp").mkdir()
    (landing.root / "service_ping/_tmp/a.ndjson").write_text("{}")
    (landing.root / "service_ping/received_date=2026-03-03").symlink_to(landing.root / DAY)
    (landing.root / "service_ping/received_date=2026-03-02/loop").symlink_to(landing.root)
    assert set(found(landing, PINGS)) == {
        f"service_ping/received_date=2026-03-0{day}/{name}" for day in (2, 3) for name in names
    }


def test_tables_are_files_or_folders(landing: LandingWriter) -> None:
    """One file or a folder of them, nothing deeper, and no table whose name only begins alike."""
    row = {"Id": "1"}
    for path in ("zuora/account", "zuora/account/2", "zuora/account/10", "zuora/accounts", "zuora/account/a/b"):
        landing.table(path, [row])
    landing.table("zuora/account/_1", [row])
    landing.table("zuora/account", [row], ".csv.gz")
    landing.table("zuora/account", [row], ".parquet")
    assert found(landing, ACCOUNTS) == [
        "zuora/account.csv",
        "zuora/account.csv.gz",
        "zuora/account.parquet",
        "zuora/account/2.csv",
        "zuora/account/10.csv",
    ]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("export-9.csv", "export-10.csv"),
        ("export-09.csv", "export-10.csv"),
        ("a/2.csv", "a/11.csv"),
        ("B", "a"),
        ("2026-01-09", "2026-01-10"),
        ("9" * 20, "1" + "0" * 20),
    ],
)
def test_natural_order(earlier: str, later: str) -> None:
    """R16.7 runs of digits compare as numbers, all else by its bytes."""
    assert natural_order(earlier).encode() < natural_order(later).encode()


def test_most_files_must_be_payloads(landing: LandingWriter) -> None:
    """R16.9 half of them may be something else; more may not, for nobody's payloads may have another ending."""
    landing.pings("2026-03-02", ["{}"])
    landing.pings("2026-03-02", ["{}"], "a.txt")
    fs, root = file_system(str(landing.root))
    assert find_files(fs, root, PINGS).problems == []
    landing.pings("2026-03-02", ["{}"], "b.txt")
    (problem,) = find_files(fs, root, PINGS).problems
    assert problem.startswith("service_ping: 2 of 3 files are no payload files")
    assert problem.endswith(f"such as {DAY}/a.txt, {DAY}/b.txt")


def test_buckets_are_walked_alike() -> None:
    """The same shapes in a bucket; a hidden folder is no data there either."""
    fs = fsspec.filesystem("memory")
    root = "/bucket/landing"
    for path in (f"{DAY}/a.ndjson", f"{DAY}/.b.ndjson", "service_ping/_tmp/c.ndjson", "service_ping/d.ndjson"):
        fs.pipe(f"{root}/{path}", b"{}\n")
    fs.pipe(f"{root}/zuora/account.csv", b"Id\n1\n")
    try:
        pings = find_files(fs, root, PINGS)
        assert [file.path for file in pings.files] == [f"{DAY}/a.ndjson"]
        assert pings.notes == ["service_ping/d.ndjson is not where or what a payload file is: ignored"]
        assert [file.path for file in find_files(fs, root, ACCOUNTS).files] == ["zuora/account.csv"]
    finally:
        fs.rm("/bucket", recursive=True)


def test_etag_of_a_bucket_tells_a_change() -> None:
    """R23.1 an etag belongs to what is compared; times come with a zone there."""
    time = datetime(2026, 3, 2, 7, tzinfo=UTC)
    file = landed_file("a", {"name": "s3://b/a", "size": 1, "LastModified": time, "ETag": '"x"'})
    assert (file.etag, file.modified_at) == ('"x"', datetime(2026, 3, 2, 7))  # noqa: DTZ001
    assert file.etag != landed_file("a", {"name": "s3://b/a", "size": 1, "LastModified": time, "ETag": '"y"'}).etag


def test_fingerprint_is_that_of_the_project() -> None:
    """The project declares what is streamed, and a metric more is another fingerprint."""
    layouts = {table.path: table.layout for table in declared_tables(PROJECT_ROOT)}
    assert layouts["service_ping"] == "lines"
    assert layouts["saas/namespace_metrics"] == layouts["saas/namespace_seats"] == "partitioned"
    assert set(layouts.values()) == {"table", "partitioned", "lines"}
    paths = tracked_key_paths(PROJECT_ROOT / "seeds")
    assert paths == sorted(paths)
    assert metrics_stamp(paths) != metrics_stamp([*paths, "z"])
