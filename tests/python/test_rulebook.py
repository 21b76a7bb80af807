"""docs/rules.md, the rulebook, knows every rule that models and tests name, and names what holds and guards each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import PROJECT_ROOT

RULEBOOK = (PROJECT_ROOT / "docs/rules.md").read_text(encoding="utf-8")

# A rule, what it says, and the two lines below it; and the groups that rules stand in.
ENTRY = re.compile(
    r"^\*\*(R[\d.]+)\*\* (.+?)\n\n- Held by (.+?)\n- Guarded by (.+?)(?=\n\n|\Z)", re.MULTILINE | re.DOTALL
)
RULES = {rule: (held, guarded) for rule, _, held, guarded in ENTRY.findall(RULEBOOK)}
GROUPS = set(re.findall(r"^## (R\d+) ", RULEBOOK, re.MULTILINE))

# "R8.4 to R8.10" names the rules between, too.
SPAN = re.compile(r"\bR(\d+)\.(\d+) to R\1\.(\d+)\b")


def rules_in(text: str) -> set[str]:
    """Return the ids of the rules that a text names; of "R8 to R10" the first and the last alone."""
    named = set(re.findall(r"\bR\d+(?:\.\d+)?\b", text))
    for group, first, last in SPAN.findall(text):
        named |= {f"R{group}.{number}" for number in range(int(first), int(last) + 1)}
    return named


def files(*patterns: str) -> Iterator[Path]:
    """Yield the files of the project that match."""
    for pattern in patterns:
        yield from sorted(PROJECT_ROOT.glob(pattern))


def names_of(line: str) -> list[str]:
    """Return the names in code style of a line of the rulebook."""
    return re.findall(r"`([^`]+)`", line)


def text_of(name: str) -> str:
    """Return what a model, a test or a file says, with the YAML of its folder; "" where there is none of that name."""
    if "/" in name:
        return "".join(path.read_text(encoding="utf-8") for path in files(name))
    return "".join(
        path.read_text(encoding="utf-8")
        for pattern in (f"models/**/{name}.sql", f"tests/**/{name}.sql", f"tests/python/{name}")
        for path in files(pattern)
    )


def proof_of(name: str) -> str:
    """Return what a test says, or of a model the files of its folder that have unit tests of it."""
    model = next(files(f"models/**/{name}.sql"), None)
    if not model:
        return text_of(name)
    texts = [path.read_text(encoding="utf-8") for path in sorted(model.parent.glob("_*unit_tests.yml"))]
    return "".join(text for text in texts if f"model: {name}\n" in text)


def test_every_rule_says_what_holds_and_guards_it() -> None:
    """A rule of the rulebook has its two lines; none stands there twice."""
    assert re.findall(r"^\*\*(R[\d.]+)\*\*", RULEBOOK, re.MULTILINE) == list(RULES)


def test_every_rule_that_is_named_is_in_the_rulebook() -> None:
    """Models, macros, scripts, seeds and tests name no rule that docs/rules.md does not have."""
    unknown = {
        (str(path.relative_to(PROJECT_ROOT)), rule)
        for path in files(
            "models/**/*.sql",
            "models/**/*.yml",
            "models/*.md",
            "macros/*.sql",
            "seeds/*.yml",
            "scripts/**/*.py",
            "tests/*/*.sql",
            "tests/*/*.yml",
        )
        for rule in rules_in(path.read_text(encoding="utf-8")) - set(RULES) - GROUPS
    }

    assert unknown == set()


@pytest.mark.parametrize("rule", RULES)
def test_what_holds_and_guards_a_rule_is_there(rule: str) -> None:
    """What the rulebook names for a rule exists, and each test that it names has the rule's id."""
    held, guarded = (names_of(line) for line in RULES[rule])

    assert held
    assert guarded
    assert [name for name in held if not text_of(name)] == []
    assert [name for name in guarded if rule not in rules_in(proof_of(name))] == []
