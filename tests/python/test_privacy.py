"""What the sources say of a licensee ends at staging."""

from __future__ import annotations

import re

import yaml

from conftest import PROJECT_ROOT

STAGING = PROJECT_ROOT / "models/staging"


def test_columns_of_licensees_end_at_staging() -> None:
    """R14.1 No model of a source reads a column that its description keeps there."""
    kept = set()
    for path in STAGING.glob("*/_*__sources.yml"):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                for column in table.get("columns", []):
                    if "R14.1" in column.get("description", ""):
                        kept.add((path.parent / f"stg_{source['name']}__{table['name']}.sql", column["name"]))

    assert {name for _, name in kept} >= {"company", "email"}
    assert [
        (model.name, name)
        for model, name in kept
        if re.search(rf"\b{name}\b", model.read_text(encoding="utf-8"), re.IGNORECASE)
    ] == []
