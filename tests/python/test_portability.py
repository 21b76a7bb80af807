"""The models are SQL that Snowflake and Spark read too, but for what a macro of macros/duckdb.sql writes for DuckDB.

sqlglot reads the compiled SQL as DuckDB's, writes it for each engine, and reads that again as the engine's own. Syntax
that an engine does not have, and a function that sqlglot does not know of it, are findings. That is no proof that a
query runs there: sqlglot takes some names for known that an engine lacks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from sqlglot import ErrorLevel, exp, parse_one
from sqlglot.errors import ParseError, UnsupportedError

from building import Built

pytestmark = pytest.mark.slow

ENGINES = ("snowflake", "spark")
ENGINE_MACROS = "macros/duckdb.sql"


class Allowed(NamedTuple):
    """A finding that a macro accounts for: another engine gets that macro in its own words."""

    finding: str
    macro: str
    reason: str


ALLOWED = (
    Allowed("function timezone", "utc_timestamp_of", "Spark has to_utc_timestamp, Snowflake convert_timezone"),
    Allowed("function timezone", "local_moment_of", "Spark has to_utc_timestamp, Snowflake convert_timezone"),
    Allowed(
        "function generate_subscripts", "unnest_with_position", "Spark has posexplode, Snowflake flatten with its index"
    ),
    Allowed("function seatwise_is_purged", "is_purged", "both have functions of their own in Python"),
    Allowed("Unsupported TRY function", "json_values", "both have try_parse_json"),
    Allowed("Unsupported JSONPathPart type JSONPathWildcard", "json_text_list", "Snowflake has flatten"),
)


def findings(sql: str, engine: str) -> Iterator[str]:
    """Yield what keeps a query of DuckDB from being one of `engine`, in sqlglot's words or as `function name`."""
    tree = parse_one(sql, read="duckdb")
    try:
        tree.sql(dialect=engine, unsupported_level=ErrorLevel.RAISE, max_unsupported=1000)
    except UnsupportedError as error:
        yield from {line.strip() for line in str(error).splitlines()} - {""}
    try:
        written = parse_one(tree.sql(dialect=engine, unsupported_level=ErrorLevel.IGNORE), read=engine)
    except ParseError as error:
        yield str(error)
        return
    yield from {f"function {call.name.lower()}" for call in written.find_all(exp.Anonymous)}


@pytest.fixture(scope="module")
def compiled(demo: Built) -> tuple[dict[str, str], Mapping[str, Any]]:
    """Return the compiled SQL of each model, by name, and the manifest beside it."""
    target = demo.database.parents[2] / "target"
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    folder = target / "compiled" / "seatwise"
    queries = {node["name"]: (folder / node["original_file_path"]).read_text(encoding="utf-8") for node in models}
    return queries, manifest


def macros_of(model: str, manifest: Mapping[str, Any]) -> set[str]:
    """Return the names of the engine's macros that a model calls, by way of others too."""
    waiting = list(manifest["nodes"][f"model.seatwise.{model}"]["depends_on"]["macros"])
    seen: set[str] = set()
    while waiting:
        if (macro := waiting.pop()) not in seen:
            seen.add(macro)
            waiting += manifest["macros"][macro]["depends_on"]["macros"]
    return {
        manifest["macros"][macro]["name"]
        for macro in seen
        if manifest["macros"][macro]["original_file_path"] == ENGINE_MACROS
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_models_are_portable(compiled: tuple[dict[str, str], Mapping[str, Any]], engine: str) -> None:
    """Nothing stands in the way of a model but what a macro of the engine writes."""
    queries, manifest = compiled
    found = []
    for model, sql in sorted(queries.items()):
        macros = macros_of(model, manifest)
        allowed = {known.finding for known in ALLOWED if known.macro in macros}
        found += [f"{model}: {finding}" for finding in findings(sql, engine) if finding not in allowed]
    assert found == []


def test_no_exception_is_left_over(compiled: tuple[dict[str, str], Mapping[str, Any]]) -> None:
    """Each exception is of a macro that there is, and of something that its models still do."""
    queries, manifest = compiled
    for known in ALLOWED:
        models = [model for model in queries if known.macro in macros_of(model, manifest)]
        assert any(known.finding in findings(queries[model], engine) for model in models for engine in ENGINES), known


@pytest.mark.parametrize(
    ("sql", "finding"),
    [
        ("select strip_accents(name) as name from accounts", "function strip_accents"),
        ("select try(cast(name as int)) as number from accounts", "Unsupported TRY function"),
    ],
)
def test_a_finding_is_found(sql: str, finding: str) -> None:
    """What only DuckDB knows is found."""
    assert {finding in findings(sql, engine) for engine in ENGINES} == {True}
