"""Check a landing without building anything: the headers of its files are read, and that they are whole.

Prints a line for each note (an optional file or column that is absent) and for each problem (a required one that is).
Exits with another code than 0 when there are problems (docs/running.md).
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from scripts.dbt_runner import DbtRun, run_dbt
from scripts.settings import Settings, read_settings


def preflight(settings: Settings, folder: Path) -> DbtRun:
    """Check the landing, working in `folder`: the warehouse and dbt's results of the last build stay as they are."""
    aside = replace(settings, warehouse=folder, target=folder / "target")
    return run_dbt(["run-operation", "open_landing"], aside)


def main() -> int:
    """Check the landing, print what is missing, and return an exit code."""
    settings = read_settings()
    with tempfile.TemporaryDirectory(prefix="seatwise-preflight-") as folder:
        run = preflight(settings, Path(folder))
    for note in run.notes:
        print(f"note: {note}")
    for problem in run.problems:
        print(f"problem: {problem}", file=sys.stderr)
    if run.problems:
        return run.exit_code
    print(f"{settings.landing} is ready to be built" + (" (the demo)" if settings.is_demo else ""))
    return 0
