"""What DuckDB reads as if it were tables: the rows of the files of a run's plan, and the plan itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import fsspec
import pyarrow as pa

from scripts.landing.contract import Request, Table, null_words
from scripts.landing.files import natural_order, partition_date
from scripts.landing.plan import Plan, TablePlan, now
from scripts.purge.keys import Key, Tombstones, read_keys, server_id
from scripts.landing.unknown_keys import UNKNOWN_KEYS_SCHEMA, KeySample, known_key_paths
from scripts.landing.readers import LINES_SCHEMA, DamagedFileError, LandedFile, read_lines, read_table

Batches = Iterator[pa.RecordBatch]

FILES_SCHEMA = pa.schema(
    [
        ("table_name", pa.string()),
        ("file", pa.string()),
        ("bytes", pa.int64()),
        ("modified_at", pa.timestamp("us")),
        ("etag", pa.string()),
        ("content_hash", pa.string()),
        ("parser_fingerprint", pa.string()),
        ("landing_root", pa.string()),
        ("rows", pa.int64()),
        ("read_at", pa.timestamp("us")),
        ("is_archived", pa.bool_()),
        ("file_order", pa.string()),
        ("column_names", pa.list_(pa.string())),
        ("missing_columns", pa.list_(pa.string())),
        ("action", pa.string()),
    ]
)


class ArrowStream:
    """Rows that are made anew each time they are asked for; telling the columns makes none."""

    def __init__(self, schema: pa.Schema, batches: Callable[[], Batches]) -> None:
        """Keep the columns, and the function that makes the rows."""
        self._schema = schema
        self._batches = batches

    def __arrow_c_schema__(self) -> Any:
        """Return the columns."""
        return self._schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Return the rows, read as they are taken."""
        reader = pa.RecordBatchReader.from_batches(self._schema, self._batches())
        return reader.__arrow_c_stream__(requested_schema)


class Landing:
    """The landing of one run: what the plan says is read, how many rows each file gave, which files are damaged.

    Threads of a run read different tables, each its own, so none writes what another does.
    """

    def __init__(self) -> None:
        """Begin without a plan: nothing is read."""
        self.steps: dict[str, TablePlan] = {}
        self.request: Request | None = None
        self.rows: dict[str, dict[str, int]] = {}
        self.problems: list[str] = []
        self._fs: fsspec.AbstractFileSystem | None = None
        self._opened_at = now()
        self.keys = KeySample(frozenset())
        self._keys: dict[str, list[Key]] = {}
        self._tombstones = Tombstones(b"", frozenset())

    def take(self, plan: Plan, fs: fsspec.AbstractFileSystem, tombstones: Tombstones) -> None:
        """Take the plan of a run, and what was purged and may come back (R23.4)."""
        self._tombstones = tombstones
        self._keys = read_keys(plan.request.seeds) if tombstones.hashes else {}
        self.steps = {step.table.identifier: step for step in plan.tables}
        self.request = plan.request
        self.keys = KeySample(known_key_paths(plan.request.seeds))
        self.rows = {}
        self.problems = []
        self._fs = fs
        self._opened_at = now()

    def stream(self, table: Table) -> ArrowStream:
        """Return the rows of the files of a table that this run reads."""
        if table.layout == "lines":
            return ArrowStream(LINES_SCHEMA, lambda: self._lines(table.identifier))
        return ArrowStream(table_schema(table), lambda: self._table_rows(table))

    def files(self) -> ArrowStream:
        """Return what the plan says of each file, with the rows of those that were read to their end."""
        return ArrowStream(FILES_SCHEMA, self._file_rows)

    def unknown_keys(self) -> ArrowStream:
        """Return the keys that no dictionary knows, of the payloads of this run that were looked at."""
        return ArrowStream(UNKNOWN_KEYS_SCHEMA, lambda: self.keys.rows())

    def _lines(self, identifier: str) -> Batches:
        step = self.steps.get(identifier)
        if not step or not self.request:
            return
        rows = self.rows[identifier] = {}
        for file in step.read:
            count = 0
            for batch in read_lines([file], self._fs, self.request.maximum_line_bytes, None, self._look):
                count += len(batch)
                yield batch
            if not count:
                yield blank_line(file)
            rows[file.path] = count

    def _look(self, file: LandedFile, lines: Sequence[bytes | None]) -> None:
        received = partition_date(file.path)
        if received:
            self.keys.look(file.path, received, lines)

    def _table_rows(self, table: Table) -> Batches:
        step = self.steps.get(table.identifier)
        if not step or not self.request:
            return
        rows = self.rows[table.identifier] = {}
        schema = table_schema(table)
        words = null_words(self.request.seeds)
        for file in step.read:
            count = 0
            try:
                for batch in read_table(file, self._fs, table.columns, words):
                    count += len(batch)
                    if keys := self._keys.get(table.path):
                        batch = without_purged(batch, keys, self._tombstones)
                    yield with_file_columns(batch, table, file, schema)
            except DamagedFileError as error:
                if table.is_streamed:
                    raise
                # All that is wrong with the tables is told at once, before the transaction that loads them is undone.
                self.problems.append(str(error))
                continue
            rows[file.path] = count

    def _file_rows(self) -> Batches:
        entries: list[dict[str, Any]] = []
        for identifier, step in self.steps.items():
            entries += [{"file": path, "action": "forget"} | named(step) for path in step.forgotten]
            entries += [{"file": path, "action": "archive"} | named(step) for path in step.archived]
            entries += [{"file": path, "action": "restore"} | named(step) for path in step.restored]
            counts = self.rows.get(identifier, {})
            entries += [
                self._entry(self.request, step, file, counts[file.path])
                for file in step.read
                if self.request and file.path in counts
            ]
        yield pa.RecordBatch.from_pylist(entries, schema=FILES_SCHEMA)

    def _entry(self, request: Request, step: TablePlan, file: LandedFile, rows: int) -> dict[str, Any]:
        return named(step) | {
            "file": file.path,
            "bytes": file.size,
            "modified_at": file.modified_at,
            "etag": file.etag,
            "content_hash": step.content_hashes.get(file.path),
            "parser_fingerprint": request.fingerprint(step.table),
            "landing_root": request.root,
            "rows": rows,
            "read_at": self._opened_at,
            "is_archived": False,
            "file_order": natural_order(file.path),
            "column_names": step.columns.get(file.path),
            "missing_columns": step.missing_columns.get(file.path),
            "action": "read",
        }


def without_purged(batch: pa.RecordBatch, keys: list[Key], tombstones: Tombstones) -> pa.RecordBatch:
    """Return rows of a file without those of purged ids, and without such ids in rows of others."""
    columns = {name.lower(): place for place, name in enumerate(batch.schema.names)}
    goes = [False] * len(batch)
    for key in keys:
        place = columns.get(key.column)
        if place is None:
            continue
        texts = batch.column(place).to_pylist()
        purged = tombstones.among(key.kind, texts)
        if not purged:
            continue
        if key.action == "remove":
            goes = [gone or text in purged for gone, text in zip(goes, texts, strict=True)]
        else:
            kept = pa.array([None if text in purged else text for text in texts], pa.string())
            batch = batch.set_column(place, batch.schema.names[place], kept)
    places = [columns.get(name) for name in ("instance_uuid", "hostname")]
    if None not in places and {"instance_uuid", "hostname"} <= {key.kind for key in keys}:
        uuids, hostnames = (batch.column(place).to_pylist() for place in places)
        servers = [server_id(uuid or "", hostname or "") for uuid, hostname in zip(uuids, hostnames, strict=True)]
        purged = tombstones.among("server", servers)
        goes = [gone or server in purged for gone, server in zip(goes, servers, strict=True)]
    return batch.filter(pa.array([not gone for gone in goes], pa.bool_()))


def blank_line(file: LandedFile) -> pa.RecordBatch:
    """Return what stands for a file without any line, so that it is among the landed ones: a blank counts nowhere."""
    row = {
        "file": file.path,
        "line_number": 1,
        "received_date": partition_date(file.path),
        "line_text": "",
        "is_valid_text": True,
        "is_damaged": False,
        "_loaded_at": file.modified_at,
    }
    return pa.RecordBatch.from_pylist([row], schema=LINES_SCHEMA)


def named(step: TablePlan) -> dict[str, Any]:
    """Return the part of an entry that says of which table it is, by its path below the landing root."""
    return {"table_name": step.table.path}


def table_schema(table: Table) -> pa.Schema:
    """Return the columns that a table has once it is loaded: text, and where each row comes from."""
    columns = [(column.name, pa.string()) for column in table.columns]
    if table.layout == "partitioned":
        columns.append(("ping_date", pa.date32()))
    return pa.schema(
        [
            *columns,
            ("_file", pa.string()),
            ("_file_order", pa.string()),
            ("_row", pa.int64()),
            ("_loaded_at", pa.timestamp("us")),
        ]
    )


def with_file_columns(batch: pa.RecordBatch, table: Table, file: LandedFile, schema: pa.Schema) -> pa.RecordBatch:
    """Add to the rows of a file where they come from."""
    constants: dict[str, Any] = {
        "ping_date": partition_date(file.path),
        "_file": file.path,
        "_file_order": natural_order(file.path),
        "_loaded_at": file.modified_at,
    }
    arrays = [
        pa.repeat(pa.scalar(constants[column.name], column.type), len(batch))
        if column.name in constants
        else batch.column(column.name)
        for column in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
