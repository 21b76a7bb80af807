"""Write a landing folder of invented customers, complete enough that every rule has something to show.

The customers and what each of them teaches are listed in `cast.py`, their rows are made in `world.py`, what they report
in `payloads.py`; here all of it becomes the files of a landing folder. Equal arguments give byte-identical files on any
day.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import shutil
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.demo import cast, payloads, world
from scripts.demo.cast import Server
from scripts.demo.payloads import (
    SEED_FILES,
    SEEDS,
    Delivery,
    Dictionary,
    Reporter,
    deliveries,
    driven_counters,
    odd_lines,
    users_on,
)
from scripts.demo.world import Arguments, LinkedNamespace, World
from scripts.settings import SeatwiseError

if TYPE_CHECKING:
    from rich.progress import Progress

MARKER = ".seatwise-demo"

# Pings received before this many days ago lie compressed, as a loader would leave its older files.
PLAIN_DAYS = 45
PROGRESS_AFTER_SECONDS = 2.0
# The file received this many days ago opens with a byte order mark.
BOM_AGE = 33
LAST_YEAR = 2099

METRICS_COLUMNS = ("namespace_ultimate_parent_id", "ping_name", "counter_value", "error")
SEATS_COLUMNS = ("namespace_id", "seats_in_use", "seats", "max_seats_used")


# --- the landing folder -----------------------------------------------------------------------------------------------


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write rows as a CSV file."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue().encode()


def gzipped(data: bytes) -> bytes:
    """Compress without a time, so that equal content gives equal files."""
    return gzip.compress(data, compresslevel=2, mtime=0)


def write_parquet(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write rows as a Parquet file with types of its own, by way of a CSV file beside it."""
    import duckdb  # only this file needs it, and it is slow to load

    staged = path.with_suffix(".csv")
    staged.write_bytes(csv_bytes(columns, rows))
    types = "types = {'id': 'BIGINT', 'updated_at': 'TIMESTAMP'}"
    duckdb.sql(f"copy (from read_csv('{sql_text(staged)}', {types})) to '{sql_text(path)}' (format parquet)")
    staged.unlink()


def sql_text(path: Path) -> str:
    """Write a path inside a quoted SQL string."""
    return str(path).replace("'", "''")


class Landing:
    """Writes one landing folder."""

    def __init__(self, root: Path, world: World, reporter: Reporter) -> None:
        """Write below the root."""
        self.root = root
        self.world = world
        self.reporter = reporter

    def write(self, path: str, data: bytes) -> None:
        """Write one file below the root."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def write_tables(self) -> None:
        """Write the tables of the other systems, in all the formats a landing folder may hold."""
        for name, columns in world.TABLES.items():
            rows = [[row.get(column, "") for column in columns] for row in self.world.tables[name]]
            if name == "zuora/subscription":
                half = len(rows) // 2
                self.write(f"{name}/part-1.csv", csv_bytes(columns, rows[:half]))
                self.write(f"{name}/part-2.csv", csv_bytes(columns, rows[half:]))
            elif name == "zuora/rate_plan_charge":
                self.write(f"{name}.csv.gz", gzipped(csv_bytes(columns, rows)))
            elif name == "zuora/rate_plan":
                # A loader that lower-cases names and adds a column of its own.
                loaded = [(*row, "2026-01-01T00:00:00Z") for row in rows]
                self.write(f"{name}.csv", csv_bytes([*map(str.lower, columns), "_sdc_batched_at"], loaded))
            elif name == "customers_dot/orders":
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                write_parquet(self.root / f"{name}.parquet", columns, rows)
            else:
                self.write(f"{name}.csv", csv_bytes(columns, rows))

    def write_namespaces(self) -> None:
        """Write seats every Monday, metrics every second Sunday."""
        arguments, dictionary = self.world.arguments, self.reporter.dictionary
        on_saas = [key for key in dictionary.tracked if dictionary.by_key[key].on_saas]
        for offset in range((arguments.as_of - arguments.first_day).days + 1):
            day = arguments.first_day + timedelta(days=offset)
            present = [entry for entry in self.world.namespaces if entry.first <= day]
            if day.weekday() == 0:
                rows = [self._seats(entry, day) for entry in present]
                self.write(f"saas/namespace_seats/ping_date={day}/seats.csv", csv_bytes(SEATS_COLUMNS, rows))
            elif day.toordinal() % 14 == 0:
                rows = [row for entry in present for row in self._namespace_metrics(entry, day, on_saas)]
                self.write(f"saas/namespace_metrics/ping_date={day}/metrics.csv", csv_bytes(METRICS_COLUMNS, rows))

    def _namespace_users(self, entry: LinkedNamespace, day: date) -> int:
        return users_on(Server(entry.namespace.users), (self.world.as_of - day).days)

    def _seats(self, entry: LinkedNamespace, day: date) -> tuple[object, ...]:
        users = self._namespace_users(entry, day)
        return entry.number, users, entry.seats, max(users, round(entry.namespace.users * 0.9))

    def _namespace_metrics(self, entry: LinkedNamespace, day: date, keys: list[str]) -> Iterator[tuple[object, ...]]:
        users, days = self._namespace_users(entry, day), (self.world.as_of - day).days
        counters = driven_counters(entry.namespace.profile, users, days)
        blank = entry.number % 2 == 0
        for key in keys:
            value = counters.get(key, int(self.reporter.dictionary.by_key[key].weight * users))
            if zlib.crc32(f"{entry.number}{key}".encode()) % 61 == 0:
                yield entry.number, key, -1, "PG::QueryCanceled: canceling statement due to statement timeout"
            else:
                yield entry.number, key, value, "" if blank else "Success"

    def write_pings(self, advance: Callable[[int, int], None]) -> int:
        """Write all Service Pings, day by day, and return how many were written."""
        by_day: dict[date, list[Delivery]] = defaultdict(list)
        total = 0
        for delivery in deliveries(self.world):
            by_day[delivery.received].append(delivery)
            total += 1
        odd = odd_lines(self.world.arguments)
        first_day = self.world.arguments.first_day
        done = 0
        for day in sorted(by_day.keys() | {day for day in odd if day >= first_day}):
            self._write_day(day, sorted(by_day.get(day, ())), odd.get(day, []))
            done += len(by_day.get(day, ()))
            advance(done, total)
        return total

    def _write_day(self, day: date, arrivals: list[Delivery], odd: list[bytes]) -> None:
        folder = f"service_ping/received_date={day}"
        lines: list[bytes] = []
        for delivery in arrivals:
            instance = self.world.instances[delivery.number]
            text = self.reporter.payload(instance, delivery.recorded, delivery.style)
            if instance.server.offline:
                pretty = json.dumps(json.loads(text), indent=2) + "\n"
                self.write(
                    f"{folder}/upload-{instance.hostname.lower()}-{delivery.recorded:%Y%m%d}.json", pretty.encode()
                )
            else:
                lines.append(text.encode())
        lines[1:1] = odd
        if not lines:
            return
        mark = b"\xef\xbb\xbf" if day == self.world.as_of - timedelta(days=BOM_AGE) else b""
        data = mark + b"\n".join(lines) + b"\n"
        if (self.world.as_of - day).days > PLAIN_DAYS:
            self.write(f"{folder}/pings.ndjson.gz", gzipped(data))
        else:
            self.write(f"{folder}/pings.ndjson", data)


# --- the whole ------------------------------------------------------------------------------------------------------


def marker_text(arguments: Arguments) -> str:
    """Return the arguments, with a digest of the code and the seeds that turn them into files."""
    digest = hashlib.sha256()
    sources = [Path(module.__file__) for module in (cast, world, payloads)]
    for path in (Path(__file__), *sources, *(SEEDS / name for name in SEED_FILES)):
        with suppress(FileNotFoundError):
            digest.update(path.read_bytes())
    values = asdict(arguments) | {"as_of": arguments.as_of.isoformat(), "made_by": digest.hexdigest()}
    return json.dumps(values, indent=2) + "\n"


def check_target(landing: Path) -> None:
    """Refuse to replace anything that is not a demo."""
    if landing.is_symlink() or (landing.exists() and not landing.is_dir()):
        raise SeatwiseError(f"{landing} is not a folder; choose another --landing")
    if landing.is_dir() and any(landing.iterdir()) and not (landing / MARKER).is_file():
        raise SeatwiseError(f"{landing} holds something else than a demo (no {MARKER} in it); choose another --landing")


def folder_size(folder: Path) -> int:
    """Add up the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class SlowProgress:
    """A progress bar that shows itself only when there is something to wait for."""

    def __init__(self) -> None:
        """Start waiting, without a bar."""
        self.started = time.monotonic()
        self.bar: Progress | None = None

    def __call__(self, done: int, total: int) -> None:
        """Show how far the work has come."""
        if self.bar is None:
            if time.monotonic() - self.started < PROGRESS_AFTER_SECONDS:
                return
            from rich.console import Console  # most runs end before they need a bar
            from rich.progress import Progress

            console = Console(stderr=True)
            self.bar = Progress(console=console, transient=True, disable=not console.is_terminal)
            self.bar.add_task("Service Pings", total=total)
            self.bar.start()
        self.bar.update(self.bar.task_ids[0], completed=done)

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()


def generate(landing: Path, arguments: Arguments) -> str:
    """Write the demo, whole or not at all, and say in one line what it is."""
    check_target(landing)
    marker = marker_text(arguments)
    if landing.is_dir() and (landing / MARKER).is_file() and (landing / MARKER).read_text() == marker:
        return f"{landing}: already the demo of these arguments, nothing to do"
    dictionary = Dictionary(arguments.metrics, arguments.seed)
    earliest = dictionary.releases[0][0]
    if arguments.first_day < earliest or arguments.as_of.year > LAST_YEAR:
        raise SeatwiseError(
            f"the months {arguments.first_day:%Y-%m} to {arguments.as_of:%Y-%m} are not all between "
            f"the first release known ({earliest:%Y-%m}) and {LAST_YEAR}"
        )
    target = landing.resolve()
    partial, former = (target.with_name(f".{target.name}.{word}") for word in ("partial", "former"))
    for leftover in (partial, former):
        shutil.rmtree(leftover, ignore_errors=True)
    partial.mkdir(parents=True)
    progress = SlowProgress()
    try:
        world = World(arguments)
        writer = Landing(partial, world, Reporter(arguments, dictionary))
        writer.write_tables()
        writer.write_namespaces()
        pings = writer.write_pings(progress)
        size = folder_size(partial)
        (partial / MARKER).write_text(marker)
        if target.exists():
            target.rename(former)
        partial.rename(target)
    finally:
        progress.close()
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)
    return f"{landing}: {pings:,} pings of {arguments.accounts:,} accounts, {size / 1e6:,.1f} MB"


def main(landing: Path, arguments: Arguments) -> int:
    """Write the demo, say in a line what it is, and return an exit code."""
    print(generate(landing, arguments))
    return 0
