"""What a build leaves for whoever runs it unattended: an exit code, a line of JSON, a notice (docs/running.md)."""

from __future__ import annotations

import fcntl
import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import PROJECT_ROOT
from scripts import build, preflight
from scripts.cli import main
from scripts.dbt_runner import DbtRun, Outcome, exit_code_of
from scripts.runs import Run, forget_problems, read_runs
from scripts.settings import ExitCode, LockedError, PublicationError, Settings, read_settings
from scripts.tables import age_in_words

MANIFEST = {"as_of_date": "2026-06-17", "publication_number": 3, "row_counts": {"dim_accounts": 61, "dim_reasons": 9}}
LANDING_IS_WRONG = DbtRun(problems=["zuora/account: no such file"], exit_code=ExitCode.LANDING)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings of an empty warehouse, to which commands of this process are pointed."""
    monkeypatch.setenv("SEATWISE_WAREHOUSE", str(tmp_path / "warehouse"))
    (tmp_path / "warehouse").mkdir()
    return read_settings()


def publish_findings(settings: Settings, **findings: int) -> None:
    """Make a published file with findings of high severity, and one of low severity."""
    settings.published_file.unlink(missing_ok=True)
    with duckdb.connect(settings.published_file) as database:
        database.execute("create table fct_data_quality_findings (finding varchar, severity varchar)")
        for name, count in {"parent_ring": 1, **findings}.items():
            severity = "low" if name == "parent_ring" else "high"
            database.execute("insert into fct_data_quality_findings select ?, ? from range(?)", [name, severity, count])


def built(monkeypatch: pytest.MonkeyPatch, outcome: DbtRun | BaseException, manifest: Any = MANIFEST) -> None:
    """Let the next builds end like this, and publish that manifest or fail with it."""

    def end(*_: Any, **__: Any) -> DbtRun:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def published(settings: Settings) -> dict[str, Any]:
        if isinstance(manifest, BaseException):
            raise manifest
        if not settings.published_file.exists():
            publish_findings(settings)
        return manifest

    monkeypatch.setattr(build, "build", end)
    monkeypatch.setattr(build, "publish", published)
    monkeypatch.setattr(build, "print_summary", lambda _settings, _manifest, console: console.print("the summary"))
    monkeypatch.setattr(build.restatements, "in_words", lambda *_: "")


@pytest.mark.parametrize(
    ("outcome", "manifest", "code"),
    [
        (DbtRun(), MANIFEST, ExitCode.DONE),
        (LANDING_IS_WRONG, MANIFEST, ExitCode.LANDING),
        (DbtRun(problems=["test x: 2 rows found"], exit_code=ExitCode.DATA_TEST), MANIFEST, ExitCode.DATA_TEST),
        (DbtRun(problems=["model x: Binder Error"], exit_code=ExitCode.ENGINE), MANIFEST, ExitCode.ENGINE),
        (DbtRun(), PublicationError("no such bucket"), ExitCode.PUBLICATION),
        (LockedError("another build is at work"), MANIFEST, ExitCode.LOCKED),
        (OSError(28, "No space left on device"), MANIFEST, ExitCode.FAILED),
        (KeyboardInterrupt(), MANIFEST, 130),
    ],
)
def test_each_end_has_its_code_and_its_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, outcome: Any, manifest: Any, code: int
) -> None:
    """The line that is kept has the code, its name and what went wrong; nothing published has no rows."""
    built(monkeypatch, outcome, manifest)
    assert main(["build", "--quiet"]) == code
    [run] = read_runs(settings)
    assert run["exit_code"] == code
    assert run["outcome"] == ("stopped" if code == 130 else ExitCode(code).name.lower())
    assert (run["rows"], run["marts"]) == ((70, 2) if code == ExitCode.DONE else (None, None))
    assert bool(run["problems"]) == (code not in (ExitCode.DONE, 130))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", run["started_at"])
    assert run["ended_at"] >= run["started_at"]


def test_a_wrong_setting_has_a_code_of_its_own(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves no line: which warehouse is meant is not known."""
    monkeypatch.setenv("SEATWISE_THREADS", "many")
    assert main(["build"]) == ExitCode.CONFIGURATION
    monkeypatch.setenv("SEATWISE_THREADS", "2")
    monkeypatch.setenv("SEATWISE_NOTIFY", "mail 'ops")
    assert main(["build"]) == ExitCode.CONFIGURATION
    assert read_runs(settings) == []


def failed(kind: str, status: str) -> Outcome:
    """Return how a node failed."""
    return Outcome(kind, "x", "x.sql", status, 1, "", 0.0, "", "")


@pytest.mark.parametrize(
    ("messages", "outcomes", "code"),
    [
        (["Preflight: zuora/account: no such file"], [], ExitCode.LANDING),
        (["IO Error: Unknown error: a.csv: cut short. Detail: Python exception: x"], [], ExitCode.LANDING),
        ([], [failed("test", "fail"), failed("model", "success")], ExitCode.DATA_TEST),
        ([], [failed("test", "fail"), failed("model", "error")], ExitCode.ENGINE),
        ([], [failed("test", "error")], ExitCode.ENGINE),
        (["Compilation Error"], [], ExitCode.ENGINE),
    ],
)
def test_what_kept_a_run_from_succeeding(messages: list[str], outcomes: list[Outcome], code: ExitCode) -> None:
    """The landing comes before a test, and a test that could not run is none that failed."""
    assert exit_code_of(messages, outcomes) == code


def test_words_nothing_or_a_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--quiet prints nothing of a good run, --json the very line that is kept."""
    built(monkeypatch, DbtRun())
    assert main(["build"]) == 0
    assert "the summary" in capsys.readouterr().out
    assert main(["build", "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["build", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == read_runs(settings)[-1]
    built(monkeypatch, LANDING_IS_WRONG)
    assert main(["build", "--quiet"]) == ExitCode.LANDING
    assert "zuora/account: no such file" in capsys.readouterr().err


def test_a_notice_of_what_needs_a_person(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of a failure, and of findings of high severity that have become more; the first run is no news."""
    told = tmp_path / "told"
    monkeypatch.setenv("SEATWISE_NOTIFY", f"tee -a {told}")

    def run(outcome: DbtRun, **findings: int) -> list[dict[str, Any]]:
        built(monkeypatch, outcome)
        publish_findings(settings, **findings)
        told.write_text("")
        main(["build", "--quiet"])
        return [json.loads(line) for line in told.read_text().splitlines()]

    assert run(DbtRun(), unreadable_value=2) == []
    assert run(DbtRun(), unreadable_value=2) == []
    [notice] = run(DbtRun(), unreadable_value=3, usage_not_mapped=1)
    assert notice["new_severe_findings"] == {"unreadable_value": 1, "usage_not_mapped": 1}
    [notice] = run(LANDING_IS_WRONG)
    assert (notice["outcome"], notice["problems"]) == ("landing", ["zuora/account: no such file"])
    assert run(DbtRun(), unreadable_value=3, usage_not_mapped=1) == []
    assert run(DbtRun(), unreadable_value=1) == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("/no/such/command", "SEATWISE_NOTIFY, /no/such/command: No such file or directory"),
        (f"{sys.executable} -c 'raise SystemExit(\"no mail\")'", "exit code 1: no mail"),
    ],
)
def test_a_notice_that_fails_is_a_warning(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, told: str
) -> None:
    """It costs the run neither its line nor its code."""
    monkeypatch.setenv("SEATWISE_NOTIFY", command)
    built(monkeypatch, LANDING_IS_WRONG)
    assert main(["build", "--quiet"]) == ExitCode.LANDING
    assert told in " ".join(capsys.readouterr().err.split())
    assert len(read_runs(settings)) == 1


def test_a_line_that_was_cut_short_is_no_run(settings: Settings) -> None:
    """What a full disk left of a line, and what is no run, are passed over; the next line stands for itself."""
    Run.begin().end(settings)
    with settings.runs_file.open("a", encoding="utf-8") as file:
        file.write('{"started_at": "2026-\n7\n')
    Run.begin().end(settings)
    assert len(read_runs(settings)) == 2


def test_a_purge_forgets_what_went_wrong(settings: Settings) -> None:
    """R23.4 Lines that may name somebody go; when a run was and how it ended stays."""
    run = Run.begin()
    run.fail(ExitCode.DATA_TEST, ["test x: first: account_id 0010000000000GoAAI"])
    run.end(settings)
    forget_problems(settings)
    [kept] = read_runs(settings)
    assert (kept["problems"], kept["outcome"]) == ([], "data_test")
    assert [path.name for path in settings.warehouse.iterdir()] == ["runs.jsonl"]


def test_status(settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is published, what is at work, how the last builds ended."""
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["status"]) == 0
    told = capsys.readouterr().out
    assert "Published: nothing yet: run make build" in told
    assert "At work: nothing" in told
    assert "No build has left a line yet." in told

    published_at = datetime.now(UTC) - timedelta(hours=2, minutes=1)
    manifest = MANIFEST | {"published_at": f"{published_at:%Y-%m-%dT%H:%M:%S}"}
    settings.manifest_file.write_text(json.dumps(manifest))
    run = Run.begin()
    run.fail(ExitCode.LANDING, ["zuora/account: no such file"])
    run.end(settings)
    with (settings.warehouse / ".lock").open("w") as lock:
        lock.write(str(os.getpid()))
        lock.flush()
        assert main(["status"]) == 0
        assert "At work: nothing" in capsys.readouterr().out
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(["status"]) == 0
    told = capsys.readouterr().out
    assert "number 3, as of 2026-06-17, 2 hours ago" in told
    assert "2 marts, 70 rows" in told
    assert f"At work: process {os.getpid()}" in told
    assert "landing (3)" in told
    assert "zuora/account: no such file" in told

    settings.manifest_file.write_text("{")
    assert main(["status"]) == 0
    assert "cannot be read: publish again" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_ages_in_words(ago: timedelta, words: str) -> None:
    """In whole units, of the largest that is full."""
    assert age_in_words(datetime.now(UTC) - ago) == words


def test_the_preflight_has_the_code_of_the_landing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the build has."""
    monkeypatch.setattr(preflight, "run_dbt", lambda *_: LANDING_IS_WRONG)
    assert main(["preflight"]) == ExitCode.LANDING


def test_the_page_lists_every_code_and_every_field() -> None:
    """docs/running.md is for those who write a monitor."""
    page = (PROJECT_ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"| {code.value} | `{code.name.lower()}` |" in page
    assert not [name for name in Run.begin().__dict__ if f"`{name}`" not in page]
    assert PublicationError.exit_code == ExitCode.PUBLICATION
