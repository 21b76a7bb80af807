"""What judging mutants needs of dbt, made once: every test as SQL that can be changed, and a built golden warehouse."""

from __future__ import annotations

import csv
import hashlib
import pickle
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb

from scripts.mutate.cells import mutants_of_seed
from scripts.mutate.places import Mutant, marked, mutants_of, rendered
from scripts.settings import PROJECT_ROOT, SeatwiseError

TESTS = PROJECT_ROOT / "tests" / "python"
FOLDER = PROJECT_ROOT / "target" / "mutate"
FILES = ("models/**/*", "macros/**/*", "seeds/*", "tests/**/*.sql", "tests/golden/**/*", "dbt_project.yml")


@dataclass
class Input:
    """What stands for a table in a unit test: rows, or the SQL of them; columns are typed as those of `relation`."""

    relation: str
    rows: list[dict[str, Any]]
    sql: str = ""
    columns: dict[str, str] = field(default_factory=dict)


@dataclass
class Unit:
    """A unit test: the model's SQL with its marks, what it reads, what is expected (rows, or the SQL of them).

    `seeds` are the inputs that are read from a seed's file.
    """

    name: str
    model: str
    sql: str
    inputs: dict[str, Input]
    expected: list[dict[str, Any]] | str
    seeds: dict[str, str]


@dataclass
class Node:
    """A model or seed of the golden warehouse; a seed has no SQL."""

    name: str
    relation: str
    sql: str
    parents: list[str]
    is_rebuilt: bool


@dataclass
class DataTest:
    """A data test of error severity: the rows of its query are what is wrong."""

    name: str
    sql: str
    nodes: list[str]


@dataclass
class Plan:
    """All that workers need. Nodes are in an order in which each stands behind its parents."""

    mutants: list[Mutant]
    units: list[Unit] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    tests: list[DataTest] = field(default_factory=list)
    database: Path = Path()
    golden_key: str = ""

    def unit_key(self, target: str) -> str:
        """Return the fingerprint of the unit tests that can see a model or seed."""
        parts = [
            (unit.name, rendered(unit.sql), unit.inputs, unit.expected)
            for unit in self.units
            if target == unit.model or target in unit.seeds
        ]
        return fingerprint(repr(sorted(parts, key=repr)).encode())


def fingerprint(*parts: bytes) -> str:
    """Return a short hash."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]


def project_files() -> Iterator[Path]:
    """Yield the files that a plan is made of."""
    for pattern in FILES:
        yield from sorted(path for path in PROJECT_ROOT.glob(pattern) if path.is_file())
    yield from (Path(__file__).with_name(f"{name}.py") for name in ("cells", "places", "plan"))


def all_mutants() -> list[Mutant]:
    """Return every mutant of every model and seed."""
    found = []
    for file in sorted(PROJECT_ROOT.glob("models/**/*.sql")):
        found += mutants_of(file.stem, file.read_text(encoding="utf-8"))
    for file in sorted(PROJECT_ROOT.glob("seeds/*.csv")):
        found += mutants_of_seed(file)
    return found


def make_plan(say: Callable[[str], None]) -> Plan:
    """Return the plan of the project as it is, made before or now."""
    key = fingerprint(*(part for path in project_files() for part in (path.name.encode(), path.read_bytes())))
    folder = FOLDER / "plan"
    kept = folder / f"{key}.pickle"
    if not kept.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        made = Maker(folder, say).make()
        kept.write_bytes(pickle.dumps(made))
    plan: Plan = pickle.loads(kept.read_bytes())  # noqa: S301 (of an earlier run)
    return plan


def import_tests() -> None:
    """Let the modules of the tests be imported: what builds with dbt in this process is theirs."""
    if str(TESTS) not in sys.path:
        sys.path.insert(0, str(TESTS))


class Maker:
    """Makes a plan in a folder."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        """Take the folder; `say` is told what is being done."""
        self.folder = folder
        self.say = say

    def make(self) -> Plan:
        """Build the golden landing, and take every test apart."""
        import_tests()
        from dbt.contracts.graph.manifest import Manifest

        import building
        from conftest import DEMO_AS_OF, DEMO_CURRENCY
        from test_golden import AS_OF, land

        self.say("Parsing the project ...")
        content = building.manifest().to_msgpack()
        plan = Plan(all_mutants())
        manifest = Manifest.from_msgpack(content)
        by_target: dict[str, list[Mutant]] = {}
        for mutant in plan.mutants:
            by_target.setdefault(mutant.target, []).append(mutant)
        for node in manifest.nodes.values():
            if node.resource_type == "model":
                node.raw_code = marked(
                    node.raw_code, [mutant for mutant in by_target.get(node.name, []) if mutant.edits]
                )

        self.say("Building the golden landing ...")
        landing = self.folder / "landing"
        land(landing)
        built = building.build(landing, AS_OF, self.folder)
        settings = building.replace(building.settings_in(self.folder), landing=landing, is_demo=False, as_of=AS_OF)
        with building.environment_of(settings), chdir(PROJECT_ROOT):
            self.say("Compiling models and data tests ...")
            compiled = self.invoke(manifest, ["compile", "--full-refresh"])
            self.take_nodes(plan, manifest, [result.node for result in compiled.results])
        # Unit tests speak for the demo's date, as dbt has it for them.
        settings = building.replace(settings, as_of=DEMO_AS_OF, reporting_currency=DEMO_CURRENCY)
        with building.environment_of(settings), chdir(PROJECT_ROOT), captured(plan.units):
            self.say("Taking the unit tests apart ...")
            self.invoke(manifest, ["test", "--threads", "1", "--select", "test_type:unit"])
        plan.database = built.database
        type_inputs(plan)
        self.make_tables(plan)
        parts = [repr((node.name, rendered(node.sql))) for node in plan.nodes] + [repr(test) for test in plan.tests]
        golden = [
            path.read_bytes() for path in sorted((PROJECT_ROOT / "tests" / "golden").rglob("*.*")) if path.is_file()
        ]
        seeds = [path.read_bytes() for path in sorted((PROJECT_ROOT / "seeds").glob("*.csv"))]
        plan.golden_key = fingerprint(*(part.encode() for part in parts), *golden, *seeds)
        return plan

    def invoke(self, manifest: Any, arguments: Sequence[str]) -> Any:
        """Run a dbt command on the marked project; nothing may fail before anything is changed."""
        from dbt.cli.main import dbtRunner

        from scripts.dbt_runner import close_database

        result = dbtRunner(manifest=manifest).invoke(["--log-level", "none", "--no-write-json", *arguments])
        close_database()
        if not result.success:
            failed = [
                f"{item.node.name}: {item.message}"
                for item in getattr(result.result, "results", [])
                if str(item.status) in ("fail", "error")
            ]
            what = failed[0] if failed else str(result.exception)
            raise SeatwiseError(f"before any change this fails: {what}: run `make test` and mend it first")
        return result.result

    def take_nodes(self, plan: Plan, manifest: Any, compiled: Sequence[Any]) -> None:
        """Take models, seeds and data tests as dbt has compiled them."""
        codes = {node.unique_id: node.compiled_code for node in compiled}
        nodes = {
            unique_id: node for unique_id, node in manifest.nodes.items() if node.resource_type in ("model", "seed")
        }
        done: set[str] = set()

        def take(unique_id: str) -> None:
            if unique_id in done or unique_id not in nodes:
                return
            done.add(unique_id)
            node = nodes[unique_id]
            parents = [parent for parent in getattr(node.depends_on, "nodes", []) if parent in nodes]
            for parent in parents:
                take(parent)
            plan.nodes.append(
                Node(
                    node.name,
                    f'"{node.schema}"."{node.alias}"',
                    codes.get(unique_id) or "",
                    [nodes[parent].name for parent in parents],
                    # What the landing's streams give, they give to one connection of one run.
                    node.resource_type == "model" and node.config.materialized != "incremental",
                )
            )

        for unique_id in sorted(nodes):
            take(unique_id)
        for unique_id, node in manifest.nodes.items():
            if node.resource_type == "test" and node.config.severity.lower() == "error" and codes.get(unique_id):
                on = [nodes[parent].name for parent in node.depends_on.nodes if parent in nodes]
                plan.tests.append(DataTest(node.name, codes[unique_id], on))

    def make_tables(self, plan: Plan) -> None:
        """Make a table of each view, so that all relations are changed and compared alike."""
        with duckdb.connect(str(plan.database)) as connection:
            views = connection.execute(
                "select schema_name, view_name from duckdb_views() where not internal and schema_name <> 'landing'"
            ).fetchall()
            for schema, view in views:
                connection.execute(f'create table "{schema}"."{view}__rows" as select * from "{schema}"."{view}"')
            for schema, view in views:
                connection.execute(f'drop view "{schema}"."{view}"')
                connection.execute(f'alter table "{schema}"."{view}__rows" rename to "{view}"')


@contextmanager
def captured(units: list[Unit]) -> Iterator[None]:
    """Have dbt render unit tests, not run them, and keep each."""
    from dbt.artifacts.resources import UnitTestFormat
    from dbt.contracts.graph.nodes import UnitTestNode
    from dbt.task.test import TestRunner, UnitTestResultData

    def on_test(self: Any, definition: Any, manifest: Any) -> tuple[UnitTestNode, UnitTestResultData]:
        inner = self.build_unit_test_manifest_from_test(definition, manifest)
        node = inner.nodes[definition.unique_id]
        self.compiler._compile_code(node, inner, {})
        inputs = {}
        given_rows = dict(
            zip((one for one in node.depends_on.nodes if one in inner.nodes), definition.given, strict=True)
        )
        for unique_id, given in given_rows.items():
            read = inner.nodes[unique_id]
            relation = f'"{read.schema}"."{read.identifier}"'
            name = f"__dbt__cte__{getattr(read, 'cte_name', read.name)}"
            if given.format == UnitTestFormat.SQL:
                self.compiler._compile_code(read, inner, {})
                inputs[name] = Input(relation, [], read.compiled_code)
            else:
                inputs[name] = Input(relation, given.rows or [])
        units.append(
            Unit(
                definition.name,
                definition.model,
                node.compiled_code,
                inputs,
                definition.expect.rows or [],
                read_seeds(definition),
            )
        )
        return node, UnitTestResultData(should_error=False, adapter_response={})

    with patch.object(TestRunner, "execute_unit_test", on_test):
        yield


def type_inputs(plan: Plan) -> None:
    """Give the inputs of unit tests the columns and types of the tables they stand for."""
    with duckdb.connect(str(plan.database), read_only=True) as connection:
        rows = connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() order by column_index"
        ).fetchall()
    columns: dict[str, dict[str, str]] = {}
    for schema, table, column, kind in rows:
        columns.setdefault(f'"{schema}"."{table}"', {})[column.lower()] = kind
    for unit in plan.units:
        for one in unit.inputs.values():
            one.columns = columns.get(one.relation, {})


def read_seeds(definition: Any) -> dict[str, str]:
    """Return the seeds whose files a unit test reads, with the names of the inputs."""
    seeds = {}
    for given in definition.given:
        name = re.fullmatch(r"ref\(['\"](\w+)['\"]\)", given.input.strip())
        file = PROJECT_ROOT / "seeds" / f"{name[1]}.csv" if name else None
        if file and file.exists():
            with file.open(newline="", encoding="utf-8") as text:
                header, *lines = csv.reader(text)
            # dbt has read the file for it, and says so no more.
            rows = given.rows or []
            if len(rows) == len(lines) and rows and list(rows[0]) == header:
                seeds[file.stem] = f"__dbt__cte__{file.stem}"
    return seeds
