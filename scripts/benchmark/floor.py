"""dbt's own floor: a project of as many models that do nothing, parsed and run by the same dbt."""

from __future__ import annotations

import shutil
from pathlib import Path

PROJECT = """
name: floor
version: "1.0"
profile: floor
flags: {send_anonymous_usage_stats: false}
"""

PROFILE = """
floor:
  target: duckdb
  outputs: {duckdb: {type: duckdb, path: floor.duckdb, threads: %d}}
"""


def make_floor_project(folder: Path, nodes: int, threads: int) -> None:
    """Write a dbt project of so many views that select one row each."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(PROJECT, encoding="utf-8")
    (folder / "profiles.yml").write_text(PROFILE % threads, encoding="utf-8")
    for number in range(nodes):
        (folder / "models" / f"floor_{number}.sql").write_text("select 1 as one\n", encoding="utf-8")
