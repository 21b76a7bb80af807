"""What a run has to read and to forget, by comparing the landing with the ledger of what was read before (R23.1)."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import fsspec

from scripts.landing.contract import Column, Request, Table, null_words
from scripts.landing.files import find_files
from scripts.landing.readers import LandedFile, header, read_table
from scripts.settings import SeatwiseError

VERIFY = "SEATWISE_VERIFY"
ACCEPT_VANISHED = "SEATWISE_ACCEPT_VANISHED"
ARCHIVED_FILES = "operations/archived_files"
BLOCK = 1 << 20


@dataclass(frozen=True)
class LedgerRow:
    """A file that was read before, as it was then."""

    table_name: str
    file: str
    bytes: int
    modified_at: datetime
    etag: str | None
    content_hash: str | None
    parser_fingerprint: str
    landing_root: str
    is_archived: bool


@dataclass
class TablePlan:
    """What becomes of one table: files to read, paths whose rows go; `is_rebuilt`: nothing of it is kept."""

    table: Table
    read: list[LandedFile] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    content_hashes: dict[str, str] = field(default_factory=dict)
    is_rebuilt: bool = False
    columns: dict[str, list[str]] = field(default_factory=dict)
    missing_columns: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Plan:
    """What a run does with the landing; with problems it does nothing but tell them."""

    request: Request
    tables: list[TablePlan] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def parse_ledger(text: str | None) -> list[LedgerRow]:
    """Return the ledger, given as a JSON list of its rows."""
    names = LedgerRow.__dataclass_fields__
    rows = []
    for row in json.loads(text or "[]"):
        values = {name: value for name, value in row.items() if name in names}
        rows.append(LedgerRow(**{**values, "modified_at": datetime.fromisoformat(row["modified_at"])}))
    return rows


def make_plan(
    request: Request,
    fs: fsspec.AbstractFileSystem,
    root: str,
    ledger: Iterable[LedgerRow],
    relations: Mapping[tuple[str, str], str],
    environment: Mapping[str, str] = os.environ,
) -> Plan:
    """Compare the landing with the ledger.

    `relations` says of each relation of the database (schema, name) whether it is a table or a view. Raises
    SeatwiseError, one line, for a setting that is none.
    """
    verifies_content = parse_verify(environment.get(VERIFY, "").strip())
    plan = Plan(request)
    rows: dict[str, list[LedgerRow]] = {table.path: [] for table in request.tables}
    for row in ledger:
        rows.setdefault(row.table_name, []).append(row)

    found = {table.path: find_files(fs, root, table) for table in request.tables}
    patterns: list[str] = []
    for table in request.tables:
        if table.path == ARCHIVED_FILES:
            patterns = read_patterns(found[table.path].files, fs, table.columns, null_words(request.seeds))

    gone: list[str] = []
    known = 0
    other_roots: set[str] = set()
    for table in request.tables:
        files = found[table.path]
        here = {row.file: row for row in rows[table.path] if row.landing_root == request.root}
        other_roots |= {row.landing_root for row in rows[table.path]} - {request.root}
        step = compare(request, table, files.files, rows[table.path], here, relations, patterns)
        if verifies_content:
            verify(step, files.files, here, fs)
        plan.tables.append(step)
        plan.problems += files.problems
        plan.notes += files.notes
        plan.notes += absence_note(table, files.files)
        if table.is_required and not files.files:
            plan.problems.append(
                f"{table.path}: no such file (.csv, .csv.gz, .parquet or a folder of them) in {request.root}"
            )
        told = reread_note(request, table, list(here.values()))
        plan.notes += [told] if told else []
        plan.problems += lost_archives(step, rows[table.path], patterns)
        present = {file.path for file in files.files}
        vanished = [path for path in here if path not in present and not is_archived(path, patterns)]
        gone += vanished
        known += len(vanished) + len(present & here.keys())

    plan.notes += [
        f"the warehouse was built from {other}: everything is read again from {request.root}"
        for other in sorted(other_roots)
    ]
    stop = vanished_problem(request, gone, known, environment.get(ACCEPT_VANISHED, "").strip() == "1")
    if stop:
        plan.problems = [stop]
        return plan
    if gone:
        plan.notes.append(
            f"{len(gone):,} files read before are gone, such as {gone[0]}: what was read of them is dropped"
        )
    for step in plan.tables:
        if step.table.layout != "lines":
            check_headers(step, fs, plan)
    return plan


def compare(
    request: Request,
    table: Table,
    files: list[LandedFile],
    rows: Collection[LedgerRow],
    here: Mapping[str, LedgerRow],
    relations: Mapping[tuple[str, str], str],
    patterns: list[str],
) -> TablePlan:
    """Tell which files of a table are new or changed, which are gone, and which are kept though they are gone."""
    relation = table.reader if table.is_streamed else ("landing", table.identifier)
    is_built = relation is not None and relations.get(relation) == "BASE TABLE"
    refreshes = request.is_full_refresh and (table.is_reader_selected or not table.is_streamed)
    stamp = request.stamp(table)
    is_alike = len(here) == len(rows) and all(row.parser_fingerprint == stamp for row in rows)
    step = TablePlan(table, is_rebuilt=refreshes or not is_built or not rows or not is_alike)
    if step.is_rebuilt:
        step.read = list(files)
        step.forgotten = sorted(row.file for row in rows)
        return step
    present = {file.path for file in files}
    step.read = [file for file in files if file.path not in here or not is_same(file, here[file.path])]
    changed = {file.path for file in step.read} & here.keys()
    vanished = here.keys() - present
    kept = {path for path in vanished if is_archived(path, patterns)}
    step.forgotten = sorted(changed | (vanished - kept))
    step.archived = sorted(path for path in kept if not here[path].is_archived)
    step.restored = sorted(path for path in present & here.keys() if here[path].is_archived)
    return step


def is_same(file: LandedFile, row: LedgerRow) -> bool:
    """Tell whether a file is as it was when it was read; a bucket's etag says so better than its time."""
    if file.etag and row.etag:
        return (file.size, file.etag) == (row.bytes, row.etag)
    return (file.size, file.modified_at, file.etag) == (row.bytes, row.modified_at, row.etag)


def verify(
    step: TablePlan, files: list[LandedFile], here: Mapping[str, LedgerRow], fs: fsspec.AbstractFileSystem
) -> None:
    """Read whole files to see whether they hold what they held: for disks and tools that keep a file's time."""
    read = {file.path for file in step.read}
    for file in files:
        step.content_hashes[file.path] = content_hash(file, fs)
        row = here.get(file.path)
        if row and file.path not in read and row.content_hash != step.content_hashes[file.path]:
            step.read.append(file)
            step.forgotten.append(file.path)


def content_hash(file: LandedFile, fs: fsspec.AbstractFileSystem) -> str:
    """Return the SHA-256 hash of a file's bytes."""
    digest = hashlib.sha256()
    with fs.open(file.url, "rb") as content:
        while block := content.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def absence_note(table: Table, files: list[LandedFile]) -> list[str]:
    """Return what to say of an optional table without files."""
    if files or table.is_required:
        return []
    if table.layout == "lines":
        return [f"{table.path} holds no payloads: counts as empty"]
    return [f"{table.path} is absent: counts as empty"]


def reread_note(request: Request, table: Table, rows: Collection[LedgerRow]) -> str | None:
    """Return what to say of a table whose files are all read again because they would be read in another way."""
    stamp = request.stamp(table)
    if all(row.parser_fingerprint == stamp for row in rows):
        return None
    cause = "the tracked metrics or the way payloads are read" if table.layout == "lines" else "the way it is read"
    return f"{cause} changed: {table.path} is read again whole"


def lost_archives(step: TablePlan, rows: Collection[LedgerRow], patterns: list[str]) -> list[str]:
    """Return the problem that archived files would have to be read again, and are not there."""
    if not step.is_rebuilt or (step.table.is_streamed and not step.table.is_reader_selected):
        return []
    present = {file.path for file in step.read}
    lost = sorted(row.file for row in rows if row.file not in present and is_archived(row.file, patterns))
    if not lost:
        return []
    return [
        f"{step.table.path} has to be read again whole, but {len(lost):,} archived files are gone,"
        f" such as {lost[0]}: put them back, or take their pattern out of {ARCHIVED_FILES} to drop what was read of them"
    ]


def vanished_problem(request: Request, gone: list[str], known: int, accepts: bool) -> str | None:
    """Return the problem that too many files read before are gone: a folder that is not mounted is no silence."""
    if accepts or len(gone) <= request.maximum_vanished_share * known:
        return None
    return (
        f"{len(gone):,} of {known:,} files read before are gone from {request.root}, such as {gone[0]}:"
        f" is all of it mounted? {ACCEPT_VANISHED}=1 builds without them"
    )


def check_headers(step: TablePlan, fs: fsspec.AbstractFileSystem, plan: Plan) -> None:
    """Tell which columns the files to be read lack; what cannot be read for that is not read at all."""
    readable = []
    for file in step.read:
        try:
            names = list(dict.fromkeys(name.strip().lower() for name in header(file, fs)))
        except SeatwiseError as error:
            plan.problems.append(str(error))
            continue
        missing = [column for column in step.table.columns if column.name.lower() not in names]
        plan.problems += [f"{file.path}: column {column.name} is missing" for column in missing if column.is_required]
        plan.notes += [
            f"{file.path}: column {column.name} is missing: counts as NULL"
            for column in missing
            if not column.is_required
        ]
        step.columns[file.path] = sorted(names)
        step.missing_columns[file.path] = [column.name for column in missing]
        if not any(column.is_required for column in missing):
            readable.append(file)
    step.read = readable


def read_patterns(
    files: Iterable[LandedFile],
    fs: fsspec.AbstractFileSystem,
    columns: tuple[Column, ...],
    words: frozenset[str],
    read: Callable[..., Any] = read_table,
) -> list[str]:
    """Return the patterns of operations/archived_files; a file that cannot be read is told elsewhere."""
    patterns: list[str] = []
    for file in files:
        try:
            for batch in read(file, fs, columns, words):
                patterns += [text.strip() for text in batch.column("path_pattern").to_pylist() if text]
        except SeatwiseError:
            continue
    return patterns


def is_archived(path: str, patterns: list[str]) -> bool:
    """Tell whether a pattern names a file; an asterisk also stands for slashes."""
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def parse_verify(text: str) -> bool:
    """Return whether the bytes of files are compared, not only their size and time."""
    if text not in ("", "content"):
        raise SeatwiseError(f"{VERIFY} is '{text}': give content, or nothing for size and time of change")
    return text == "content"


def statements(plan: Plan, relations: Mapping[tuple[str, str], str]) -> list[str]:
    """Return the SQL that opens the landing, to be run in one transaction.

    Tables are loaded here; of what is streamed only the view is made, and the staging model does the rest.
    """
    known = ", ".join(f"'{step.table.path}'" for step in plan.tables)
    queries = [f"delete from landing.files where table_name not in ({known})"]
    for step in plan.tables:
        table, name = step.table, f"landing.{step.table.identifier}"
        was = relations.get(("landing", table.identifier))
        if was == ("BASE TABLE" if table.is_streamed else "VIEW"):
            queries.append(f"drop {'table' if table.is_streamed else 'view'} {name}")
        if table.is_streamed:
            queries.append(f"create or replace view {name} as select * from seatwise_{table.identifier}")
            if step.is_rebuilt and table.is_reader_selected:
                queries.append(f"delete from landing.files where table_name = '{table.path}'")
            continue
        if step.is_rebuilt:
            queries.append(f"delete from landing.files where table_name = '{table.path}'")
            queries.append(f"create or replace table {name} as select * from seatwise_{table.identifier} where false")
        elif step.forgotten:
            queries += forget(name, table.path)
        if step.read:
            queries.append(f"insert into {name} select * from seatwise_{table.identifier}")
            queries.append(enter(table.path))
    for action, flag in (("archive", "true"), ("restore", "false")):
        if any(step.archived if action == "archive" else step.restored for step in plan.tables):
            queries.append(
                f"update landing.files set is_archived = {flag} where (table_name, file) in"
                f" (select (table_name, file) from seatwise_files where action = '{action}')"
            )
    return queries


def forget(relation: str, path: str) -> list[str]:
    """Return the SQL that drops the rows of changed and vanished files, and their entries in the ledger."""
    files = f"select file from seatwise_files where table_name = '{path}' and action = 'forget'"
    return [
        f"delete from landing.files where table_name = '{path}' and file in ({files})",
        f"delete from {relation} where _file in ({files})",
    ]


def enter(path: str) -> str:
    """Return the SQL that enters the files read into the ledger."""
    return (
        "insert into landing.files select * exclude (action) from seatwise_files"
        f" where table_name = '{path}' and action = 'read'"
    )


def now() -> datetime:
    """Return the time of the clock, UTC."""
    return datetime.now(UTC).replace(tzinfo=None)
