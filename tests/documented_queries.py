"""Queries of the documentation with what a build of the demo answers, which `main` writes into the pages.

A query is a block of SQL; the block after it, if it follows at once, is its answer.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from pathlib import Path

import duckdb

PROJECT_ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT_ROOT))

from scripts.query import SHOWN_ROWS, SHOWN_WIDTH  # noqa: E402

PAGES = (PROJECT_ROOT / "README.md", PROJECT_ROOT / "docs" / "queries.md")
QUERY = re.compile(r"```sql\n(?P<sql>.*?)\n```\n(?:\n```\n(?P<answer>.*?)\n```\n)?", re.DOTALL)


def answered(text: str, database: duckdb.DuckDBPyConnection) -> str:
    """Return a page with each of its queries followed by its answer, as `python -m scripts query` shows it."""

    def block(found: re.Match[str]) -> str:
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            database.sql(found["sql"]).show(max_rows=SHOWN_ROWS, max_width=SHOWN_WIDTH)
        return f"```sql\n{found['sql']}\n```\n\n```\n{shown.getvalue().rstrip()}\n```\n"

    return QUERY.sub(block, text)


def main(file: str) -> None:
    """Write the answers of a build of the demo into the pages."""
    with duckdb.connect(file, read_only=True) as database:
        for page in PAGES:
            page.write_text(answered(page.read_text(encoding="utf-8"), database), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
