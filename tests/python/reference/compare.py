"""Compares the marts of a built database with the reference, mart by mart, cell by cell.

python -m tests.python.reference.compare --landing DIR --as-of DATE --database FILE.duckdb [--mart NAME ...]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from .rulebook import KEYS, build
from .values import Open, Row

TOLERANCE = 1e-9
LISTS = ("not_available_subscriptions",)
TEXTS = ("raw_text",)
EXAMPLES = 3


@dataclass
class Difference:
    """How one mart differs (no rule)."""

    mart: str
    note: str = ""
    only_reference: list[tuple] = field(default_factory=list)
    only_database: list[tuple] = field(default_factory=list)
    repeated: list[tuple] = field(default_factory=list)
    cells: dict[str, list[tuple[tuple, Any, Any]]] = field(default_factory=dict)
    rows: int = 0

    @property
    def is_clean(self) -> bool:
        """Tell whether the mart agrees (no rule)."""
        return not (self.note or self.only_reference or self.only_database or self.repeated or self.cells)


def simple(value: Any) -> Any:
    """Bring a database value to the reference's types (no rule)."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime) and value.tzinfo:
        return value.replace(tzinfo=None)
    return value


def as_list(value: Any) -> list[str]:
    """Read a list that may be stored as text (R9.5: the names of subscriptions)."""
    if value is None:
        return []
    items = value if isinstance(value, list | tuple) else str(value).replace(";", ",").split(",")
    return sorted(item.strip() for item in items if item.strip())


def is_number(value: Any) -> bool:
    """Tell a number from everything else (no rule)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(column: str, expected: Any, found: Any) -> bool:
    """Compare two cells: numbers by tolerance, text exactly, NULL is NULL (no rule)."""
    if isinstance(expected, Open):
        return not expected.allowed or any(same(column, choice, found) for choice in expected.allowed)
    expected, found = simple(expected), simple(found)
    if column in LISTS:
        return as_list(expected) == as_list(found)
    if expected is None or found is None:
        return expected is None and found is None
    if column in TEXTS:
        return expected.strip("\ufeff \t\r\n") == str(found).strip("\ufeff \t\r\n")
    if is_number(expected) and is_number(found):
        if isinstance(expected, int) and isinstance(found, int):
            return expected == found
        return abs(expected - found) <= TOLERANCE * max(1.0, abs(expected), abs(found))
    if is_number(expected) != is_number(found):
        return str(expected) == str(found)
    if isinstance(expected, datetime) != isinstance(found, datetime) and isinstance(expected, date):
        return str(expected)[:10] == str(found)[:10] and str(max(str(expected), str(found)))[10:] in ("", " 00:00:00")
    return expected == found


def read_mart(connection: duckdb.DuckDBPyConnection, mart: str) -> list[Row] | None:
    """Read a mart of the database, times in UTC; None where there is none (no rule)."""
    found = connection.execute(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = 'main' and table_name = ? order by ordinal_position",
        [mart],
    ).fetchall()
    if not found:
        return None
    columns = [
        f"\"{name}\" at time zone 'UTC'" if kind == "TIMESTAMP WITH TIME ZONE" else f'"{name}"' for name, kind in found
    ]
    rows = connection.execute(f"select {', '.join(columns)} from main.{mart}").fetchall()
    return [dict(zip((name for name, _ in found), row, strict=True)) for row in rows]


def key_of(mart: str, row: Row) -> tuple:
    """Give a row's key (house: the grain of each mart)."""
    return tuple(
        str(value)[:10] if isinstance(value, date) else value for value in (row.get(name) for name in KEYS[mart])
    )


def compare_mart(mart: str, expected: list[Row], found: list[Row] | None) -> Difference:
    """Compare one mart by key on the columns that both have (no rule)."""
    difference = Difference(mart, rows=len(expected))
    if found is None:
        difference.note = "no such table in the database"
        return difference
    if found and (missing := [name for name in KEYS[mart] if name not in found[0]]):
        difference.note = f"key columns missing: {missing}"
        return difference
    ours = {key_of(mart, row): row for row in expected}
    theirs: dict[tuple, Row] = {}
    for row in found:
        key = key_of(mart, row)
        if key in theirs and mart != "fct_availability_actions":
            difference.repeated.append(key)
        theirs[key] = row
    difference.only_reference = [key for key in ours if key not in theirs]
    difference.only_database = [key for key in theirs if key not in ours]
    for key, row in ours.items():
        for column, value in row.items():
            if key in theirs and column in theirs[key] and not same(column, value, theirs[key][column]):
                difference.cells.setdefault(column, []).append((key, value, theirs[key][column]))
    return difference


def compare(landing: Path, as_of: date, database: Path, marts: Iterable[str] = (), **options: Any) -> list[Difference]:
    """Build by the rulebook and compare with a database (no rule)."""
    expected = build(landing, as_of, **options)
    with duckdb.connect(str(database), read_only=True) as connection:
        return [compare_mart(mart, expected[mart], read_mart(connection, mart)) for mart in marts or KEYS]


def show(difference: Difference) -> str:
    """Write one mart's differences for reading (no rule)."""
    if difference.is_clean:
        return f"ok    {difference.mart} ({difference.rows} rows)"
    lines = [f"DIFF  {difference.mart} ({difference.rows} rows in the reference) {difference.note}".rstrip()]
    for title, keys in (
        ("only in reference", difference.only_reference),
        ("only in database", difference.only_database),
        ("repeated in database", difference.repeated),
    ):
        if keys:
            lines.append(f"  {title}: {len(keys)}, e.g. {keys[:EXAMPLES]}")
    for column, cells in sorted(difference.cells.items(), key=lambda item: -len(item[1])):
        lines.append(f"  {column}: {len(cells)} cells differ")
        lines += [f"    {key}: reference {value!r}, database {other!r}" for key, value, other in cells[:EXAMPLES]]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison from the command line; 1 on any difference (no rule)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--as-of", type=date.fromisoformat, required=True)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--mart", action="append", default=[], choices=sorted(KEYS))
    parser.add_argument("--seeds", type=Path)
    parser.add_argument("--first-month", type=date.fromisoformat)
    given = parser.parse_args(arguments)
    differences = compare(
        given.landing, given.as_of, given.database, given.mart, seeds=given.seeds, first_month=given.first_month
    )
    for difference in differences:
        print(show(difference))
    return 0 if all(difference.is_clean for difference in differences) else 1


if __name__ == "__main__":
    sys.exit(main())
