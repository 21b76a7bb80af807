"""The preflight reads headers, and says in one line each what a landing lacks (landing contract)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from dbt.cli.main import dbtRunner

from building import manifest
from conftest import REQUIRED_TABLES, LandingWriter
from scripts.dbt_runner import DbtRun
from scripts.preflight import preflight
from scripts.settings import VARIABLES, SeatwiseError, read_settings

pytestmark = pytest.mark.slow

Check = Callable[[LandingWriter], DbtRun]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what a run sets: dbt reads the environment of this process."""
    for name in (*VARIABLES, "DBT_TARGET_PATH"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Check:
    """Return a function that runs the preflight on a landing; all runs share a folder and the project as parsed."""
    folder = tmp_path_factory.mktemp("preflight")

    def run(landing: LandingWriter) -> DbtRun:
        with patch("dbt.cli.main.dbtRunner", partial(dbtRunner, manifest=manifest())):
            return preflight(replace(read_settings({}), landing=landing.root, is_demo=False), folder)

    return run


def test_smallest_landing_passes(check: Check, landing: LandingWriter) -> None:
    """Optional files and columns are noted once each; nothing is a problem."""
    landing.required_tables()
    run = check(landing)
    assert run.problems == []
    assert "service_ping holds no payloads: counts as empty" in run.notes
    assert "gainsight/instance_info is absent: counts as empty" in run.notes
    assert "zuora/rate_plan_charge.csv: column Quantity is missing: counts as NULL" in run.notes
    assert len(run.notes) == len(set(run.notes))


def test_empty_landing_names_every_required_table(check: Check, landing: LandingWriter) -> None:
    """One line a table that must be there."""
    problems = check(landing).problems
    assert sorted(line.partition(":")[0] for line in problems) == sorted(REQUIRED_TABLES)
    assert all(str(landing.root) in line for line in problems)


def test_landing_that_does_not_exist(check: Check, landing: LandingWriter) -> None:
    """A mistyped folder reads like an empty one."""
    assert len(check(LandingWriter(landing.root / "nowhere")).problems) == len(REQUIRED_TABLES)


def test_missing_required_columns_are_named_with_their_file(check: Check, landing: LandingWriter) -> None:
    """Several problems are told at once, a line each."""
    landing.required_tables()
    landing.table("zuora/account", [{"Id": "1"}])
    landing.table("zuora/rate_plan", [{"Id": "1", "SubscriptionId": "2"}])
    assert sorted(check(landing).problems) == [
        "zuora/account.csv: column CrmId is missing",
        "zuora/rate_plan.csv: column Name is missing",
    ]


@pytest.mark.parametrize("folder", ["received_date=2026-13-01", "received_date=2026-02-29", "received_date=yesterday"])
def test_unknown_received_date(check: Check, landing: LandingWriter, folder: str) -> None:
    """A folder whose name is no date cannot be placed in time."""
    landing.required_tables()
    landing.pings(folder.partition("=")[2], ["{}"])
    assert check(landing).problems == [
        f"service_ping/{folder}/pings.ndjson: received_date is not a date (YYYY-MM-DD)",
    ]


def test_stray_payload_file_is_noted(check: Check, landing: LandingWriter) -> None:
    """What lies where no payload belongs is told, not read; where that is most of it, nothing is built (R16.9)."""
    landing.required_tables()
    landing.pings("2026-03-02", ["{}"])
    (landing.root / "service_ping" / "old.ndjson").write_text("{}\n")
    run = check(landing)
    assert run.problems == []
    assert "service_ping/old.ndjson is not where or what a payload file is: ignored" in run.notes
    landing.pings("2026-03-02", ["{}"], "pings.txt")
    (problem,) = check(landing).problems
    assert problem.startswith("service_ping: 2 of 3 files are no payload files (received_date=YYYY-MM-DD/*.ndjson, ")
    assert problem.endswith("such as service_ping/old.ndjson, service_ping/received_date=2026-03-02/pings.txt")


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
@pytest.mark.parametrize("change_case", [str.lower, str.upper])
def test_headers_match_in_any_file_and_case(
    check: Check, landing: LandingWriter, suffix: str, change_case: Callable[[str], str]
) -> None:
    """Exports and loaders that change the case of columns both fit."""
    for path, row in REQUIRED_TABLES.items():
        landing.table(path, [{change_case(column): value for column, value in row.items()}], suffix)
    assert check(landing).problems == []


def test_table_may_be_a_folder_of_unlike_files(check: Check, landing: LandingWriter) -> None:
    """Each file of a folder has a header of its own; the one that lacks a column is named."""
    landing.required_tables()
    row = REQUIRED_TABLES["salesforce/account"]
    (landing.root / "salesforce" / "account.csv").unlink()
    landing.table("salesforce/account/part-1", [row], ".parquet")
    landing.table("salesforce/account/part-2", [row | {"Name": "A"}], ".csv.gz")
    assert check(landing).problems == []
    landing.table("salesforce/account/part-3", [{"Name": "A"}])
    assert check(landing).problems == ["salesforce/account/part-3.csv: column Id is missing"]


def test_partitioned_table_needs_dates(check: Check, landing: LandingWriter) -> None:
    """The folders of namespace exports are dates too."""
    landing.required_tables()
    row = {"namespace_id": "1", "seats_in_use": "5"}
    landing.table("saas/namespace_seats/ping_date=2026-03-01/part", [row])
    assert check(landing).problems == []
    landing.table("saas/namespace_seats/ping_date=March/part", [row])
    assert check(landing).problems == [
        "saas/namespace_seats/ping_date=March/part.csv: ping_date is not a date (YYYY-MM-DD)",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEATWISE_AS_OF", "2026-02-30"),
        ("SEATWISE_AS_OF", "20260228"),
        ("SEATWISE_AS_OF", "yesterday"),
        ("SEATWISE_THREADS", "0"),
        ("SEATWISE_THREADS", "many"),
        ("SEATWISE_MEMORY_LIMIT", "4"),
        ("SEATWISE_MEMORY_LIMIT", "plenty"),
    ],
)
def test_wrong_settings_are_one_line(name: str, value: str) -> None:
    """A setting that is none is told before dbt starts."""
    with pytest.raises(SeatwiseError) as error:
        read_settings({name: value})
    assert str(error.value).startswith(f"{name} is '{value}': give ")
    assert "\n" not in str(error.value)


def test_settings_resolve_paths_and_ignore_blanks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path starts at the working folder; a blank variable is unset."""
    monkeypatch.chdir(tmp_path)
    settings = read_settings({"SEATWISE_LANDING": "in", "SEATWISE_WAREHOUSE": "out/", "SEATWISE_THREADS": " "})
    assert (settings.landing, settings.warehouse, settings.threads) == (tmp_path / "in", tmp_path / "out", 2)
    assert not settings.is_demo
    assert read_settings({"SEATWISE_LANDING": ""}).is_demo
    assert "SEATWISE_LANDING" not in read_settings({}).environment()
