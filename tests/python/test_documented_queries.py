"""Queries of README.md and docs/queries.md give what stands below them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from documented_queries import PAGES, QUERY, answered

from building import Built
from conftest import PROJECT_ROOT


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_answers_are_those_of_the_demo(demo: Built, page: Path) -> None:
    """Each query has its answer below it (python tests/documented_queries.py writes them)."""
    text = page.read_text(encoding="utf-8")
    with duckdb.connect(str(demo.database), read_only=True) as database:
        assert answered(text, database) == text
    assert all(found["answer"] for found in QUERY.finditer(text))


def test_the_guide_has_fifteen_questions() -> None:
    """Each under a heading of its own."""
    text = (PROJECT_ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    assert len(QUERY.findall(text)) == text.count("\n## ") == 15
