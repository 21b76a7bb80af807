"""Build, test, publish, sum up: what `make build` runs.

One dbt process reads the landing (the preflight), builds every model and runs every test. Only when all tests of error
severity have passed is anything published (R15.1); else a line says what failed, and readers keep what they had.
"""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from scripts import restatements
from scripts.dbt_runner import DbtRun, run_dbt
from scripts.publish import held_for_writing, publish, uploaded
from scripts.runs import STOPPED, Run, notify
from scripts.settings import ExitCode, SeatwiseError, Settings, read_settings, warehouse_lock
from scripts.summary import print_summary

# Unit tests try the code, not the data: `make test` runs them.
BUILD = ("build", "--exclude-resource-type", "unit_test")


class NodeProgress:
    """A progress bar over the nodes of a run: how many are done, and which are being worked on."""

    def __init__(self, progress: Progress) -> None:
        """Show the bar; how many nodes there are is known only after the preflight."""
        self._progress = progress
        self._running: list[str] = []
        self._task = progress.add_task("reading the project and the landing", total=None)

    def __call__(self, event: str, node: str, total: int) -> None:
        """Take note that a node starts or ends."""
        if event == "start":
            self._running.append(node)
        else:
            self._running = [running for running in self._running if running != node]
            self._progress.advance(self._task)
        current = self._running[-1] if self._running else "finishing"
        self._progress.update(self._task, total=total or None, description=escape(current[:48]))


def build(settings: Settings, console: Console, is_verbose: bool) -> DbtRun:
    """Run `dbt build` with a progress bar, or with dbt's own lines when `is_verbose`."""
    # A build that is killed leaves no results behind, so that none are taken for its own.
    (settings.target / "run_results.json").unlink(missing_ok=True)
    if is_verbose:
        return run_dbt(BUILD, settings, is_verbose=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<48}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    if not console.is_terminal:
        console.print("Building; dbt's own log is in logs/dbt.log")
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        return run_dbt(BUILD, settings, on_node=NodeProgress(progress))


def main(is_verbose: bool, is_quiet: bool, as_json: bool) -> int:
    """Build and publish, print what came of it, keep a line about it, and return an exit code.

    `is_quiet` leaves out everything but what went wrong; `as_json` prints the line that is kept in place of words.
    """
    settings = read_settings()
    out = Console(highlight=False, quiet=is_quiet or as_json)
    err = Console(highlight=False, stderr=True)
    run = Run.begin()
    try:
        with warehouse_lock(settings):
            build_and_publish(settings, out, err, is_verbose, run)
    except SeatwiseError as error:
        run.fail(error.exit_code, str(error).splitlines())
        raise
    except OSError as error:
        run.fail(ExitCode.FAILED, [f"{error.filename or ''}: {error.strerror or error}".removeprefix(": ")])
        raise
    except KeyboardInterrupt:
        run.fail(STOPPED, [])
        raise
    finally:
        keep(settings, run, err, as_json)
    return run.exit_code


def build_and_publish(settings: Settings, out: Console, err: Console, is_verbose: bool, run: Run) -> None:
    """Build, and publish what is sound; what came of it is printed and noted in `run`.

    Raises PublicationError, one line, where what was built cannot be published.
    """
    built = build(settings, out, is_verbose)
    run.warnings = len(built.warnings)
    for note in built.notes:
        out.print(f"[dim]note:[/] {escape(note)}", soft_wrap=True)
    for warning in built.warnings:
        out.print(f"[yellow]warning:[/] {escape(warning)}", soft_wrap=True)
    if built.problems:
        for problem in built.problems:
            err.print(f"[red]failed:[/] {escape(problem)}", soft_wrap=True)
        outcome = f"Nothing was published{what_readers_have(settings)}. dbt's own log is in logs/dbt.log"
        err.print(escape(outcome), soft_wrap=True)
        run.fail(built.exit_code, built.problems)
        return
    if line := held_for_writing(settings):
        out.print(f"[yellow]warning:[/] {escape(line)}", soft_wrap=True)
    manifest = publish(settings)
    run.publish(settings, manifest)
    print_summary(settings, manifest, out)
    if line := restatements.in_words(settings, manifest):
        out.print(f"  {escape(line)}", soft_wrap=True)
    if settings.publish_to:
        out.print(f"  {escape(uploaded(settings, manifest))}", soft_wrap=True)


def keep(settings: Settings, run: Run, err: Console, as_json: bool) -> None:
    """Keep the line of a run that has ended, and tell whom it concerns; neither may cost the run its exit code."""
    try:
        line = run.end(settings)
    except OSError as error:
        # What kept the run from writing is told already.
        if run.exit_code == ExitCode.DONE:
            err.print(f"[yellow]warning:[/] {escape(f'{settings.runs_file}: {error.strerror}')}", soft_wrap=True)
        return
    if as_json:
        print(line)
    if settings.notify and run.needs_a_person and (problem := notify(settings, line)):
        err.print(f"[yellow]warning:[/] {escape(problem)}", soft_wrap=True)


def what_readers_have(settings: Settings) -> str:
    """Tell what a failed build leaves to readers."""
    if settings.published_file.exists():
        return f": readers keep the last good copy, {settings.published_file}"
    return ""
