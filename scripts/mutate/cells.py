"""Mutants of seeds: a bound, a weight or a rank one more or less in its last digit, a flag turned over."""

from __future__ import annotations

import csv
from pathlib import Path

import yaml

from scripts.mutate.places import Mutant, identity, stepped

FLAGS = {"true": "false", "false": "true"}
NUMBERS = frozenset({"double", "integer", "bigint"})

# Copied from GitLab's dictionary and calendar: no rule says what stands there, and a test could only copy it again.
COPIED = frozenset({"metric_definitions", "gitlab_releases"})


def mutants_of_seed(file: Path) -> list[Mutant]:
    """Return the mutants of a seed's file, a cell each: numbers and flags as the seed's YAML types them."""
    types = column_types(file.parent).get(file.stem, {})
    if file.stem in COPIED:
        return []
    with file.open(newline="", encoding="utf-8") as text:
        rows = list(csv.reader(text))
    found = []
    for number, cells in enumerate(rows[1:]):
        for position, (column, cell) in enumerate(zip(rows[0], cells, strict=True)):
            for other in other_values(cell, types.get(column, "")):
                after = [*cells[:position], other, *cells[position + 1 :]]
                before_line, after_line = ",".join(cells), ",".join(after)
                # A row is told by its other cells, so that rows may come and go.
                found.append(
                    Mutant(
                        identity(file.stem, "seed", before_line, after_line),
                        file.stem,
                        "seed",
                        number + 2,
                        before_line,
                        after_line,
                        cell=(number, column, other),
                    )
                )
    return found


def other_values(cell: str, kind: str) -> list[str]:
    """Return what else a cell could say."""
    if kind == "boolean" and cell in FLAGS:
        return [FLAGS[cell]]
    return stepped(cell) if kind in NUMBERS else []


def column_types(folder: Path) -> dict[str, dict[str, str]]:
    """Return the types of the columns of each seed in a folder, in lower case."""
    types = {}
    for file in sorted(folder.glob("*.yml")):
        for seed in yaml.safe_load(file.read_text(encoding="utf-8")).get("seeds", []):
            given = seed.get("config", {}).get("column_types", {})
            types[seed["name"]] = {column: kind.lower() for column, kind in given.items()}
    return types
