"""A landing small enough to be worked out by hand, against results that were (tests/golden/README.md)."""

from __future__ import annotations

import csv
import gzip
import shutil
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from building import Built, build
from conftest import PROJECT_ROOT

GOLDEN = PROJECT_ROOT / "tests" / "golden"
EXPECTED = sorted((GOLDEN / "expected").glob("*.csv"))
AS_OF = date(2025, 4, 30)

# In the landing it is an archive; in the repository it is the text of one.
ARCHIVED = Path("service_ping/received_date=2025-03-28/pings.ndjson")

# Marts of which a part was worked out by hand: the columns that say which, the rest of the mart is not looked at.
PARTS = {
    "dim_metrics": ["key_path"],
    "fct_instance_metrics_monthly": ["month", "key_path"],
    "fct_account_health_measures_monthly": ["month"],
    "fct_usage_coverage_monthly": ["month"],
}
KEYS = {
    "dim_accounts": ["account_id"],
    "dim_account_families": ["account_id"],
    "dim_subscriptions": ["subscription_name"],
    "dim_instances": ["instance_id"],
    "dim_metrics": ["key_path"],
    "fct_instance_metrics_monthly": ["instance_id", "month", "key_path"],
    "fct_product_usage_monthly": ["instance_id", "month"],
    "fct_subscription_utilization_monthly": ["subscription_name", "month"],
    "fct_account_utilization_monthly": ["account_id", "month"],
    "fct_family_utilization_monthly": ["family_id", "month"],
    "fct_renewals_current": ["subscription_name"],
    "fct_usage_coverage_monthly": ["month", "slice", "slice_value"],
    "fct_account_health_measures_monthly": ["account_id", "month", "measure"],
    "fct_account_health_monthly": ["account_id", "month"],
    "fct_account_health_current": ["account_id"],
    "fct_account_health_declines": ["account_id", "month", "measure"],
    "fct_quarantined_pings": ["file", "line"],
    "fct_ping_loads": ["file"],
    "fct_availability_actions": ["subscription_name", "action"],
}
TOLERANCE = 1e-9

Cells = dict[str, str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build the landing once."""
    folder = tmp_path_factory.mktemp("golden")
    return build(land(folder / "landing"), AS_OF, folder)


def land(landing: Path) -> Path:
    """Write the landing into a folder that is not there yet."""
    shutil.copytree(GOLDEN / "landing", landing)
    text = landing / ARCHIVED
    text.with_name(f"{text.name}.gz").write_bytes(gzip.compress(text.read_bytes(), mtime=0))
    text.unlink()
    return landing


def written(value: Any) -> str:
    """Write a cell as the expected files do."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def number(text: str) -> Fraction | None:
    """Read a number or a fraction such as 60/80; None for what is neither."""
    try:
        top, _, bottom = text.partition("/")
        return Fraction(top) / Fraction(bottom or "1")
    except ValueError:
        return None


def same(expected: str, found: str) -> bool:
    """Compare two cells: a blank one is NULL, a number is never 0 by accident."""
    if expected == found:
        return True
    left, right = number(expected), number(found)
    return left is not None and right is not None and abs(left - right) <= TOLERANCE * max(1, abs(left))


def read_expected(file: Path) -> list[Cells]:
    """Return the rows that were worked out by hand."""
    with file.open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def differences(mart: str, expected: list[Cells], found: list[Cells]) -> list[str]:
    """Tell rows too many, rows too few, and each cell that differs, a line each."""
    ours = {tuple(row[column] for column in KEYS[mart]): row for row in expected}
    theirs = {tuple(row[column] for column in KEYS[mart]): row for row in found}
    lines = [f"{' '.join(key)}: missing" for key in ours.keys() - theirs.keys()]
    lines += [f"{' '.join(key)}: not expected" for key in theirs.keys() - ours.keys()]
    lines += [
        f"{' '.join(key)}: {column} is {theirs[key][column] or 'NULL'}, expected {cell or 'NULL'}"
        for key, row in ours.items()
        if key in theirs
        for column, cell in row.items()
        if not same(cell, theirs[key][column])
    ]
    return lines + ["two rows of one key"] * (len(theirs) != len(found))


@pytest.mark.parametrize("file", EXPECTED, ids=lambda file: file.stem)
def test_mart_is_as_worked_out_by_hand(built: Built, file: Path) -> None:
    """Every expected cell, and no row besides (R1 to R13)."""
    mart, expected = file.stem, read_expected(file)
    assert not differences(mart, expected, found_rows(mart, expected, built.query))


def found_rows(mart: str, expected: list[Cells], query: Callable[[str], list[tuple[Any, ...]]]) -> list[Cells]:
    """Return the rows of a mart, as text, that the expected ones are to be compared with."""
    columns = list(expected[0])
    rows = query(f"select {', '.join(columns)} from {mart}")
    found = [dict(zip(columns, map(written, row), strict=True)) for row in rows]
    for column in PARTS.get(mart, []):
        looked_at = {row[column] for row in expected}
        found = [row for row in found if row[column] in looked_at]
    return found


def test_every_mart_with_a_key_has_expectations() -> None:
    """No expected file is lost, and none is of a mart that this module does not know."""
    assert {file.stem for file in EXPECTED} == set(KEYS)
