"""What became of each build: a line of JSON in the warehouse, and a command that is told of what needs a person."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb

from scripts.settings import ExitCode, Settings
from scripts.tables import open_published

# Findings of this severity (seeds/findings.csv) are worth a notice when there are more of them than before.
SEVERE = "high"
NOTICE_SECONDS = 60
STOPPED = 130

SEVERE_FINDINGS = """
    select finding, count(*) as findings
    from fct_data_quality_findings
    where severity = $severe
    group by finding
    order by finding
"""


@dataclass
class Run:
    """A build from its start: times in UTC, the exit code and its name, what was published, what went wrong.

    `severe_findings` counts those published, by kind; None where they are not known. `new_severe_findings` are those
    of a kind of which the last good run had fewer, and how many more they are.
    """

    started_at: str
    ended_at: str = ""
    seconds: float = 0.0
    exit_code: int = ExitCode.DONE
    outcome: str = ""
    as_of_date: str | None = None
    publication_number: int | None = None
    marts: int | None = None
    rows: int | None = None
    severe_findings: dict[str, int] | None = None
    new_severe_findings: dict[str, int] = field(default_factory=dict)
    warnings: int = 0
    problems: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls) -> Run:
        """Return a run that begins now."""
        return cls(started_at=written(datetime.now(UTC)))

    def publish(self, settings: Settings, manifest: Mapping[str, Any]) -> None:
        """Take note of what was published."""
        self.as_of_date = manifest["as_of_date"]
        self.publication_number = manifest["publication_number"]
        self.marts = len(manifest["row_counts"])
        self.rows = sum(manifest["row_counts"].values())
        self.severe_findings = severe_findings(settings)

    def fail(self, exit_code: int, problems: Sequence[str]) -> None:
        """Take note of what went wrong."""
        self.exit_code = int(exit_code)
        self.problems = list(problems)

    def end(self, settings: Settings) -> str:
        """End the run now, write its line at the end of the warehouse's file of runs, and return it.

        Raises OSError where that cannot be written.
        """
        ended = datetime.now(UTC)
        self.ended_at = written(ended)
        self.seconds = round((ended - datetime.fromisoformat(self.started_at)).total_seconds(), 1)
        self.outcome = "stopped" if self.exit_code == STOPPED else ExitCode(self.exit_code).name.lower()
        before = next((run for run in reversed(read_runs(settings)) if run.get("severe_findings") is not None), None)
        if before and self.severe_findings is not None:
            counts = before["severe_findings"]
            more = {name: count - counts.get(name, 0) for name, count in self.severe_findings.items()}
            self.new_severe_findings = {name: count for name, count in more.items() if count > 0}
        line = json.dumps(asdict(self), ensure_ascii=False)
        settings.warehouse.mkdir(parents=True, exist_ok=True)
        with settings.runs_file.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        return line

    @property
    def needs_a_person(self) -> bool:
        """Tell whether somebody should know: it failed, or the inputs have become worse."""
        return self.exit_code not in (ExitCode.DONE, STOPPED) or bool(self.new_severe_findings)


def written(moment: datetime) -> str:
    """Write a moment in UTC."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def severe_findings(settings: Settings) -> dict[str, int] | None:
    """Return how many findings of high severity were published, by kind; None where the mart does not say."""
    try:
        with open_published(settings.published_file) as database:
            return dict(database.execute(SEVERE_FINDINGS, {"severe": SEVERE}).fetchall())
    except duckdb.Error:
        return None


def read_runs(settings: Settings) -> list[dict[str, Any]]:
    """Return the runs of the warehouse, the latest last; a line that was cut short, by a full disk, is none."""
    runs = []
    if settings.runs_file.exists():
        for line in settings.runs_file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                run = json.loads(line)
            except json.JSONDecodeError:
                continue
            if isinstance(run, dict):
                runs.append(run)
    return runs


def notify(settings: Settings, line: str) -> str | None:
    """Give the line of a run to the command SEATWISE_NOTIFY, and return in a line what keeps it from taking it."""
    name = " ".join(settings.notify)
    try:
        done = subprocess.run(  # noqa: S603 (the user's own command)
            settings.notify, input=f"{line}\n", text=True, capture_output=True, timeout=NOTICE_SECONDS, check=False
        )
    except OSError as error:
        return f"SEATWISE_NOTIFY, {name}: {error.strerror}"
    except subprocess.TimeoutExpired:
        return f"SEATWISE_NOTIFY, {name}: was still running after {NOTICE_SECONDS} seconds, and was stopped"
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        return f"SEATWISE_NOTIFY, {name}: exit code {done.returncode}" + (f": {said[-1]}" if said else "")
    return None


def forget_problems(settings: Settings) -> None:
    """Take what went wrong out of the runs that are kept: its lines may name what a purge removes (R23.4)."""
    runs = [run | {"problems": []} for run in read_runs(settings)]
    if runs:
        aside = settings.runs_file.with_name(f".{settings.runs_file.name}.new")
        aside.write_text("".join(f"{json.dumps(run, ensure_ascii=False)}\n" for run in runs), encoding="utf-8")
        aside.replace(settings.runs_file)
