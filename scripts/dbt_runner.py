"""dbt in this process: run a command, follow its events, tell its failures in one line each."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from contextlib import chdir
from dataclasses import dataclass, field
from typing import Any

from scripts.settings import PROJECT_ROOT, VARIABLES, ExitCode, Settings
from scripts.tables import locked_line

PREFLIGHT = "Preflight: "
FAILED_STATUSES = frozenset({"error", "fail", "runtime error", "partial success"})

ANSI_STYLE = re.compile(r"\x1b\[[0-9;]*m")
# What a stream of the landing raises reaches dbt through Arrow and DuckDB, each of which adds to it.
STREAM_ERROR = re.compile(r"Unknown error: (?P<line>.+?)\.? Detail: Python exception: ")
ERROR_TITLE = re.compile(r"^(?:\w+ )+Error(?: in (?P<where>.+))?$")

NodeListener = Callable[[str, str, int], None]


@dataclass(frozen=True)
class Outcome:
    """How one node of a run ended: `status` is dbt's, `reason` one line, blank when all is well."""

    kind: str
    name: str
    path: str
    status: str
    failures: int
    query: str
    seconds: float
    reason: str
    description: str
    message: str = ""

    @property
    def line(self) -> str:
        """Return the outcome as one line."""
        return f"{self.kind} {self.name} ({self.path}): {self.reason}"


@dataclass
class DbtRun:
    """What a dbt command gave: preflight notes in order, problems (none: it succeeded), warnings."""

    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    exit_code: ExitCode = ExitCode.DONE

    @property
    def warnings(self) -> list[str]:
        """Return a line for each test of warning severity that found something."""
        return [outcome.line for outcome in self.outcomes if outcome.status == "warn"]


def run_dbt(
    arguments: Sequence[str], settings: Settings, on_node: NodeListener | None = None, is_verbose: bool = False
) -> DbtRun:
    """Run a dbt command on the project and return what it gave; the database is closed afterwards.

    `on_node` is told of every node: an event ('start' or 'end'), the node's name, and how many nodes there are in
    all. dbt's own lines are shown only when `is_verbose`; its log file has them always.
    """
    set_environment(settings)
    # Importing dbt takes seconds, which a wrong setting should not cost.
    from dbt.cli.main import dbtRunner

    run = DbtRun()
    errors: list[str] = []
    total = 0

    def on_event(event: Any) -> None:
        nonlocal total
        name, data = event.info.name, event.data
        if name == "JinjaLogInfo" and event.info.msg.startswith(PREFLIGHT):
            note = event.info.msg.removeprefix(PREFLIGHT)
            if note not in run.notes:
                run.notes.append(note)
        elif name in ("MainEncounteredError", "RunningOperationCaughtError", "RunningOperationUncaughtError"):
            errors.append(data.exc)
        elif name in ("LogStartLine", "SkippingDetails"):
            total = data.total
        if on_node and name in ("NodeStart", "NodeFinished"):
            on_node("start" if name == "NodeStart" else "end", data.node_info.node_name, total)

    # A level for the screen alone would be taken for the file as well.
    quiet = [] if is_verbose else ["--log-level", "none", "--log-level-file", "debug"]
    with chdir(PROJECT_ROOT):
        result = dbtRunner(callbacks=[on_event]).invoke([*quiet, *arguments])
    close_database()
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception

    for error in errors:
        run.problems.extend(problem_lines(error))
    run.outcomes = [outcome_of(item) for item in getattr(result.result, "results", []) if hasattr(item, "node")]
    run.problems.extend(
        outcome.line + first_row(settings, outcome) for outcome in run.outcomes if outcome.status in FAILED_STATUSES
    )
    if not result.success and not run.problems:
        run.problems.extend(problem_lines(str(result.exception or "") or "dbt failed without saying why"))
    if result.success and not run.outcomes and arguments[0] == "build":
        run.problems.append("dbt found nothing to build")
    if run.problems:
        run.exit_code = exit_code_of([*errors, *(outcome.message for outcome in run.outcomes)], run.outcomes)
    return run


def exit_code_of(messages: Sequence[str], outcomes: Sequence[Outcome]) -> ExitCode:
    """Return what kept a run from succeeding: a lock, the landing, only tests of the data, or anything else."""
    if any(locked_line(message) for message in messages):
        return ExitCode.LOCKED
    if any(PREFLIGHT in message or STREAM_ERROR.search(" ".join(message.split())) for message in messages):
        return ExitCode.LANDING
    failed = [outcome for outcome in outcomes if outcome.status in FAILED_STATUSES]
    if failed and all(outcome.kind == "test" and outcome.status == "fail" for outcome in failed):
        return ExitCode.DATA_TEST
    return ExitCode.ENGINE


def set_environment(settings: Settings) -> None:
    """Let dbt see these settings and nothing else that it would listen to.

    Each option of dbt has a variable (DBT_PROFILES_DIR, DBT_TARGET, DBT_FULL_REFRESH …), and those that a user has set
    for a project of their own would send ours to other profiles, targets and folders.
    """
    for name in list(os.environ):
        if name in VARIABLES or name.startswith("DBT_"):
            del os.environ[name]
    os.environ.update(settings.environment())


def close_database() -> None:
    """Close what dbt still holds open: a file open for writing in this process cannot be read by another."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import cleanup_connections

    cleanup_connections()
    DuckDBConnectionManager.close_all_connections()


def first_row(settings: Settings, outcome: Outcome) -> str:
    """Return the first row that a failed data test found, ready to follow its line; blank for anything else."""
    if outcome.kind != "test" or outcome.status != "fail" or not outcome.query:
        return ""
    import duckdb

    query = (PROJECT_ROOT / outcome.query).read_text(encoding="utf-8")
    with duckdb.connect(str(settings.private_file), read_only=True) as database:
        found = database.execute(query)
        names = [column[0] for column in found.description]
        row = found.fetchone()
    return f"; first: {', '.join(f'{name} {value}' for name, value in zip(names, row, strict=True))}" if row else ""


def outcome_of(result: Any) -> Outcome:
    """Turn one result of dbt into an outcome."""
    node = result.node
    status = str(result.status)
    return Outcome(
        kind=str(node.resource_type).replace("_", " "),
        name=node.name,
        path=node.original_file_path,
        status=status,
        failures=result.failures or 0,
        query=getattr(node, "compiled_path", None) or "",
        seconds=result.execution_time or 0.0,
        reason="" if status in ("success", "pass") else reason_of(result),
        description=" ".join((getattr(node, "description", "") or "").split()),
        message=result.message or "",
    )


def reason_of(result: Any) -> str:
    """Return in one line why a node is not well: a test's rule and how many rows break it, a model's error."""
    if result.status in ("fail", "warn") and str(result.node.resource_type) == "test":
        rule = " ".join((result.node.description or "").split())
        rows = "1 row" if result.failures == 1 else f"{result.failures or 0:,} rows"
        query = f", see {os.path.relpath(result.node.compiled_path)}" if result.node.compiled_path else ""
        return (f"{rule}: " if rule else "") + f"{rows} found{query}"
    return error_line(result.message or str(result.status))[1]


def problem_lines(text: str) -> list[str]:
    """Turn the text of an error into lines, one a problem: what the preflight found comes as one text."""
    where, line = error_line(text)
    if line.startswith(PREFLIGHT):
        return line.removeprefix(PREFLIGHT).split("; ")
    return [f"{where}: {line}" if where else line]


def error_line(text: str) -> tuple[str, str]:
    """Return where an error happened (blank when dbt does not say) and its first telling line.

    dbt writes a title ('Runtime Error in model x (path)'), then the error indented, then excerpts and traces.
    """
    lines = [stripped for line in ANSI_STYLE.sub("", text).splitlines() if (stripped := line.strip())]
    where = ""
    while len(lines) > 1 and (title := ERROR_TITLE.match(lines[0])):
        where = where or title["where"] or ""
        lines = lines[1:]
    if not lines:
        return where, "no reason given"
    if locked := locked_line(text):
        return "", locked
    if "Corrupt database file" in text:
        return where, "the file of the build is damaged: remove the folder build of the warehouse, it is made anew"
    if stream_error := STREAM_ERROR.search(" ".join(lines)):
        return where, stream_error["line"]
    if "CSV Error" in lines[0]:
        # The file is a seed: what is wrong with the value stands some lines below.
        return where, ": ".join([lines[0], *(line for line in lines[1:] if line.startswith("Error when"))])
    if lines[0].rstrip(": ").endswith("Error") and len(lines) > 1:
        return where, f"{lines[0].rstrip(': ')}: {lines[1]}"
    return where, lines[0].rstrip(":")
