"""The one command and what it can do; each part is imported only when it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click
from click.exceptions import NoArgsIsHelpError

from scripts.settings import run_script

NAME = "python -m scripts"
FOLDER = click.Path(path_type=Path)
DEMO_AS_OF = "2026-06-17"
PARTS = ("payloads", "saas", "weeks", "floor")


class Share(click.ParamType):
    """A share, from 0 to 1."""

    name = "share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the share that a text writes."""
        try:
            share = float(str(value))
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            self.fail(f"'{value}' is not a share from 0 to 1", param, ctx)
        return share


class Day(click.ParamType):
    """A day, written as YYYY-MM-DD."""

    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day that a text writes."""
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007
        except ValueError:
            self.fail(f"'{value}' is not a date such as {DEMO_AS_OF}", param, ctx)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; what goes wrong is told in lines, not in a trace."""
    try:
        return commands.main(arguments, prog_name=NAME, standalone_mode=False) or 0
    except NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.UsageError as error:
        of_command = error.ctx and error.ctx.parent
        click.echo(f"{error.ctx.info_name if of_command else NAME}: {error.format_message()}", err=True)
        return error.exit_code


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def commands() -> None:
    """Seatwise: product usage, licence utilisation and account health from Service Ping.

    SEATWISE_LANDING, SEATWISE_AS_OF, SEATWISE_WAREHOUSE, SEATWISE_MEMORY_LIMIT and SEATWISE_THREADS point a run at
    data; README.md says how.
    """


@commands.command()
@click.option("--verbose", "is_verbose", is_flag=True, help="Show dbt's own lines in place of a progress bar.")
@click.option("--quiet", "is_quiet", is_flag=True, help="Print only what went wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON about the run, the one that is kept.")
def build(is_verbose: bool, is_quiet: bool, as_json: bool) -> int:
    """Check the landing, build, test, publish and sum up."""
    from scripts import build

    return run_script("build", lambda: build.main(is_verbose, is_quiet, as_json))


@commands.command()
def preflight() -> int:
    """Say what the landing lacks, and what in it is damaged."""
    from scripts import preflight

    return run_script("preflight", preflight.main)


@commands.command()
@click.option(
    "--forget-previous",
    is_flag=True,
    help="Remove the Parquet files of the publication before too, as a purge needs it.",
)
def publish(forget_previous: bool) -> int:
    """Publish the last complete build again."""
    from scripts import publish

    return run_script("publish", lambda: publish.main(forget_previous))


@commands.command()
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would go, and where it is found; write nothing.")
def purge(is_dry: bool) -> int:
    """Remove whom purge requests name, and prove it."""
    from scripts.purge import run

    return run_script("purge", lambda: run.main(is_dry))


@commands.command()
@click.argument("sql", required=False)
def query(sql: str | None) -> int:
    """Ask the published file: SQL, or what standard input says."""
    from scripts import query

    return run_script("query", lambda: query.main(sql or sys.stdin.read()))


@commands.command()
def export() -> int:
    """Write what has changed for other systems."""
    from scripts import export

    return run_script("export", export.main)


@commands.command("export-ack")
@click.argument("run")
def export_ack(run: str) -> int:
    """Acknowledge RUN, the newest: others have it."""
    from scripts import export

    return run_script("export-ack", lambda: export.acknowledge_main(run))


@commands.command()
@click.argument("account")
@click.option("--month", metavar="YYYY-MM", help="The month to explain; the account's latest, if none is given.")
@click.option("--html", "html_file", type=FOLDER, metavar="FILE", help="Also write the page as an HTML file.")
@click.option("--database", type=FOLDER, metavar="FILE", help="A published file, in place of the warehouse's.")
def explain(account: str, month: str | None, html_file: Path | None, database: Path | None) -> int:
    """Take the score of an account apart.

    ACCOUNT is an id of 15 or 18 characters, a name or a part of one.
    """
    from scripts.explain import sections

    return run_script("explain", lambda: sections.main(account, month, html_file, database))


@commands.command()
@click.option("--sample", type=Share(), metavar="SHARE", help="Only so many of the mutants: the same ones each time.")
@click.option(
    "--model", "targets", multiple=True, metavar="NAME", help="Only those of a model or seed; may be repeated."
)
@click.option("--jobs", default=2, type=click.IntRange(1), show_default=True, help="How many processes.")
@click.option("--page", "is_page_written", is_flag=True, help="Write the figures into docs/testing.md.")
def mutate(sample: float | None, targets: tuple[str, ...], jobs: int, is_page_written: bool) -> int:
    """Change models and see whether tests notice."""
    from scripts.mutate import run

    return run_script("mutate", lambda: run.main(sample, targets, jobs, is_page_written))


@commands.command("scorecard-diff")
@click.option("--seeds", type=FOLDER, metavar="DIR", help="The seeds as they would be, in place of the project's.")
@click.option("--git", "revision", metavar="REV", help="A git revision whose seeds are those before.")
@click.option("--landing", type=FOLDER, metavar="DIR", help="The landed data, in place of SEATWISE_LANDING.")
@click.option("--all-months", is_flag=True, help="Compare every month, not only the latest.")
def scorecard_diff(seeds: Path | None, revision: str | None, landing: Path | None, all_months: bool) -> int:
    """Tell which accounts change colour with other seeds."""
    from scripts import scorecard_diff

    return run_script("scorecard-diff", lambda: scorecard_diff.main(seeds, revision, landing, all_months))


@commands.command(context_settings={"show_default": True})
@click.option("--port", default=8501, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--address", default="127.0.0.1", help="The address to listen on; 0.0.0.0 lets other machines in.")
def dashboard(port: int, address: str) -> int:
    """Show the published file in a browser."""
    from scripts.dashboard import server

    return run_script("dashboard", lambda: server.main(port, address))


@commands.command(context_settings={"show_default": True})
@click.option("--largest", default=4.0, type=click.FloatRange(0.01), metavar="GB", help="Payload text of the largest.")
@click.option("--namespaces", default=20_000, type=click.IntRange(1), help="Namespaces of the smallest SaaS landing.")
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS), default=PARTS, help="Measure only this.")
@click.option("--folder", type=FOLDER, metavar="DIR", help="Where landings and warehouses lie.")
def benchmark(largest: float, namespaces: int, parts: Sequence[str], folder: Path | None) -> int:
    """Measure builds of growing landings against bare scans."""
    from scripts.benchmark import run

    return run_script("benchmark", lambda: run.main(largest, namespaces, parts, folder))


@commands.command(context_settings={"show_default": True})
@click.option("--landing", default="landing", type=FOLDER, metavar="DIR", help="The folder to write.")
@click.option("--accounts", default=60, type=click.IntRange(1, 20_000), help="How many customers.")
@click.option(
    "--months", default=15, type=click.IntRange(1, 60), help="How many months, that of the last day included."
)
@click.option("--metrics", default="0.1", type=Share(), help="Share of the dictionary's metrics in a payload.")
@click.option("--as-of", default=DEMO_AS_OF, type=Day(), help="The day up to which data has arrived.")
@click.option("--seed", default=7, type=click.IntRange(0, 2**31), help="Another seed gives other figures.")
def demo(landing: Path, accounts: int, months: int, metrics: float, as_of: date, seed: int) -> int:
    """Make the demo's landing data anew.

    Its customers are invented; every case of the rules happens to somebody.
    """
    from scripts.demo.landing import main
    from scripts.demo.world import Arguments

    return run_script("demo", lambda: main(landing, Arguments(accounts, months, metrics, as_of, seed)))


@commands.command()
def status() -> int:
    """Say what the warehouse has, and how builds ended."""
    from scripts import status

    return run_script("status", status.main)
