"""Say what a warehouse has: what is published and how old it is, what runs now, how the last runs ended, sizes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from scripts.runs import read_runs
from scripts.settings import Settings, lock_holder, read_settings
from scripts.tables import age_in_words

SHOWN_RUNS = 5
UNITS = ("bytes", "kB", "MB", "GB", "TB")


def main() -> int:
    """Print the status of the warehouse and return an exit code."""
    settings = read_settings()
    console = Console(highlight=False)
    console.print(f"[bold]{escape(str(settings.warehouse))}[/]", soft_wrap=True)
    console.print(f"Published: {escape(published_in_words(settings))}", soft_wrap=True)
    holder = lock_holder(settings)
    console.print(f"At work: {f'process {holder}' if holder else 'nothing'}")
    runs = read_runs(settings)[-SHOWN_RUNS:]
    if runs:
        console.print(run_table(runs))
    else:
        console.print("No build has left a line yet.")
    console.print(size_table(settings))
    return 0


def published_in_words(settings: Settings) -> str:
    """Return in a line what readers have."""
    try:
        manifest = json.loads(settings.manifest_file.read_text(encoding="utf-8"))
        published_at = datetime.fromisoformat(manifest["published_at"]).replace(tzinfo=UTC)
        rows = sum(manifest["row_counts"].values())
        return (
            f"number {manifest['publication_number']}, as of {manifest['as_of_date']},"
            f" {age_in_words(published_at)} ({published_at:%Y-%m-%d %H:%M} UTC):"
            f" {len(manifest['row_counts'])} marts, {rows:,} rows"
        )
    except FileNotFoundError:
        return "nothing yet: run make build"
    except (json.JSONDecodeError, KeyError, TypeError, ValueError):
        return f"{settings.manifest_file} cannot be read: publish again with make publish"


def run_table(runs: list[dict[str, Any]]) -> Table:
    """Return the last runs, the latest first."""
    table = Table(
        "Began (UTC)", "Seconds", "Ended with", "What went wrong first", title="Last builds", title_justify="left"
    )
    for run in reversed(runs):
        began = str(run.get("started_at", ""))[:16].replace("T", " ")
        ended = f"{run.get('outcome')} ({run.get('exit_code')})"
        table.add_row(began, f"{run.get('seconds', 0):,.0f}", ended, escape(next(iter(run.get("problems") or []), "")))
    return table


def size_table(settings: Settings) -> Table:
    """Return what lies where, how large it is and when it last changed."""
    table = Table("What", "Where", "Size", "Changed (UTC)", title="Space", title_justify="left")
    places = {
        "published": settings.published_file,
        "published as Parquet": settings.warehouse / ".parquet",
        "build": settings.private_file.parent,
        "history of publications": settings.warehouse / ".history",
        "exports": settings.exports_folder,
        "logs": settings.logs,
        "dbt's files": settings.target,
    }
    for name, place in places.items():
        files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
        stats = [file.stat() for file in files if not file.is_symlink()]
        if stats:
            changed = datetime.fromtimestamp(max(stat.st_mtime for stat in stats), UTC)
            size = in_units(sum(stat.st_size for stat in stats))
            table.add_row(name, escape(shown(place)), size, f"{changed:%Y-%m-%d %H:%M}")
    return table


def shown(path: Path) -> str:
    """Return a path from the working folder, where it lies in it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def in_units(size: float) -> str:
    """Write a number of bytes."""
    for unit in UNITS[:-1]:
        if size < 1000:
            return f"{size:,.0f} {unit}"
        size /= 1000
    return f"{size:,.0f} {UNITS[-1]}"
