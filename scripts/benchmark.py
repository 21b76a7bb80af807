"""How long from raw payloads to marts, as a ratio to a bare scan of the same bytes in the same run.

Machines are noisy and differ: seconds of two runs say little, the ratio within one run says what the project adds.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from scripts.dbt_runner import run_dbt
from scripts.settings import SeatwiseError, Settings, read_settings

SCAN = """
    select count(*), sum(strlen(line))
    from read_csv(
        '{landing}/service_ping/received_date=*/*.ndjson*', columns = {{line: 'VARCHAR'}}, delim = '\x01', quote = '',
        escape = '', header = false, auto_detect = false, max_line_size = 16000000, ignore_errors = true
    )
"""


def seconds(work: Callable[[], object]) -> float:
    """Return how many seconds a piece of work took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def scan(settings: Settings) -> tuple[int, int]:
    """Read every payload line and nothing more; return how many lines and bytes there were."""
    import duckdb

    with duckdb.connect() as database:
        database.execute(f"set threads = {settings.threads}")
        return database.execute(SCAN.format(landing=settings.landing)).fetchone()


def build(settings: Settings) -> dict[str, float]:
    """Build all models and seeds, without tests; return the seconds that each model took.

    Raises SeatwiseError, one line, where a model fails.
    """
    run = run_dbt(("build", "--resource-type", "model", "--resource-type", "seed"), settings)
    if run.problems:
        raise SeatwiseError(run.problems[0])
    return {outcome.name: outcome.seconds for outcome in run.outcomes if outcome.kind == "model"}


def main(slowest_count: int) -> int:
    """Measure the landing of SEATWISE_LANDING (or the demo), print the ratios, and return an exit code.

    `slowest_count` is how many of the slowest models are listed.
    """
    console = Console(highlight=False)

    with tempfile.TemporaryDirectory(prefix="seatwise-benchmark-") as folder:
        settings = replace(read_settings(), warehouse=Path(folder) / "warehouse", target=Path(folder) / "target")
        with console.status("scanning"):
            scan(settings)
            lines, size = scan(settings)
            scanned = seconds(lambda: scan(settings))
        if not size:
            raise SeatwiseError(f"{settings.landing} holds no payloads to measure")
        models: dict[str, float] = {}
        with console.status("building"):
            built = seconds(lambda: models.update(build(settings)))

    table = Table(
        title=f"{lines:,} payloads, {size / 1e6:,.0f} MB of text, {settings.threads} threads", title_justify="left"
    )
    for heading in ("what", "seconds", "times a bare scan"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    rows = {"bare scan": scanned, "dbt build, start to end": built, "all models": sum(models.values())}
    slowest = sorted(models.items(), key=lambda item: -item[1])[:slowest_count]
    for name, spent in [*rows.items(), *slowest]:
        table.add_row(name, f"{spent:.2f}", f"{spent / scanned:.1f}")
    console.print(table)
    return 0
