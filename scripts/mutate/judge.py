"""Runs the tests that can see a mutant: unit tests first, then what the golden warehouse becomes with it."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from scripts.duckdb_functions import Plugin
from scripts.mutate.places import Mutant, rendered
from scripts.mutate.plan import DataTest, Input, Node, Plan, Unit, import_tests
from scripts.settings import SeatwiseError

SECONDS = 10.0
KILLED, SURVIVED, INVALID, TIMED_OUT = "killed", "survived", "invalid", "timed out"

# What the engine says of SQL that is none, before it has read a row.
NO_SQL = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant, and which test said so."""

    verdict: str
    by: str = ""


class TimedOutError(Exception):
    """A query took longer than any should."""


@contextmanager
def limited(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Stop what runs longer than SECONDS; raises TimedOutError."""
    timer = threading.Timer(SECONDS, connection.interrupt)
    timer.start()
    try:
        yield
    except duckdb.InterruptException as error:
        raise TimedOutError from error
    finally:
        timer.cancel()


@cache
def functions() -> Plugin:
    """Return what registers the project's own functions of SQL."""
    return Plugin("seatwise", {})


def prepared(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Set a connection up as dbt's are, but with one thread."""
    connection.execute("set TimeZone = 'UTC'; set threads = 1; set enable_progress_bar = false")
    functions().configure_connection(connection)
    return connection


class Judge:
    """Judges mutants, one at a time, in a folder of its own."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        """Take the plan; the golden warehouse is copied when it is first asked."""
        self.plan = plan
        self.folder = folder
        self.units: dict[str, list[UnitTest]] = {}
        self.kills: Counter[str] = Counter()
        self.golden: Golden | None = None

    def judge(self, mutant: Mutant) -> Verdict:
        """Return the verdict of the first test that sees the mutant."""
        try:
            verdict = self.by_units(mutant)
            if verdict.verdict != SURVIVED:
                return verdict
            if self.golden is None:
                self.golden = Golden(self.plan, self.folder)
            return self.golden.judge(mutant)
        except TimedOutError:
            return Verdict(TIMED_OUT)

    def by_units(self, mutant: Mutant) -> Verdict:
        """Return what the unit tests say; those that killed most come first."""
        if mutant.target not in self.units:
            self.units.clear()
            self.units[mutant.target] = [
                UnitTest(unit) for unit in self.plan.units if mutant.target == unit.model or mutant.target in unit.seeds
            ]
        tests = sorted(self.units[mutant.target], key=lambda test: -self.kills[test.unit.name])
        for test in tests:
            verdict = test.judge(mutant)
            if verdict.verdict != SURVIVED:
                self.kills[test.unit.name] += 1
                return verdict
        return Verdict(SURVIVED)


class UnitTest:
    """A unit test whose inputs are tables of a database in memory."""

    def __init__(self, unit: Unit) -> None:
        """Make the inputs, and what is expected; raises SeatwiseError where the model itself fails the test."""
        self.unit = unit
        self.sql = rendered(unit.sql)
        self.connection = prepared(duckdb.connect())
        for name, given in unit.inputs.items():
            self.make_input(name, given)
        self.expected: list[str] = []
        self.columns = "*"
        self.expect()

    def make_input(self, name: str, given: Input) -> None:
        """Make the table of an input."""
        if given.sql:
            self.connection.execute(f"create table {name} as {given.sql}")
            return
        columns = ", ".join(f'"{column}" {kind}' for column, kind in given.columns.items())
        self.connection.execute(f"create table {name} ({columns})")
        if given.rows:
            rows = union_of(given.rows, given.columns)
            try:
                self.connection.execute(f"insert into {name} {rows}")
            except duckdb.ConversionException:
                # A blank cell of a seed's file that the model does not read: in a query nobody would have cast it.
                self.connection.execute(f"insert into {name} {rows.replace('cast(', 'try_cast(')}")

    def expect(self) -> None:
        """Read what is expected, typed as the model's own columns, and check that the model gives it."""
        expected = self.unit.expected
        if isinstance(expected, str):
            query = self.connection.execute(expected)
            names = [column[0] for column in query.description or ()]
            rows = query.fetchall()
        else:
            described = self.connection.execute(f"describe {self.sql}").fetchall()
            kinds = {name.lower(): kind for name, kind, *_ in described}
            names = [name.lower() for name in expected[0]] if expected else list(kinds)
            rows = self.connection.execute(union_of(expected, kinds, names)).fetchall() if expected else []
        self.columns = ", ".join(f'"{name}"' for name in names)
        self.expected = comparable(rows)
        found = self.rows(self.sql)
        if found != self.expected:
            raise SeatwiseError(f"{self.unit.model}: {self.unit.name} fails before any change: run `make test`")

    def rows(self, sql: str) -> list[str]:
        """Return the rows of the model's SQL, comparable."""
        with limited(self.connection):
            return comparable(self.connection.execute(f"select {self.columns} from (\n{sql}\n)").fetchall())

    def judge(self, mutant: Mutant) -> Verdict:
        """Say whether the test sees a mutant."""
        if mutant.cell:
            return self.judge_cell(mutant.target, *mutant.cell)
        sql = rendered(self.unit.sql, mutant.edits)
        return Verdict(SURVIVED) if sql == self.sql else self.compare(sql)

    def judge_cell(self, seed: str, row: int, column: str, value: str) -> Verdict:
        """Say whether the test sees a change of a seed that it reads."""
        self.connection.execute("begin")
        try:
            self.connection.execute(f"update {self.unit.seeds[seed]} set \"{column}\" = '{value}' where rowid = {row}")
            return self.compare(self.sql)
        finally:
            self.connection.execute("rollback")

    def compare(self, sql: str) -> Verdict:
        """Say whether a query gives what is expected."""
        try:
            same = self.rows(sql) == self.expected
        except NO_SQL as error:
            return Verdict(INVALID, first_line(error))
        except duckdb.Error:
            same = False
        return Verdict(SURVIVED) if same else Verdict(KILLED, f"unit test {self.unit.name}")


class Golden:
    """A copy of the golden warehouse, which each mutant changes within a transaction."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        """Copy the warehouse; what it holds unchanged passes its tests."""
        self.plan = plan
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / plan.database.name
        file.unlink(missing_ok=True)
        shutil.copy(plan.database, file)
        self.connection = prepared(duckdb.connect(str(file)))
        import_tests()
        import test_golden

        self.module = test_golden
        self.expected = {file.stem: test_golden.read_expected(file) for file in test_golden.EXPECTED}
        self.tests = [test for test in plan.tests if not self.fails(test)]
        self.types = {
            node.name: [(name, kind) for name, kind, *_ in self.query(f"describe {node.relation}")]
            for node in plan.nodes
        }

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with limited(self.connection):
            return self.connection.execute(sql).fetchall()

    def fails(self, test: DataTest) -> bool:
        """Say whether a data test finds a row."""
        return bool(self.query(f"select 1 from (\n{test.sql}\n) limit 1"))

    def judge(self, mutant: Mutant) -> Verdict:
        """Rebuild what the mutant changes, and look at it."""
        node = next(node for node in self.plan.nodes if node.name == mutant.target)
        if not mutant.cell and not node.is_rebuilt:
            return Verdict(SURVIVED)
        self.connection.execute("begin")
        try:
            return self.look(self.rebuild(mutant))
        except NO_SQL as error:
            return Verdict(INVALID, first_line(error))
        except duckdb.Error as error:
            return Verdict(KILLED, f"golden build: {first_line(error)}")
        finally:
            self.connection.execute("rollback")

    def rebuild(self, mutant: Mutant) -> set[str]:
        """Rebuild the mutant, then each node of which a parent has changed; return those whose rows are others."""
        changed: set[str] = set()
        for node in self.plan.nodes:
            if node.name == mutant.target:
                if mutant.cell:
                    row, column, value = mutant.cell
                    self.query(f"update {node.relation} set \"{column}\" = '{value}' where rowid = {row}")
                    changed.add(node.name)
                elif self.replace(node, mutant.edits):
                    changed.add(node.name)
            elif node.is_rebuilt and changed.intersection(node.parents) and self.replace(node):
                changed.add(node.name)
        return changed

    def replace(self, node: Node, edits: Sequence[Any] = ()) -> bool:
        """Put the rows of a model's SQL in the place of those it has; False where they are the same."""
        sql = rendered(node.sql, edits)
        if edits and sql == rendered(node.sql):
            return False
        self.query(f"create or replace temp table made as (\n{sql}\n)")
        names = ", ".join(f'"{name}"' for name, _ in self.types[node.name])
        counts = f"select (select count(*) from made), (select count(*) from {node.relation})"
        [(made, before)] = self.query(counts)
        if made == before:
            differing = f"(select {names} from made except all select {names} from {node.relation})"
            if not self.query(f"select 1 from {differing} limit 1"):
                return False
        self.query(f"delete from {node.relation}")
        self.query(f"insert into {node.relation} select {names} from made")
        return True

    def look(self, changed: set[str]) -> Verdict:
        """Say which test sees what has changed."""
        for mart in sorted(changed.intersection(self.expected)):
            expected = self.expected[mart]
            if self.module.differences(mart, expected, self.module.found_rows(mart, expected, self.query)):
                return Verdict(KILLED, f"golden {mart}")
        for test in self.tests:
            if changed.intersection(test.nodes) and self.fails(test):
                return Verdict(KILLED, f"data test {test.name}")
        return Verdict(SURVIVED)


def union_of(rows: Sequence[dict[str, Any]], kinds: dict[str, str], names: Sequence[str] = ()) -> str:
    """Write rows as a query; a column that a row does not name is NULL, each has its type."""
    selects = []
    for row in rows:
        told = {name.lower(): value for name, value in row.items()}
        cells = [f'cast({literal(told.get(name))} as {kinds[name]}) as "{name}"' for name in names or kinds]
        selects.append(f"select {', '.join(cells)}")
    return " union all ".join(selects)


def literal(value: Any) -> str:
    """Write a value of a unit test's YAML as SQL."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def comparable(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """Return rows in an order of their own, in which equal numbers of any type are equal."""
    return sorted(repr([plain(cell) for cell in row]) for row in rows)


def plain(value: Any) -> Any:
    """Return a value that is written as every equal one is, numbers to twelve digits."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return value
    return str(int(value)) if isinstance(value, int) or value % 1 == 0 else f"{value:.12g}"


def first_line(error: Exception) -> str:
    """Return the first line of an error."""
    return str(error).strip().splitlines()[0]
