"""`unique_grain`, the test of every key of several columns, can fail: it finds what breaks a grain and nothing else."""

from __future__ import annotations

import re

import duckdb
import jinja2
import pytest

from conftest import PROJECT_ROOT

UNIQUE_GRAIN = (PROJECT_ROOT / "tests/generic/unique_grain.sql").read_text()


def failing_rows(rows: str) -> list[tuple[object, ...]]:
    """Return the rows that the test finds in `(account_id, month)` pairs, which are written as SQL values."""
    body = re.sub(r"{% (?:test .*?|endtest) %}", "", UNIQUE_GRAIN)
    table = f"(values {rows}) as grain (account_id, month)"
    sql = jinja2.Template(body).render(model=table, columns=["account_id", "month"])
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
