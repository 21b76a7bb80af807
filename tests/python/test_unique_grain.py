"""`unique_grain`, the test of every key of several columns, can fail: it finds what breaks a grain and nothing else."""

from __future__ import annotations

import re

import duckdb
import jinja2
import pytest

from conftest import PROJECT_ROOT

UNIQUE_GRAIN = (PROJECT_ROOT / "tests/generic/unique_grain.sql").read_text()


def failing_rows(rows: str, columns: tuple[str, ...] = ("account_id", "month")) -> list[tuple[object, ...]]:
    """Return the rows that the test finds in `(account_id, month)` pairs, which are written as SQL values.

    Of the pair `columns` are those that may not be NULL.
    """
    body = re.sub(r"{% (?:test .*?|endtest) %}", "", UNIQUE_GRAIN)
    table = f"(values {rows}) as grain (account_id, month)"
    nullable = [column for column in ("account_id", "month") if column not in columns]
    sql = jinja2.Template(body).render(model=table, columns=list(columns), nullable_columns=nullable)
    return duckdb.sql(f"{sql} order by all").fetchall()


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("('a', 1), ('a', 2), ('b', 1)", []),
        ("('a', 1), ('a', 1), ('b', 1)", [("a", 1, 2)]),
        ("('a', 1), ('a', null)", [("a", None, 1)]),
        ("(null, 1), ('a', 1)", [(None, 1, 1)]),
        # As one text with a separator these are one key: 'a|1' and '2', 'a' and '1|2'.
        ("('a|1', '2'), ('a', '1|2')", []),
    ],
)
def test_a_broken_grain_is_found(rows: str, found: list[tuple[object, ...]]) -> None:
    """A NULL in a key or a key of two rows is a row of the answer."""
    assert failing_rows(rows) == found


def test_a_nullable_column_is_part_of_the_grain() -> None:
    """NULL is a value of a nullable column like any other: once it is fine, twice it is not."""
    assert failing_rows("('a', 1), ('a', null), ('b', null)", ("account_id",)) == []
    assert failing_rows("('a', null), ('a', null), ('b', 1)", ("account_id",)) == [("a", None, 2)]
