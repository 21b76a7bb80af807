"""A landing is read file by file, each once, and what is published is that of a build from nothing (R23.1)."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest

from conftest import PROJECT_ROOT, LandingWriter
from incremental import Loads, differences
from scripts.landing import streams
from scripts.landing.readers import LandedFile, read_lines
from scripts.settings import SeatwiseError

# Each load is a dbt run of its own.
pytestmark = pytest.mark.deep
AS_OF = date(2025, 4, 30)
GOLDEN = PROJECT_ROOT / "tests" / "golden" / "landing"


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    """Return the landing whose marts were worked out by hand."""
    shutil.copytree(GOLDEN, tmp_path / "landing")
    return Loads(LandingWriter(tmp_path / "landing"), tmp_path, AS_OF)


def ping(uuid: str, recorded_at: str, **fields: Any) -> dict[str, Any]:
    """Return a payload."""
    return {"uuid": uuid, "hostname": "git.example", "recorded_at": recorded_at, "version": "17.1.0-ee", **fields}


def test_loads_one_by_one_are_one_load(loads: Loads) -> None:
    """R23.1 new, changed, vanished, archived files; nothing new: nothing is read; a full refresh changes nothing."""
    landing = loads.landing
    old = landing.pings("2024-12-30", [ping("old", "2024-12-29T10:00:00Z", license_billable_users=3)])
    gone = landing.pings("2025-04-20", [ping("gone", "2025-04-19T10:00:00Z"), "?"])
    first = loads.run()
    everything = {str(path.relative_to(landing.root)) for path in landing.root.rglob("*") if path.is_file()}
    assert loads.files_read(first) == everything
    assert differences(first, loads.from_nothing()) == []

    before = first.query("select file, read_at from landing.files order by all")
    nothing_new = loads.run()
    assert nothing_new.query("select file, read_at from landing.files order by all") == before

    # The archived file goes at last, so a build from nothing has it.
    landing.table("operations/archived_files", [{"path_pattern": "service_ping/received_date=2024-*"}])
    landing.pings("2025-04-27", [ping("new", "2025-04-26T10:00:00Z", license_billable_users=7), {}], "new.jsonl")
    changed = landing.root / "service_ping/received_date=2025-04-25/pings.ndjson"
    changed.write_bytes(changed.read_bytes() + json.dumps(ping("late", "2025-04-24T10:00:00Z")).encode() + b"\n")
    seats = landing.root / "saas/namespace_seats/ping_date=2025-04-06/seats.csv"
    seats.write_text(seats.read_text() + seats.read_text().splitlines()[-1] + "\n")
    account = landing.root / "salesforce/account.csv"
    account.write_text(account.read_text().replace("Name", "name"))
    gone.unlink()
    expected = loads.from_nothing()
    old.unlink()
    second = loads.run()
    assert loads.files_read(second) == {
        "operations/archived_files.csv",
        "service_ping/received_date=2025-04-27/new.jsonl",
        str(changed.relative_to(landing.root)),
        str(seats.relative_to(landing.root)),
        str(account.relative_to(landing.root)),
    }
    assert differences(second, expected) == []
    assert second.query("select file from landing.files where is_archived") == [
        ("service_ping/received_date=2024-12-30/pings.ndjson",)
    ]

    refused = loads.try_run("--full-refresh")
    assert [line.partition(" has to be read again")[0] for line in refused.run.problems] == ["service_ping"]
    assert differences(loads.run(), expected) == []
    landing.pings("2024-12-30", [ping("old", "2024-12-29T10:00:00Z", license_billable_users=3)])
    assert differences(loads.run("--full-refresh"), expected) == []


def test_stopped_run_leaves_both_or_neither(loads: Loads) -> None:
    """R23.1 a run that breaks off while it reads enters nothing; the next one reads those files again, each once."""
    landing = loads.landing
    loads.run()
    landing.pings("2025-04-27", [ping("a", "2025-04-26T10:00:00Z")], "a.ndjson")
    landing.pings("2025-04-27", [ping("b", "2025-04-26T10:00:00Z")], "b.ndjson")
    (landing.root / "service_ping/received_date=2025-04-26/pings.ndjson").unlink()

    def breaks_off(files: Iterable[LandedFile], *arguments: Any) -> Iterator[pa.RecordBatch]:
        for file in files:
            if file.path.endswith("b.ndjson"):
                raise SeatwiseError(f"{file.path}: the disk is gone")
            yield from read_lines([file], *arguments)

    with patch.object(streams, "read_lines", breaks_off):
        broken = loads.try_run()
    (problem,) = broken.run.problems
    assert problem.startswith("model stg_service_ping__pings (")
    assert problem.endswith(": service_ping/received_date=2025-04-27/b.ndjson: the disk is gone")
    for table in ("landing.files", "staging.stg_service_ping__pings"):
        files = {name for (name,) in broken.query(f"select file from {table}")}
        assert "service_ping/received_date=2025-04-26/pings.ndjson" in files
        assert not {name for name in files if "2025-04-27" in name}
    assert differences(loads.run(), loads.from_nothing()) == []


def test_damaged_export_enters_nothing(loads: Loads) -> None:
    """R23.1 what is loaded before a damaged file is found is undone; the line names the file."""
    landing = loads.landing
    loads.run()
    before = landing.root / "zuora/account.csv"
    rows = before.read_text()
    before.write_text(rows + "\n")
    (landing.root / "customers_dot/orders.csv").write_text("id,subscription_name\n1,a,b\n")
    broken = loads.try_run()
    assert broken.run.problems == ["customers_dot/orders.csv: line 2 has 3 fields where the header has 2"]
    (landing.root / "customers_dot/orders.csv").write_bytes((GOLDEN / "customers_dot/orders.csv").read_bytes())
    mended = loads.run()
    assert "zuora/account.csv" in loads.files_read(mended)
    assert differences(mended, loads.from_nothing()) == []


def test_damaged_archive_that_is_mended(loads: Loads) -> None:
    """R1.1 an archive cut short is one line; sent again whole, its pings are all there."""
    archive = gzip.compress(
        "".join(f"{json.dumps(ping(f'u{n}', '2025-04-26T10:00:00Z'))}\n" for n in range(50)).encode()
    )
    file = loads.landing.root / "service_ping/received_date=2025-04-27/pings.ndjson.gz"
    file.parent.mkdir()
    file.write_bytes(archive[:-40])
    loads.run()
    loads_of = "select landed, accepted, quarantined from fct_ping_loads where file like '%2025-04-27%'"
    assert loads.run().query(loads_of) == [(1, 0, 1)]
    file.write_bytes(archive)
    assert loads.run().query(loads_of) == [(50, 50, 0)]


def test_folder_that_is_not_mounted_stops_the_run(loads: Loads) -> None:
    """R23.1 more than a tenth of the files read before are gone: one line, and nothing is forgotten."""
    loads.run()
    shutil.move(loads.landing.root / "service_ping", loads.folder / "elsewhere")
    stopped = loads.try_run()
    assert len(stopped.run.problems) == 1
    assert " files read before are gone from " in stopped.run.problems[0]
    assert stopped.query("select count(*) from landing.files where table_name = 'service_ping'") != [(0,)]
    accepted = loads.run(SEATWISE_ACCEPT_VANISHED="1")
    assert accepted.query("select count(*) from fct_ping_loads") == [(0,)]
