"""The words that models write are rows of the seed that explains them."""

from __future__ import annotations

import csv
import re

from conftest import PROJECT_ROOT


def test_every_finding_has_an_owner_and_an_instruction() -> None:
    """R22.5 The kinds of findings that the models write are those of the seed, no more and no fewer."""
    written = set()
    for folder in ("models", "macros"):
        for path in (PROJECT_ROOT / folder).rglob("*.sql"):
            written |= set(re.findall(r"'(\w+)' as finding\b", path.read_text(encoding="utf-8")))
    with (PROJECT_ROOT / "seeds/findings.csv").open(encoding="utf-8", newline="") as file:
        explained = [row["finding"] for row in csv.DictReader(file)]

    assert sorted(written) == sorted(explained)
