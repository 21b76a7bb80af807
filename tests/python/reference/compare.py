"""Compares the marts of a built database with the reference, mart by mart, cell by cell.

python -m tests.python.reference.compare --landing DIR --as-of DATE --database FILE.duckdb [--mart NAME ...]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from .readable import CONTRACT
from .rulebook import Options, build
from .values import Holds, Open, Row

TOLERANCE = 1e-9
LISTS = ("not_available_subscriptions",)
TEXTS = ("raw_text",)
EXAMPLES = 3
FINDINGS = "fct_data_quality_findings"

KEYS: dict[str, tuple[str, ...]] = {
    "dim_accounts": ("account_id",),
    "dim_account_families": ("account_id",),
    "dim_subscriptions": ("subscription_name",),
    "dim_instances": ("instance_id",),
    "dim_metrics": ("key_path",),
    "fct_instance_metrics_monthly": ("instance_id", "month", "key_path"),
    "fct_product_usage_monthly": ("instance_id", "month"),
    "fct_subscription_utilization_monthly": ("subscription_name", "month"),
    "fct_account_utilization_monthly": ("account_id", "month"),
    "fct_family_utilization_monthly": ("family_id", "month"),
    "fct_renewals_current": ("subscription_name",),
    "fct_usage_coverage_monthly": ("month", "slice", "slice_value", "currency"),
    "fct_account_health_measures_monthly": ("account_id", "month", "measure"),
    "fct_account_health_monthly": ("account_id", "month"),
    "fct_account_health_current": ("account_id",),
    "fct_account_health_declines": ("account_id", "month", "measure"),
    "fct_quarantined_pings": ("file", "line"),
    "fct_ping_loads": ("file",),
    "fct_availability_actions": ("account_id", "subscription_name"),
    "fct_usage_reports": ("report_id",),
    FINDINGS: ("finding", "subject_id"),
}
# Marts whose rows the reference does not claim to know all: what it lacks here is no difference.
OPEN_ENDED = ("fct_family_utilization_monthly",)


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
    is_missing: bool = False
    unknown_columns: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Tell whether the mart agrees (no rule)."""
        return not (self.note or self.only_reference or self.only_database or self.repeated or self.cells)

    def note_cells(self, key: tuple, expected: Row, found: Row) -> None:
        """Note the cells of a row that differ (no rule)."""
        for column, value in expected.items():
            if column in found and not same(column, value, found[column]):
                self.cells.setdefault(column, []).append((key, value, found[column]))


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
    if isinstance(expected, Holds):
        text = str(found)
        return all(part in text or part in text.replace(",", "") for part in expected.parts)
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


def key_of(mart: str, row: Row, names: Iterable[str]) -> tuple:
    """Give a row's key (house: the grain of each mart)."""
    values = []
    for name in names:
        value = row.get(name)
        if mart == "fct_usage_coverage_monthly" and name == "slice_value" and row["slice"] == "all":
            value = None
        values.append(str(value)[:10] if isinstance(value, date) else value)
    return tuple(values)


def compare_mart(mart: str, expected: list[Row], found: list[Row] | None) -> Difference:
    """Compare one mart by key on the columns that both have (no rule)."""
    difference = Difference(mart, rows=len(expected))
    if found is None:
        difference.is_missing = True
        return difference
    if mart == FINDINGS:
        compare_findings(difference, expected, found)
        return difference
    # A key that the rules leave open is no key.
    names = [name for name in KEYS[mart] if not any(isinstance(row.get(name), Open) for row in expected)]
    if found and (missing := [name for name in names if name not in found[0]]):
        difference.note = f"key columns missing: {missing}"
        return difference
    if found and expected:
        difference.unknown_columns = [name for name in expected[0] if name not in found[0]]
    ours = {key_of(mart, row, names): row for row in expected}
    theirs: dict[tuple, Row] = {}
    for row in found:
        key = key_of(mart, row, names)
        if key in theirs and mart != "fct_availability_actions":
            difference.repeated.append(key)
        theirs[key] = row
    difference.only_reference = [key for key in ours if key not in theirs]
    difference.only_database = [key for key in theirs if key not in ours and mart not in OPEN_ENDED]
    for key, row in ours.items():
        if key in theirs:
            difference.note_cells(key, row, theirs[key])
    return difference


def compare_findings(difference: Difference, expected: list[Row], found: list[Row]) -> None:
    """Compare the findings that rules name: by subject, or by what their subject tells (R16.2)."""
    names = {row["finding"] for row in expected} | set(ALL_FINDINGS)
    theirs = [row for row in found if row["finding"] in names]
    used: set[int] = set()
    for row in expected:
        hits = [place for place, other in enumerate(theirs) if is_about(row, other)]
        used.update(hits)
        key = (row["finding"], row.get("about") or row["subject_id"])
        if not hits and not row.get("is_optional"):
            difference.only_reference.append(key)
        for place in hits[:1]:
            difference.note_cells(key, {name: row[name] for name in NOTED if name in row}, theirs[place])
    difference.only_database = [
        (row["finding"], row["subject_id"]) for place, row in enumerate(theirs) if place not in used
    ]


ALL_FINDINGS = (
    "unreadable_value",
    "date_not_midnight",
    "late_ping",
    "release_went_back",
    "label_without_instance",
    "input_without_account",
    "ambiguous_rate_plan",
    "parent_ring",
)
NOTED = ("subject_type", "account_id", "detail")


def is_about(expected: Row, found: Row) -> bool:
    """Tell whether two findings speak of the same thing (no rule)."""
    if expected["finding"] != found["finding"]:
        return False
    if "about" in expected:
        text = f"{found['subject_id']} {found['detail']}".lower()
        return any(part.lower() in text for part in expected["about"])
    return str(expected["subject_id"]).lower() == str(found["subject_id"]).lower()


def compare(
    landing: Path, as_of: date, database: Path, marts: Iterable[str] = (), options: Options | None = None
) -> list[Difference]:
    """Build by the rulebook and compare with a database (no rule)."""
    expected = build(landing, as_of, options)
    with duckdb.connect(str(database), read_only=True) as connection:
        as_far_as_built(expected, tables_of(connection))
        return [compare_mart(mart, expected[mart], read_mart(connection, mart)) for mart in marts or KEYS]


def as_far_as_built(expected: dict[str, list[Row]], tables: dict[str, set[str]]) -> None:
    """Leave out what belongs to a mart or table that the database has not got at all (no rule)."""

    def is_read(finding: Row) -> bool:
        """Tell whether the database reads the table of a file that a finding is about."""
        table = next(name for name in CONTRACT if finding["subject_id"].startswith((f"{name}.", f"{name}/")))
        return any(table.split("/")[1].rstrip("s") in name for name in tables)

    has_families = "dim_account_families" in tables
    expected[FINDINGS] = [
        row
        for row in expected[FINDINGS]
        if (row["subject_type"] != "file" or is_read(row)) and (row["finding"] != "parent_ring" or has_families)
    ]
    if not has_families:
        for row in expected["dim_accounts"]:
            row["parent_account_id"] = row["parent_account_id"] or Open()
    if "rank_scope" not in tables.get("fct_availability_actions", ()):
        actions = expected["fct_availability_actions"]
        expected["fct_availability_actions"] = [{**row, "action_rank": Open()} for row in actions if row["account_id"]]


def tables_of(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Read the names of all tables and their columns (no rule)."""
    tables: dict[str, set[str]] = {}
    query = "select table_name, column_name from information_schema.columns"
    for table, column in connection.execute(query).fetchall():
        tables.setdefault(table, set()).add(column)
    return tables


def show(difference: Difference, examples: int = EXAMPLES) -> str:
    """Write one mart's differences for reading: mart, column, key and both values (no rule)."""
    if difference.is_missing:
        return f"skip  {difference.mart}: no such table in the database"
    unknown = f"; not in the database: {', '.join(difference.unknown_columns)}" if difference.unknown_columns else ""
    if difference.is_clean:
        return f"ok    {difference.mart} ({difference.rows} rows{unknown})"
    lines = [f"DIFF  {difference.mart} ({difference.rows} rows in the reference{unknown}) {difference.note}".rstrip()]
    for title, keys in (
        ("only in reference", difference.only_reference),
        ("only in database", difference.only_database),
        ("repeated in database", difference.repeated),
    ):
        if keys:
            lines.append(f"  {title}: {len(keys)}, e.g. {keys[:examples]}")
    for column, cells in sorted(difference.cells.items(), key=lambda item: -len(item[1])):
        lines.append(f"  {difference.mart}.{column}: {len(cells)} cells differ")
        lines += [f"    {key}: reference {value!r}, database {other!r}" for key, value, other in cells[:examples]]
    return "\n".join(lines)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what a run may be told to a command line (landing contract)."""
    parser.add_argument("--seeds", type=Path)
    parser.add_argument("--first-month", type=date.fromisoformat)
    parser.add_argument("--reporting-currency")
    parser.add_argument("--source-time-zone")


def options_of(given: argparse.Namespace) -> Options:
    """Read what a run was told (landing contract)."""
    told = {item.name: getattr(given, item.name) for item in fields(Options)}
    return Options(**{name: value for name, value in told.items() if value is not None})


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison from the command line; 1 on any difference (no rule)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--landing", type=Path, required=True)
    parser.add_argument("--as-of", type=date.fromisoformat, required=True)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--mart", action="append", default=[], choices=sorted(KEYS))
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    add_options(parser)
    given = parser.parse_args(arguments)
    differences = compare(given.landing, given.as_of, given.database, given.mart, options_of(given))
    for difference in differences:
        print(show(difference, given.examples))
    return 0 if all(difference.is_clean for difference in differences) else 1


if __name__ == "__main__":
    sys.exit(main())
