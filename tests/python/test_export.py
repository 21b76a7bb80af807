"""Exports: what differs from the last acknowledged run, whole or not at all (R21)."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pytest

from building import build
from conftest import PROJECT_ROOT
from scripts.cli import main
from scripts.export import COLUMNS, acknowledge, export, run_names
from scripts.settings import SeatwiseError, Settings, read_settings

AS_OF = date(2026, 6, 17)
FIELDS = (("Account ID", "key", ""), ("Users", "number", "#N/A"), ("Health", "text", "NA"))

# Kills itself at its n-th operation on names of the file system: every state that others could see lies between two.
KILLED = """
import os, signal, sys
from scripts.cli import main
countdown = int(sys.argv.pop(1))
def hook(event, arguments):
    global countdown
    if event in ("os.rename", "os.mkdir", "os.rmdir", "os.remove", "shutil.rmtree"):
        countdown -= 1
        if countdown == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
sys.exit(main(sys.argv[1:]))
"""

Record = tuple[str, str]
Values = Mapping[Record, Sequence[object]]


@dataclass
class Warehouse:
    """A warehouse whose published file a test writes by hand: the values of each account and month."""

    folder: Path
    settings: Settings
    files: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def publish(
        self,
        values: Values,
        as_of: date = AS_OF,
        from_month: str = "2026-05-01",
        fields: Sequence[tuple[str, str, str]] = FIELDS,
    ) -> None:
        """Publish values, those of a record in the order of `fields` without the key; None is N/A."""
        self.settings.published_file.unlink(missing_ok=True)
        with duckdb.connect(self.settings.published_file) as connection:
            definitions = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
            connection.execute(f"create table fct_export_values_monthly ({definitions})")
            for (account, month), given in values.items():
                for number, ((name, kind, cleared_by), value) in enumerate(zip(fields, (account, *given), strict=True)):
                    text = cleared_by if value is None else str(value)
                    row = ("account", account, month, number, name, kind, text, value is None, cleared_by)
                    marks = ", ".join("?" * len(row))
                    connection.execute(f"insert into fct_export_values_monthly values ({marks})", row)
            connection.execute(
                "create table dim_publication as select cast($as_of as date) as as_of_date,"
                " cast($first as date) as exported_from_month, timestamp '2026-06-17 08:00:00' as published_at,"
                " 'abc' as git_commit, false as git_has_changes, '0.1.0' as seatwise_version, 1 as marts_version",
                {"as_of": as_of, "first": from_month},
            )

    def export(self) -> list[tuple[str, ...]]:
        """Run an export and return its rows: account, month, what is done, and the fields."""
        manifest = export(self.settings)
        rows = self.read(manifest["run"])
        assert manifest["rows"] == len(rows)
        assert manifest["clearing_rows"] == sum(row[2] == "clear" for row in rows)
        return rows

    def read(self, run: str, name: str = "account") -> list[tuple[str, ...]]:
        """Return the rows of a run, which its CSV and Parquet file have alike."""
        file = self.settings.exports_folder / "runs" / run / f"{name}.csv"
        if not file.exists():
            return []
        with file.open(newline="", encoding="utf-8") as text:
            rows = [tuple(row) for row in csv.reader(text)]
        parquet = duckdb.sql(f"select * from '{file.with_suffix('.parquet')}'")
        assert list(rows[0]) == parquet.columns
        assert rows[1:] == [tuple(map(str, row)) for row in parquet.fetchall()]
        return rows[1:]

    def acknowledge(self) -> None:
        """Acknowledge the newest run."""
        acknowledge(self.settings, run_names(self.settings)[-1])

    def manifest(self, run: str) -> dict:
        """Return the manifest of a run."""
        return json.loads((self.settings.exports_folder / "runs" / run / "manifest.json").read_text(encoding="utf-8"))

    def contents(self) -> dict[str, bytes]:
        """Return all files of the exports by their path."""
        folder = self.settings.exports_folder
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """Return an empty warehouse, to which commands of this process are pointed."""
    monkeypatch.setenv("SEATWISE_WAREHOUSE", str(tmp_path))
    return Warehouse(tmp_path, read_settings())


JUNE, MAY, APRIL = "2026-06-01", "2026-05-01", "2026-04-01"


def test_a_run_holds_all_that_nobody_has_acknowledged(warehouse: Warehouse) -> None:
    """R21.3 R21.2 The first run writes every record with all its fields; not acknowledged, they are written again."""
    warehouse.publish({("A", JUNE): (150, "Green"), ("A", MAY): (140, None), ("B", JUNE): (None, None)})
    rows = [
        ("A", MAY, "write", "140", "NA"),
        ("A", JUNE, "write", "150", "Green"),
        ("B", JUNE, "write", "#N/A", "NA"),
    ]
    assert warehouse.export() == rows
    assert warehouse.export() == rows
    assert run_names(warehouse.settings) == ["000001", "000002"]


def test_after_an_acknowledgement_only_differences_are_written(warehouse: Warehouse) -> None:
    """R21.3 Twice in a row after an acknowledgement: 0 rows; then the records that differ, with all their fields."""
    warehouse.publish({("A", JUNE): (150, "Green"), ("B", JUNE): (5, "Red")})
    warehouse.export()
    warehouse.acknowledge()
    assert warehouse.export() == []
    assert warehouse.export() == []
    warehouse.acknowledge()
    warehouse.publish({("A", JUNE): (150, "Green"), ("B", JUNE): (6, "Red"), ("C", JUNE): (0, None)})
    differing = [("B", JUNE, "write", "6", "Red"), ("C", JUNE, "write", "0", "NA")]
    assert warehouse.export() == differing
    assert warehouse.export() == differing
    warehouse.acknowledge()
    assert warehouse.export() == []


def test_what_has_become_unknown_is_cleared(warehouse: Warehouse) -> None:
    """R21.2 A field that turned N/A leaves as an explicit clearing, and is counted as one; what was N/A is not."""
    warehouse.publish({("A", JUNE): (150, "Green"), ("B", JUNE): (None, "Red")})
    warehouse.export()
    assert warehouse.manifest("000001")["clears"] == 0
    warehouse.acknowledge()
    warehouse.publish({("A", JUNE): (None, "Green"), ("B", JUNE): (None, "Green")})
    assert warehouse.export() == [("A", JUNE, "write", "#N/A", "Green"), ("B", JUNE, "write", "#N/A", "Green")]
    assert warehouse.manifest("000002")["clears"] == 1


def test_a_record_that_is_gone_is_cleared_once(warehouse: Warehouse) -> None:
    """R21.3 One clearing row for each key, its month included, that is gone; once acknowledged, none."""
    warehouse.publish({("A", JUNE): (150, "Green"), ("B", JUNE): (5, None), ("B", MAY): (4, "Red")})
    warehouse.export()
    warehouse.acknowledge()
    warehouse.publish({("A", JUNE): (150, "Green"), ("B", MAY): (4, "Red")})
    assert warehouse.export() == [("B", JUNE, "clear", "#N/A", "NA")]
    assert (warehouse.manifest("000002")["clearing_rows"], warehouse.manifest("000002")["clears"]) == (1, 1)
    warehouse.acknowledge()
    assert warehouse.export() == []


def test_an_object_without_a_record_left_is_cleared(warehouse: Warehouse) -> None:
    """R21.3 Where no record is left, the fields are those that were acknowledged."""
    warehouse.publish({("A", JUNE): (150, "Green")})
    warehouse.export()
    warehouse.acknowledge()
    warehouse.publish({})
    assert warehouse.export() == [("A", JUNE, "clear", "#N/A", "NA")]
    warehouse.acknowledge()
    assert warehouse.export() == []


def test_what_is_to_be_forgotten_is_cleared_in_every_month(warehouse: Warehouse) -> None:
    """R23.4 R21.3 A record that is to be forgotten is cleared although published, and in all months."""
    warehouse.publish({("A", APRIL): (1, None), ("B", APRIL): (2, None)}, date(2026, 4, 30), APRIL)
    warehouse.export()
    warehouse.acknowledge()
    warehouse.publish({("A", JUNE): (150, "Green"), ("B", JUNE): (5, None)})
    run = export(warehouse.settings, ["a"])["run"]
    assert warehouse.read(run) == [("A", APRIL, "clear", "#N/A", "NA"), ("B", JUNE, "write", "5", "NA")]
    warehouse.acknowledge()
    assert export(warehouse.settings, ["a"])["rows"] == 0


def test_a_month_that_leaves_the_window_clears_nothing(warehouse: Warehouse) -> None:
    """R21.3 A month that leaves the window is no clearing; one that comes back is compared as it was acknowledged."""
    warehouse.publish({("A", JUNE): (150, "Green"), ("A", MAY): (140, "Green"), ("B", MAY): (1, "Red")})
    warehouse.export()
    warehouse.acknowledge()
    july = "2026-07-01"
    warehouse.publish({("A", JUNE): (150, "Green"), ("A", july): (160, "Green")}, date(2026, 7, 2), JUNE)
    assert warehouse.export() == [("A", july, "write", "160", "Green")]
    warehouse.acknowledge()
    three_months = {("A", MAY): (141, "Green"), ("A", JUNE): (150, "Green"), ("A", july): (160, "Green")}
    warehouse.publish(three_months, date(2026, 7, 2), MAY)
    assert warehouse.export() == [("A", MAY, "write", "141", "Green"), ("B", MAY, "clear", "#N/A", "NA")]


def test_a_month_after_the_as_of_month_is_left_alone(warehouse: Warehouse) -> None:
    """R21.3 A run for an earlier date does not clear the months after it."""
    warehouse.publish({("A", JUNE): (150, "Green"), ("A", MAY): (140, "Green")})
    warehouse.export()
    warehouse.acknowledge()
    warehouse.publish({("A", MAY): (140, "Green"), ("A", APRIL): (130, "Red")}, date(2026, 5, 31), APRIL)
    assert warehouse.export() == [("A", APRIL, "write", "130", "Red")]


def test_a_field_more_is_written_for_every_record(warehouse: Warehouse) -> None:
    """R21.1 A new field of the seed, or another text for N/A, reaches every record; a field that goes reaches none."""
    warehouse.publish({("A", JUNE): (150, None)})
    warehouse.export()
    warehouse.acknowledge()
    more = (*FIELDS, ('It\'s "new"', "text", "#N/A"))
    warehouse.publish({("A", JUNE): (150, None, "x")}, fields=more)
    assert warehouse.export() == [("A", JUNE, "write", "150", "NA", "x")]
    warehouse.acknowledge()
    other_text = (*FIELDS[:2], ("Health", "text", "#N/A"))
    warehouse.publish({("A", JUNE): (150, None)}, fields=other_text)
    assert warehouse.export() == [("A", JUNE, "write", "150", "#N/A")]
    warehouse.acknowledge()
    warehouse.publish({("A", JUNE): (150,)}, fields=FIELDS[:2])
    assert warehouse.export() == []


def test_the_manifest_vouches_for_the_files(warehouse: Warehouse) -> None:
    """R21.3 As-of date, commit, rows, clearings and checksums stand beside the files."""
    warehouse.publish({("A", JUNE): (150, "Green")})
    warehouse.export()
    manifest = warehouse.manifest("000001")
    found = {key: manifest[key] for key in ("as_of_date", "from_month", "git_commit", "rows", "compared_with")}
    assert found == {
        "as_of_date": "2026-06-17",
        "from_month": "2026-05-01",
        "git_commit": "abc",
        "rows": 1,
        "compared_with": None,
    }
    assert manifest["objects"] == {"account": {"rows": 1, "clearing_rows": 0, "clears": 0}}
    assert set(manifest["files"]) == {"account.csv", "account.parquet", ".snapshot.parquet"}
    warehouse.acknowledge()
    warehouse.export()
    assert warehouse.manifest("000002")["compared_with"] == "000001"


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that fails, and return the one line that it tells."""
    assert main(arguments) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    return output.err.removesuffix("\n")


def test_the_commands_say_what_they_did(warehouse: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    """R21.3 A run is written, and acknowledged by its number; doing that again changes nothing."""
    warehouse.publish({("A", JUNE): (150, "Green")})
    assert main(["export"]) == 0
    runs = warehouse.settings.exports_folder / "runs"
    assert capsys.readouterr().out.splitlines() == [
        f"{runs / '000001'}: 1 rows as of 2026-06-17, compared with nothing acknowledged yet",
        "  account: 1 rows, of which 0 clear a record; 0 fields cleared",
        "Once they are taken: make export-ack RUN=000001",
    ]
    assert main(["export-ack", "1"]) == 0
    assert capsys.readouterr().out == "run 000001 is acknowledged: 1 rows as of 2026-06-17\n"
    before = warehouse.contents()
    assert main(["export-ack", "000001"]) == 0
    assert capsys.readouterr().out == "run 000001 is acknowledged already\n"
    assert warehouse.contents() == before
    assert main(["export"]) == 0
    assert ": 0 rows as of 2026-06-17, compared with 000001" in capsys.readouterr().out


def test_only_the_newest_run_can_be_acknowledged(warehouse: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    """R21.3 An older run, one that there is not and none at all are one line each, and nothing changes."""
    assert told(capsys, "export-ack", "1") == (
        f"export-ack: there is no run in {warehouse.settings.exports_folder}: run make export"
    )
    warehouse.publish({("A", JUNE): (150, "Green")})
    warehouse.export()
    warehouse.export()
    before = warehouse.contents()
    assert told(capsys, "export-ack", "1") == (
        "export-ack: run 000001 is not the newest: acknowledge 000002, which holds all that differs"
    )
    for unknown in ("3", "latest", "../runs/000002", "٣"):
        assert told(capsys, "export-ack", unknown) == (
            f"export-ack: there is no run '{unknown}' in {warehouse.settings.exports_folder}: the newest is 000002"
        )
    assert told(capsys, "export-ack", "") == "export-ack: which run? make export-ack RUN=...; the newest is 000002"
    assert warehouse.contents() == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("manifest.json", b"{"),
        ("manifest.json", b"[]"),
        ("manifest.json", b'{"run": "000001", "files": {}}'),
        ("manifest.json", b"\xff"),
        ("manifest.json", None),
        ("account.csv", b"changed"),
        ("account.parquet", None),
        (".snapshot.parquet", b""),
        (".snapshot.parquet", None),
    ],
)
def test_a_damaged_run_is_not_acknowledged(
    warehouse: Warehouse, capsys: pytest.CaptureFixture[str], name: str, content: bytes | None
) -> None:
    """R21.3 A run that is not as it was written is one line that names the file."""
    warehouse.publish({("A", JUNE): (150, "Green")})
    warehouse.export()
    folder = warehouse.settings.exports_folder / "runs" / "000001"
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    before = warehouse.contents()
    assert told(capsys, "export-ack", "1") == (
        f"export-ack: {folder} is not as it was written ({name}): run make export and acknowledge that run"
    )
    assert warehouse.contents() == before


def test_a_run_compared_with_another_state_is_not_acknowledged(
    warehouse: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    """R21.3 A run speaks for the state that it was compared with alone."""
    warehouse.publish({("A", JUNE): (150, "Green")})
    warehouse.export()
    warehouse.acknowledge()
    warehouse.export()
    (warehouse.settings.exports_folder / "acknowledged.parquet").unlink()
    assert told(capsys, "export-ack", "2") == (
        "export-ack: run 000002 was compared with another run than the one acknowledged last: run make export"
    )


def test_what_cannot_be_exported_is_one_line(warehouse: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    """R21.3 No published file, one of an older version, none at all, a damaged state: a line that says what to do."""
    file = warehouse.settings.published_file
    assert told(capsys, "export") == f"export: {file} does not exist: run make build"
    assert list(warehouse.folder.iterdir()) == []
    file.write_bytes(b"no database")
    assert told(capsys, "export").startswith(f"export: {file} cannot be read: ")
    file.unlink()
    for table in ("dim_accounts", "dim_publication"):
        with duckdb.connect(file) as connection:
            connection.execute(f"create table {table} as select date '2026-06-17' as as_of_date")
        assert told(capsys, "export") == (f"export: {file} was published by a version without exports: run make build")
    warehouse.publish({("A", JUNE): (150, "Green")})
    assert not warehouse.settings.exports_folder.exists()
    warehouse.export()
    state = warehouse.settings.exports_folder / "acknowledged.parquet"
    duckdb.sql(f"copy (select 1 as export_object) to '{state}' (format parquet)")
    for content in (state.read_bytes(), b"no parquet", b""):
        state.write_bytes(content)
        for arguments in (["export"], ["export-ack", "1"]):
            assert told(capsys, *arguments) == (
                f"{arguments[0]}: {state} is damaged: restore it, or remove it to have every record written again"
            )
    assert run_names(warehouse.settings) == ["000001"]


def kill(warehouse: Warehouse, operation: int, *arguments: str) -> int:
    """Run a command that is killed at its n-th operation on the file system, and return its exit code."""
    command = [sys.executable, "-c", KILLED, str(operation), *arguments]
    environment = {**os.environ, "SEATWISE_WAREHOUSE": str(warehouse.folder)}
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, check=False, timeout=120)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode


@pytest.mark.slow
def test_a_killed_command_leaves_nothing_half(warehouse: Warehouse) -> None:
    """R21.3 Whenever export or its acknowledgement is killed, there is the state before or the state after."""
    rows = [("A", JUNE, "write", "150", "Green")]
    warehouse.publish({("A", JUNE): (150, "Green")})
    for operation in range(1, 20):
        code = kill(warehouse, operation, "export")
        for run in run_names(warehouse.settings):
            assert warehouse.read(run) == rows
            assert warehouse.manifest(run)["rows"] == 1
        if code == 0:
            break
    else:
        pytest.fail("export never ended")
    assert operation > 2
    newest = run_names(warehouse.settings)[-1]
    for operation in range(1, 20):
        code = kill(warehouse, operation, "export-ack", newest)
        state = warehouse.settings.exports_folder / "acknowledged.parquet"
        assert not state.exists() or len(duckdb.sql(f"from '{state}'").fetchall()) == len(FIELDS)
        if code == 0:
            break
    else:
        pytest.fail("export-ack never ended")
    assert operation > 2
    assert warehouse.export() == []
    assert [path.name for path in warehouse.folder.iterdir() if path.name.startswith(".pub")] == []


@pytest.mark.slow
def test_what_turns_blank_in_the_landing_is_cleared(warehouse: Warehouse, tmp_path: Path) -> None:
    """R21.1 R21.3 From landing to file: names to the letter; a quantity that turned blank clears, a lost one too."""
    golden, landing = PROJECT_ROOT / "tests" / "golden" / "landing", tmp_path / "golden" / "landing"
    shutil.copytree(golden, landing)
    as_of = date(2025, 4, 30)

    def exported() -> dict[str, dict[str, str]]:
        built = build(landing, as_of, tmp_path / "golden")
        shutil.copy(built.database, warehouse.settings.published_file)
        run = export(warehouse.settings)["run"]
        with (warehouse.settings.exports_folder / "runs" / run / "account.csv").open(encoding="utf-8") as file:
            return {row["Account ID"]: row for row in csv.DictReader(file) if row["Month"] == "2025-04-01"}

    first = exported()
    alder, elm = (next(account for account in first if account[14] == digit) for digit in "15")
    assert list(first[alder])[:6] == [
        "Account ID",
        "Month",
        "Operation",
        "Billable Users - Account",
        "Total Licenses Sold (Account)",
        "License Utilization - Account",
    ]
    figures = ("Billable Users - Account", "Total Licenses Sold (Account)", "License Utilization - Account")
    assert [first[alder][name] for name in figures] == ["75", "100", "75.00"]
    assert first[alder]["[GS] Overall Health Score"] == "Yellow"
    warehouse.acknowledge()

    charges = landing / "zuora" / "rate_plan_charge.csv"
    charges.write_text(charges.read_text(encoding="utf-8").replace(",100,2000", ",,2000"), encoding="utf-8")
    subscriptions = landing / "zuora" / "subscription.csv"
    lines = [line for line in subscriptions.read_text(encoding="utf-8").splitlines() if ",A-S00000007," not in line]
    subscriptions.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    second = exported()
    assert [second[alder][name] for name in figures] == ["75", "#N/A", "#N/A"]
    assert second[alder]["Operation"] == "write"
    assert second[elm]["Operation"] == "clear"
    assert set(second[elm].values()) == {elm, "2025-04-01", "clear", "#N/A"}
    warehouse.acknowledge()
    assert export(warehouse.settings)["rows"] == 0


def test_acknowledging_wants_a_known_run(warehouse: Warehouse) -> None:
    """R21.3 What the function raises is for a person."""
    with pytest.raises(SeatwiseError, match="there is no run"):
        acknowledge(warehouse.settings, "1")
