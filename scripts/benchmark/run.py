"""The benchmark: payload and SaaS landings, three of each, every one double the last, and what builds of them cost.

Machines are noisy and differ: seconds of two runs say little, ratios within one run say what the project adds.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from scripts.benchmark.floor import make_floor_project
from scripts.benchmark.measure import Measured, folder_bytes, python_command, run_measured
from scripts.benchmark.saas import AS_OF, make_saas_landing
from scripts.settings import SeatwiseError, read_settings
from scripts.summary import shown_path

# What one account of the demo generator sends in 15 months with every metric of the dictionary.
BYTES_PER_ACCOUNT = 12.1e6
MONTHS = 15
SAAS_METRICS = 50
SAAS_DATES = 6
MODELS = ("-m", "dbt.cli.main", "build", "--resource-type", "model", "--resource-type", "seed")
BUILD = ("-m", "scripts", "build")


@dataclass(frozen=True)
class Figure:
    """One thing measured on one landing; `text_bytes` are the bytes of payload text, or rows of SaaS metrics."""

    landing: str
    what: str
    seconds: float
    peak_bytes: int
    text_bytes: int
    disk_bytes: int


@dataclass(frozen=True)
class Options:
    """How large and how often: gigabytes of payload text of the largest landing, namespaces of the smallest."""

    folder: Path
    largest_gigabytes: float = 4.0
    namespaces: int = 20_000
    threads: int = 2
    memory_limit: str = "4GB"


class Benchmark:
    """Makes the landings that are missing, measures, and keeps what is measured in a file as it goes."""

    def __init__(self, options: Options, console: Console, progress: Progress) -> None:
        """Work in the folder of the options."""
        self.options = options
        self.console = console
        self.progress = progress
        self.task = progress.add_task("benchmark", total=None)
        self.figures: list[Figure] = []

    def environment(self, landing: Path, warehouse: Path, as_of: date = AS_OF) -> dict[str, str]:
        """Return the settings of a build of this landing."""
        return {
            "SEATWISE_LANDING": str(landing),
            "SEATWISE_WAREHOUSE": str(warehouse),
            "SEATWISE_AS_OF": as_of.isoformat(),
            "SEATWISE_THREADS": str(self.options.threads),
            "SEATWISE_MEMORY_LIMIT": self.options.memory_limit,
            "DBT_TARGET_PATH": str(warehouse / "target"),
        }

    def measure(
        self, landing: str, what: str, command: tuple[str, ...], environment: dict[str, str], text_bytes: int = 0
    ) -> Measured:
        """Run one command and keep its figures."""
        self.progress.update(self.task, description=f"{landing}: {what}")
        log = self.options.folder / "logs" / f"{landing}-{what}.log".replace(" ", "-")
        measured = run_measured(python_command(*command), environment, log)
        warehouse = Path(environment.get("SEATWISE_WAREHOUSE", "/nowhere"))
        disk = folder_bytes(warehouse) if warehouse.exists() else 0
        self.figures.append(Figure(landing, what, measured.seconds, measured.peak_bytes, text_bytes, disk))
        self.progress.advance(self.task)
        return measured

    def fresh(self, name: str) -> Path:
        """Return an empty warehouse folder."""
        warehouse = self.options.folder / "warehouses" / name
        shutil.rmtree(warehouse, ignore_errors=True)
        warehouse.mkdir(parents=True)
        return warehouse

    def payload_landing(self, gigabytes: float, months: int = MONTHS) -> Path:
        """Return a landing with about so much payload text, made where it is not there yet."""
        accounts = max(round(gigabytes * 1e9 / BYTES_PER_ACCOUNT / months * MONTHS), 1)
        folder = self.options.folder / f"payloads-{accounts}-{months}"
        self.progress.update(self.task, description=f"making {folder.name}")
        run_measured(
            python_command(
                "-m", "scripts", "demo", "--landing", str(folder), "--accounts", str(accounts),
                "--months", str(months), "--metrics", "1.0",
            ),
            {},
            self.options.folder / "logs" / f"{folder.name}.log",
        )  # fmt: skip
        return folder

    def payloads(self) -> None:
        """Measure the three payload landings: bare scan, script, models, whole build, build with nothing new."""
        for share in (0.25, 0.5, 1.0):
            landing = self.payload_landing(self.options.largest_gigabytes * share)
            lines, size = scanned(landing)
            name = f"{size / 1e9:.1f} GB in {lines:,} payloads"
            scan = ("-m", "scripts.benchmark.scans", "payloads", str(landing))
            self.measure(name, "bare scan", scan, {}, size)
            script = ("-m", "scripts.benchmark.scans", "utilization", str(landing), AS_OF.isoformat())
            self.measure(name, "utilisation by hand", script, {}, size)
            self.builds(name, landing, size)

    def builds(self, name: str, landing: Path, size: int) -> Path:
        """Measure all models, the whole build, and the same again with nothing new; return the warehouse."""
        models = self.environment(landing, self.fresh("models"))
        self.measure(name, "all models", MODELS, models, size)
        whole = self.environment(landing, self.fresh("whole"))
        self.measure(name, "whole build", BUILD, whole, size)
        self.measure(name, "nothing new", BUILD, whole, size)
        return Path(whole["SEATWISE_WAREHOUSE"])

    def saas(self) -> None:
        """Measure the three landings of SaaS exports, and what scanning and writing their rows takes at least."""
        for factor in (1, 2, 4):
            namespaces = self.options.namespaces * factor
            landing = self.options.folder / f"saas-{namespaces}"
            self.progress.update(self.task, description=f"making {landing.name}")
            make_saas_landing(landing, namespaces, SAAS_METRICS, SAAS_DATES)
            rows = namespaces * SAAS_METRICS * SAAS_DATES
            name = f"{rows:,} rows of SaaS metrics"
            self.measure(name, "bare scan", ("-m", "scripts.benchmark.scans", "saas", str(landing)), {}, rows)
            warehouse = self.builds(name, landing, rows)
            rewrite = ("-m", "scripts.benchmark.scans", "metric_rows", str(warehouse))
            self.measure(name, "writing the mart's rows once", rewrite, {}, rows)

    def one_more_week(self) -> None:
        """Measure a week more on one year and on two years of the same accounts."""
        for months in (12, 24):
            whole = self.payload_landing(self.options.largest_gigabytes * months / 24, months)
            landing = self.options.folder / f"weekly-{months}"
            shutil.rmtree(landing, ignore_errors=True)
            week = AS_OF - timedelta(days=6)
            late = [entry for entry in linked(whole, landing) if entry.name.rpartition("=")[2] >= week.isoformat()]
            for entry in late:
                entry.unlink()
            name = f"{months} months"
            environment = self.environment(landing, self.fresh(f"weekly-{months}"))
            self.measure(name, "before the week", BUILD, {**environment, "SEATWISE_AS_OF": str(week)})
            for entry in late:
                entry.symlink_to(whole / entry.relative_to(landing), target_is_directory=True)
            self.measure(name, "one more week", BUILD, environment)
            self.measure(name, "nothing new", BUILD, environment)

    def floor(self) -> None:
        """Measure what dbt takes to parse this project and to run as many nodes that do nothing."""
        environment = {**self.environment(self.payload_landing(0.0), self.fresh("floor"))}
        self.measure("dbt's floor", "parse", ("-m", "dbt.cli.main", "parse", "--no-partial-parse"), environment)
        manifest = json.loads((Path(environment["DBT_TARGET_PATH"]) / "manifest.json").read_text(encoding="utf-8"))
        nodes = sum(node["resource_type"] in ("model", "seed", "test") for node in manifest["nodes"].values())
        project = self.options.folder / "floor"
        make_floor_project(project, nodes, self.options.threads)
        command = ("-m", "dbt.cli.main", "run", "--project-dir", str(project), "--profiles-dir", str(project))
        target = {"DBT_TARGET_PATH": str(project / "target")}
        self.measure("dbt's floor", f"{nodes:,} nodes that do nothing", command, target)


def scanned(landing: Path) -> tuple[int, int]:
    """Return how many payload lines and bytes of text a landing has, and warm the file cache on the way."""
    from scripts.benchmark.scans import scan_payloads

    lines, size = scan_payloads(str(landing))
    if not size:
        raise SeatwiseError(f"{landing} holds no payloads to measure")
    return lines, size


def linked(whole: Path, landing: Path) -> Iterator[Path]:
    """Make a landing of links to the date folders and files of another one; give the links to date folders."""
    for source in whole.iterdir():
        if source.is_dir() and source.name != "service_ping":
            (landing / source.name).parent.mkdir(parents=True, exist_ok=True)
            (landing / source.name).symlink_to(source, target_is_directory=True)
    (landing / "service_ping").mkdir(parents=True)
    for source in (whole / "service_ping").iterdir():
        link = landing / "service_ping" / source.name
        link.symlink_to(source, target_is_directory=True)
        yield link


def slopes(figures: list[Figure]) -> dict[str, float]:
    """Return, per thing measured, the seconds that each further unit of text costs, from smallest to largest landing.

    The unit is a gigabyte of payload text, or a million rows of SaaS metrics.
    """
    found = {}
    for kind, unit in (("payloads", 1e9), ("SaaS", 1e6)):
        for what in dict.fromkeys(figure.what for figure in figures):
            points = sorted(
                (figure.text_bytes / unit, figure.seconds)
                for figure in figures
                if figure.what == what and kind in figure.landing and figure.text_bytes
            )
            if len(points) > 1:
                (least, shortest), *_, (most, longest) = points
                found[f"{kind}: {what}"] = (longest - shortest) / (most - least)
    return found


def report(figures: list[Figure], console: Console) -> None:
    """Print the figures and the slopes as tables."""
    table = Table(title="What was measured", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading in ("landing", "what", "seconds", "peak MB", "MB on disk"):
        table.add_column(heading, justify="left" if heading in ("landing", "what") else "right")
    for figure in figures:
        table.add_row(
            figure.landing, figure.what, f"{figure.seconds:.1f}", f"{figure.peak_bytes / 1e6:,.0f}",
            f"{figure.disk_bytes / 1e6:,.0f}" if figure.disk_bytes else "",
        )  # fmt: skip
    console.print(table)
    found = slopes(figures)
    table = Table(title="Slopes", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading in ("what", "seconds per GB or million rows", "times the yardstick"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for what, slope in found.items():
        kind = what.partition(":")[0]
        yardstick = found.get(f"{kind}: bare scan", 0) + found.get(f"{kind}: writing the mart's rows once", 0)
        table.add_row(what, f"{slope:.2f}", f"{slope / yardstick:.2f}" if yardstick > 0 else "")
    console.print()
    console.print(table)


def benchmark(options: Options, parts: Sequence[str], console: Console) -> Path:
    """Run the parts asked for and print their figures; return the JSON file that holds them.

    Parts are `payloads`, `saas`, `weeks` and `floor`. Landings that are there already are used again, so that a run
    that was stopped starts where making them ended.
    """
    options.folder.mkdir(parents=True, exist_ok=True)
    columns = (SpinnerColumn(), TextColumn("{task.description:<60}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        work = Benchmark(options, console, progress)
        steps: dict[str, Callable[[], None]] = {
            "payloads": work.payloads, "saas": work.saas, "weeks": work.one_more_week, "floor": work.floor
        }  # fmt: skip
        file = options.folder / "benchmark.json"
        for part in parts:
            steps[part]()
            content = {"figures": [asdict(figure) for figure in work.figures], "slopes": slopes(work.figures)}
            file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    report(work.figures, console)
    return file


def main(largest_gigabytes: float, namespaces: int, parts: Sequence[str], folder: Path | None) -> int:
    """Measure and say where the figures are kept; return the exit code."""
    settings = read_settings()
    options = Options(
        folder=(folder or settings.target / "benchmark").resolve(),
        largest_gigabytes=largest_gigabytes,
        namespaces=namespaces,
        threads=settings.threads,
        memory_limit=settings.memory_limit,
    )
    console = Console(highlight=False)
    file = benchmark(options, parts, console)
    console.print(f"\nAll figures: {shown_path(file)}", soft_wrap=True)
    return 0
