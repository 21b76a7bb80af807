"""Whatever arrives, a build either says in one line what to mend, or quarantines the line: nothing is lost in silence.

Inputs that can be told apart share a landing, so that few builds see all of them.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from building import Built, build, manifest, run_on_manifest, settings_in, try_dbt
from conftest import PROJECT_ROOT, REQUIRED_TABLES, LandingWriter
from scripts.settings import ExitCode, Settings

pytestmark = pytest.mark.slow

AS_OF = date(2026, 3, 31)
DAY = "service_ping/received_date=2026-03-02"
ACCOUNT = REQUIRED_TABLES["salesforce/account"]["Id"]


def ping(number: int, **fields: Any) -> bytes:
    """Return a payload that is accepted, of an instance of its own."""
    payload = {"uuid": f"uuid-{number}", "hostname": f"git{number}.example", "recorded_at": "2026-03-01T10:00:00Z"}
    return json.dumps({**payload, "version": "17.1.0-ee", **fields}).encode()


def lines(*pieces: bytes) -> bytes:
    """Join lines as a file has them."""
    return b"".join(piece + b"\n" for piece in pieces)


def damaged(archive: bytes) -> bytes:
    """Return an archive whose checksum is wrong."""
    return archive[:-6] + bytes([archive[-6] ^ 0xFF]) + archive[-5:]


ARCHIVE = gzip.compress(lines(*(ping(number) for number in range(100, 200))), mtime=0)

# File name: content, and what becomes of it: landed, accepted, duplicate and quarantined lines.
PAYLOAD_FILES: dict[str, tuple[bytes, tuple[int, int, int, int]]] = {
    "good.ndjson": (lines(ping(1), ping(2)), (2, 2, 0, 0)),
    "again.ndjson": (lines(ping(1), ping(1)), (2, 0, 2, 0)),
    "no-last-line-end.ndjson": (ping(3), (1, 1, 0, 0)),
    "byte-order-mark.ndjson": (b"\xef\xbb\xbf" + lines(ping(4)), (1, 1, 0, 0)),
    "carriage-returns.ndjson": (ping(5) + b"\r\n\r\noops\r\n" + ping(6) + b"\r\n", (3, 2, 0, 1)),
    "lone-carriage-return.ndjson": (lines(ping(7).replace(b", ", b",\r")), (1, 1, 0, 0)),
    "control.ndjson": (lines(ping(8), b'{"uuid": "a\0b"}', b"\x01", b"\0", ping(9)), (5, 2, 0, 3)),
    "latin-1.ndjson": (lines(ping(10), b'{"uuid": "caf\xe9"}', ping(11)), (3, 2, 0, 1)),
    "zero.ndjson": (b"", (0, 0, 0, 0)),
    "blank.ndjson": (b"\n  \r\n\t\n\n", (0, 0, 0, 0)),
    "two-members.ndjson.gz": (gzip.compress(lines(ping(12))) + gzip.compress(lines(ping(13))), (2, 2, 0, 0)),
    "of-nothing.ndjson.gz": (gzip.compress(b""), (0, 0, 0, 0)),
    "zero.ndjson.gz": (b"", (1, 0, 0, 1)),
    "cut-short.ndjson.gz": (ARCHIVE[: len(ARCHIVE) // 2], (1, 0, 0, 1)),
    "damaged.ndjson.gz": (damaged(ARCHIVE), (1, 0, 0, 1)),
    "no-archive.ndjson.gz": (lines(ping(14)), (1, 0, 0, 1)),
    "pretty.json": (json.dumps(json.loads(ping(15)), indent=4).encode() + b"\n\n", (1, 1, 0, 0)),
    "list.json": (b"[\n1\n]\n", (1, 0, 0, 1)),
    "half.json": (b'{\n"uuid":', (1, 0, 0, 1)),
    "latin-1.json": (b'{"uuid": "\xe9"}', (1, 0, 0, 1)),
    "zero.json": (b"", (0, 0, 0, 0)),
    "it's a [copy] *.ndjson": (lines(ping(16)), (1, 1, 0, 0)),
    '100 %25 {0} "é" 🦊; drop\t#?.ndjson': (lines(ping(17)), (1, 1, 0, 0)),
}
QUARANTINED = {
    ("carriage-returns.ndjson", 3): ("malformed_json", "oops"),
    ("control.ndjson", 2): ("malformed_json", '{"uuid": "a\0b"}'),
    ("control.ndjson", 3): ("malformed_json", "\x01"),
    ("control.ndjson", 4): ("malformed_json", "\0"),
    ("latin-1.ndjson", 2): ("malformed_json", '{"uuid": "caf\\xe9"}'),
    ("zero.ndjson.gz", 1): ("malformed_json", None),
    ("cut-short.ndjson.gz", 1): ("malformed_json", None),
    ("damaged.ndjson.gz", 1): ("malformed_json", None),
    ("no-archive.ndjson.gz", 1): ("malformed_json", None),
    ("list.json", 1): ("not_an_object", "[\n1\n]\n"),
    ("half.json", 1): ("malformed_json", '{\n"uuid":'),
    ("latin-1.json", 1): ("malformed_json", '{"uuid": "\\xe9"}'),
}
STRAY_FILES = ("README.txt", "old.ndjson", "received_date=2026-03-02/pings.csv", "received_date=2026-03-02/a/b.ndjson")
HIDDEN_FILES = ("received_date=2026-03-02/.pings.ndjson.swp", "received_date=2026-03-02/_SUCCESS")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build a landing whose payload files, and some values of whose tables, are bad in every way; its path is odd."""
    folder = tmp_path_factory.mktemp("bad")
    landing = LandingWriter(folder / 'la\'nd "in" g [1] {2}')
    landing.required_tables()
    for name, (content, _) in PAYLOAD_FILES.items():
        file = landing.root / DAY / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    for name in (*STRAY_FILES, *HIDDEN_FILES):
        file = landing.root / "service_ping" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(lines(ping(99)))
    charge = REQUIRED_TABLES["zuora/rate_plan_charge"] | {"Quantity": "abc", "MRR": "1e", "EffectiveEndDate": "soon"}
    landing.table("zuora/rate_plan_charge", [charge])
    landing.table("salesforce/account", [{"Id": ACCOUNT, "Name": 'Zoë, "Q"\r\nLtd', "CustomerSince": "2025-02-30"}])
    return build(landing.root, AS_OF, folder)


def test_every_payload_file_is_accounted_for(built: Built) -> None:
    """Per file, landed = accepted + duplicates + quarantined, whatever the file holds (R1.1)."""
    loads = built.query("select file, landed, accepted, duplicates, quarantined from fct_ping_loads")
    assert {file.removeprefix(f"{DAY}/"): tuple(counts) for file, *counts in loads} == {
        name: counts for name, (_, counts) in PAYLOAD_FILES.items()
    }


def test_only_the_bad_line_is_quarantined(built: Built) -> None:
    """With file, line number and reason; its text is at staging; an archive that cannot be read is one line (R1.2)."""
    rows = built.query(
        "select marts.file, marts.line, marts.reason, lines.raw_text from fct_quarantined_pings as marts"
        " inner join staging.stg_service_ping__pings as lines on marts.file = lines.file"
        " and marts.line = (case when lines.is_damaged then 1 else lines.line_number end)"
        " and marts.reason = lines.quarantine_reason"
    )
    found = {(file.removeprefix(f"{DAY}/"), line): (reason, text) for file, line, reason, text in rows}
    assert found == QUARANTINED


def test_stray_files_are_told_and_not_read(built: Built) -> None:
    """What lies where no payload belongs is a note; hidden files are none of anybody's business."""
    notes = [note for note in built.run.notes if note.startswith("service_ping/")]
    assert sorted(notes) == sorted(
        f"service_ping/{name} is not where or what a payload file is: ignored" for name in STRAY_FILES
    )
    assert built.query("select count(*) from dim_instances where instance_uuid = 'uuid-99'") == [(0,)]


def test_absent_optional_files_are_told_and_count_as_empty(built: Built) -> None:
    """A landing of required files and pings alone has all marts."""
    for table in ("gainsight/instance_info", "customers_dot/licenses", "saas/namespace_seats", "saas/namespaces"):
        assert f"{table} is absent: counts as empty" in built.run.notes
    assert built.query("select distinct instance_type from dim_instances") == [("Unknown",)]


def test_values_of_the_wrong_type_are_blank(built: Built) -> None:
    """A quantity that is no number makes the licences blank, never 0 (R8.4); a date that is none is blank."""
    assert built.query("select licenses_sold, is_live, ends_on from dim_subscriptions") == [(None, True, None)]
    assert built.query("select account_name, customer_since from dim_accounts") == [('Zoë, "Q"\r\nLtd', None)]


def test_unreadable_tables_are_a_line_each(tmp_path: Path) -> None:
    """Archives and text that cannot be read to their end, and rows that are not regular, stop a run before it starts.

    The database would take what is left of an archive for the whole, or stop without naming the file.
    """
    landing = LandingWriter(tmp_path / "landing")
    landing.required_tables()
    rows = b"Id,Name\n" + b"".join(b"%032d,Acme\n" % number for number in range(5000))
    archive = gzip.compress(rows, mtime=0)
    files = {
        "salesforce/account.csv": b"Id,Name\n" + f"{ACCOUNT},Caf".encode() + b"\xe9\n",
        "zuora/account.csv": b"Id,CrmId\n" + b"1,2\n" * 30000 + b"1,caf\xe9\n",
        "zuora/rate_plan.csv": b"Id,SubscriptionId,Name\n1,2\n",
        "zuora/rate_plan_charge.csv": b"Id,RatePlanId,ChargeType,EffectiveStartDate\n1,2,Recurring,2025-01-01,x\n",
        "zuora/subscription.csv": b'Id,Name,AccountId,Version,Status,SubscriptionStartDate\n1,"A-S1,1,1,Active,\n',
        "saas/namespaces/1.csv.gz": archive[: len(archive) // 2],
        "saas/namespaces/2.csv.gz": damaged(archive),
        "saas/namespaces/3.csv.gz": rows,
        "saas/namespaces/4.csv": "namespace_id\n1\n".encode("utf-16"),
    }
    for name, content in files.items():
        (landing.root / name).parent.mkdir(parents=True, exist_ok=True)
        (landing.root / name).write_bytes(content)
    run = try_dbt(["run-operation", "open_landing"], landing.root, AS_OF, tmp_path).run
    assert sorted(run.problems) == [
        "saas/namespaces/1.csv.gz: is no gzip archive, damaged, or cut short",
        "saas/namespaces/2.csv.gz: is no gzip archive, damaged, or cut short",
        "saas/namespaces/3.csv.gz: is no gzip archive, damaged, or cut short",
        "saas/namespaces/4.csv: line 1 is not UTF-8",
        "salesforce/account.csv: line 2 is not UTF-8",
        "zuora/account.csv: line 30002 is not UTF-8",
        "zuora/rate_plan.csv: line 2 has 2 fields where the header has 3",
        "zuora/rate_plan_charge.csv: line 2 has 5 fields where the header has 4",
        "zuora/subscription.csv: line 2: unexpected end of data",
    ]


def test_files_without_what_is_required_are_a_line_each(tmp_path: Path) -> None:
    """A file of nothing, a wrong separator, a folder in place of a file, a date that is none: named, not traced."""
    landing = LandingWriter(tmp_path / "landing")
    landing.required_tables()
    (landing.root / "salesforce/account.csv").write_bytes(b"")
    (landing.root / "zuora/account.csv").write_bytes(b"Id;CrmId\n1;2\n")
    (landing.root / "zuora/rate_plan.csv").unlink()
    (landing.root / "zuora/rate_plan.csv").mkdir()
    landing.table("zuora/rate_plan_charge", [{"id": "1", "RATEPLANID": "2", "ChargeType": "Recurring"}], ".csv.gz")
    (landing.root / "zuora/rate_plan_charge.csv").unlink()
    landing.table("zuora/subscription", [{"ID": "1", "name": "A-S1"}], ".parquet")
    (landing.root / "zuora/subscription.csv").unlink()
    landing.pings("foo", [ping(1).decode()])
    run = try_dbt(["run-operation", "open_landing"], landing.root, AS_OF, tmp_path).run
    assert sorted(run.problems) == sorted(
        [
            "salesforce/account.csv: column Id is missing",
            "service_ping/received_date=foo/pings.ndjson: received_date is not a date (YYYY-MM-DD)",
            "zuora/account.csv: column Id is missing",
            "zuora/account.csv: column CrmId is missing",
            f"zuora/rate_plan: no such file (.csv, .csv.gz, .parquet or a folder of them) in {landing.root}",
            "zuora/rate_plan_charge.csv.gz: column EffectiveStartDate is missing",
            *(
                f"zuora/subscription.parquet: column {column} is missing"
                for column in ("AccountId", "Version", "Status", "SubscriptionStartDate")
            ),
        ]
    )


@pytest.mark.parametrize("makes_folder", [True, False], ids=["empty", "absent"])
def test_landing_of_nothing(tmp_path: Path, makes_folder: bool) -> None:
    """A folder that is empty or not there lacks every required table; nothing is built."""
    root = tmp_path / "landing"
    if makes_folder:
        root.mkdir()
    run = try_dbt(["run"], root, AS_OF, tmp_path).run
    assert sorted(run.problems) == sorted(
        f"{table}: no such file (.csv, .csv.gz, .parquet or a folder of them) in {root}" for table in REQUIRED_TABLES
    )


def test_damaged_parquet_is_one_line_with_its_file(tmp_path: Path) -> None:
    """The database names the file itself."""
    landing = LandingWriter(tmp_path / "landing")
    landing.required_tables()
    (landing.root / "salesforce/account.csv").unlink()
    (landing.root / "salesforce/account.parquet").write_bytes(b"PAR1 and so on")
    (problem,) = try_dbt(["run-operation", "open_landing"], landing.root, AS_OF, tmp_path).run.problems
    assert "salesforce/account.parquet" in problem
    assert "\n" not in problem


def test_as_of_date_that_is_none_is_one_line(tmp_path: Path) -> None:
    """The scripts and dbt itself say the same."""
    line = "SEATWISE_AS_OF is 'garbage': give a date as YYYY-MM-DD"
    done = subprocess.run(
        [sys.executable, "-m", "scripts", "build"],
        cwd=PROJECT_ROOT,
        env={**os.environ, "SEATWISE_AS_OF": "garbage", "SEATWISE_WAREHOUSE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (ExitCode.CONFIGURATION, "", f"build: {line}\n")

    settings = replace(settings_in(tmp_path), landing=tmp_path, is_demo=False)
    environment = settings.environment() | {"SEATWISE_AS_OF": "garbage"}
    manifest()  # parsed with a date that is one
    with patch.object(Settings, "environment", return_value=environment):
        run = run_on_manifest(["run-operation", "as_of_day"], settings)
    (problem,) = run.problems
    assert problem.endswith(line.replace("SEATWISE_AS_OF", "as_of_date (SEATWISE_AS_OF)"))
