"""Reads a landing folder by the landing contract into plain rows and ping lines."""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import zstandard

from .readable import CONTRACT, UNREADABLE, NotMidnight, is_null_word, kind_of, read_cell, shape
from .values import Holds, Row, blank

BOM = b"\xef\xbb\xbf"
SUFFIXES = (".csv", ".csv.gz", ".parquet")
WHOLE_SUFFIXES = (".json", ".json.gz", ".json.zst")
PING_SUFFIXES = tuple(f"{kind}{archive}" for kind in (".ndjson", ".jsonl", ".json") for archive in ("", ".gz", ".zst"))
FILE, PLACE = "_file", "_row"


@dataclass(frozen=True)
class Line:
    """One landed line of a Service Ping file (R1.1)."""

    file: str
    number: int
    received: date
    raw: bytes


@dataclass
class PingFile:
    """One landed Service Ping file with its lines, blank ones left out (R1.1)."""

    file: str
    received: date
    lines: list[Line]


def below(root: Path, path: Path) -> str:
    """Name a file by its path below the landing root (R1.3)."""
    return path.relative_to(root).as_posix()


def in_byte_order(root: Path, paths: Iterable[Path]) -> list[Path]:
    """Sort files by their path below the root, byte by byte (R1.3)."""
    return sorted(paths, key=lambda path: below(root, path).encode())


def natural_order(file: str) -> tuple[bytes, bytes]:
    """Order paths by runs of digits as numbers, then by bytes (R16.7)."""
    padded = re.sub(r"[0-9]+", lambda digits: digits.group().lstrip("0").zfill(24), file)
    return padded.encode(), file.encode()


def visible_files(folder: Path) -> Iterator[Path]:
    """List the files of a folder, through links too, without what is hidden (R16.9, landing contract)."""
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        yield from (Path(parent) / name for name in names if not name.startswith((".", "_")))


def table_files(root: Path, table: str) -> list[Path]:
    """List a table's files in natural order: `<path>.csv`, `.csv.gz`, `.parquet`, or a folder of such (R16.7)."""
    files = [Path(f"{root / table}{suffix}") for suffix in SUFFIXES]
    files = [path for path in files if path.is_file()]
    files += [path for path in visible_files(root / table) if path.name.endswith(SUFFIXES)]
    return sorted(files, key=lambda path: natural_order(below(root, path)))


def as_text(value: Any) -> str | None:
    """Turn a Parquet value into the text that a CSV would hold; bytes without annotation are text (R16.8)."""
    if isinstance(value, bytes):
        value = value.decode()
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return str(value)


def unpack(path: Path) -> bytes:
    """Read a file, packed or not (landing contract)."""
    data = path.read_bytes()
    if path.name.endswith(".gz"):
        return gzip.decompress(data)
    if path.name.endswith(".zst"):
        return zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    return data


def read_texts(path: Path) -> list[Row]:
    """Read one table file as texts; column names without case, empty CSV fields NULL (landing contract)."""
    if path.name.endswith(".parquet"):
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            cursor = connection.execute("select * from read_parquet(?, hive_partitioning = false)", [str(path)])
            names = [column[0].lower() for column in cursor.description]
            return [{name: as_text(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]
    records = list(csv.reader(io.StringIO(unpack(path).decode("utf-8-sig"), newline="")))
    if not records:
        return []
    names = [name.strip().lower() for name in records[0]]
    return [
        {name: value or None for name, value in zip(names, record, strict=False)} for record in records[1:] if record
    ]


@dataclass
class Column:
    """What was found in one column of one file (R16.2, R16.5)."""

    filled: int = 0
    unreadable: int = 0
    first: int = 0
    shape: str = ""
    not_midnight: int = 0

    def see(self, place: int, text: str, value: Any) -> None:
        """Count a value that is not blank (R16.2, R16.5)."""
        self.filled += 1
        if value is UNREADABLE:
            self.unreadable += 1
            if self.unreadable == 1:
                self.first, self.shape = place, shape(text)
        elif isinstance(value, NotMidnight):
            self.not_midnight += 1


@dataclass
class Landing:
    """A landing folder, its tables read once as what their columns are (R16)."""

    root: Path
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    tables: dict[str, list[Row]] = field(default_factory=dict)
    columns: dict[tuple[str, str], Column] = field(default_factory=dict)

    def table(self, name: str) -> list[Row]:
        """Read all rows of a table in file order, with the values that `key=value` folders carry (R16.7)."""
        if name not in self.tables:
            self.tables[name] = [row for path in table_files(self.root, name) for row in self.read_file(name, path)]
        return self.tables[name]

    def read_file(self, table: str, path: Path) -> list[Row]:
        """Read one file: blanks, values and what nobody can read (R16.1, R16.2)."""
        file = below(self.root, path)
        partitions = dict(part.split("=", 1) for part in file.split("/")[:-1] if "=" in part)
        kinds = {column: kind_of(table, column) for column in CONTRACT[table].split()}
        rows: list[Row] = []
        for place, texts in enumerate(read_texts(path), start=1):
            row: Row = {FILE: file, PLACE: place}
            for column, kind in kinds.items():
                text = texts.get(column)
                if text is not None and not path.name.endswith(".parquet") and is_null_word(kind, text):
                    text = None
                value = read_cell(kind, column, text, self.zone)
                if value is not None and kind not in ("text", "name", "counter"):
                    self.columns.setdefault((file, column), Column()).see(place, text, value)
                row[column] = value.day if isinstance(value, NotMidnight) else value
            rows.append(row | {key.lower(): value for key, value in partitions.items()})
        return rows

    def findings(self) -> list[Row]:
        """List what nobody can read and the dates that are not midnight, per file and column (R16.2, R16.5)."""
        for table in CONTRACT:
            self.table(table)
        rows: list[Row] = []
        for (file, column), seen in self.columns.items():
            subject = {"subject_type": "file", "subject_id": f"{file}:{column}", "account_id": None}
            if seen.unreadable:
                detail = Holds(seen.unreadable, seen.filled, seen.first, seen.shape)
                rows.append({"finding": "unreadable_value", **subject, "detail": detail})
            if seen.not_midnight:
                rows.append({"finding": "date_not_midnight", **subject, "detail": Holds(seen.not_midnight)})
        return rows


def last_of_each(rows: list[Row], key: Callable[[Row], Any]) -> list[Row]:
    """Keep the later row of two with one id; rows without id stay (vocabulary of the rulebook)."""
    kept: dict[Any, Row] = {}
    for place, row in enumerate(rows):
        identity = key(row)
        kept.pop(identity, None)
        kept[("no id", place) if blank(identity) else identity] = row
    return list(kept.values())


def read_ping_files(root: Path, as_of: date) -> list[PingFile]:
    """Read the Service Ping lines received by the as-of date, in order of arrival (R1.1, R1.3, R1.5)."""
    paths = [
        path
        for folder in (root / "service_ping").glob("received_date=*")
        for path in folder.iterdir()
        if path.is_file() and path.name.endswith(PING_SUFFIXES) and not path.name.startswith((".", "_"))
    ]
    files: list[PingFile] = []
    for path in in_byte_order(root, paths):
        received = date.fromisoformat(path.parent.name.removeprefix("received_date="))
        if received > as_of:
            continue
        data = unpack(path)
        pieces = [data] if path.name.endswith(WHOLE_SUFFIXES) else data.split(b"\n")
        name = below(root, path)
        lines = [
            Line(name, number, received, piece)
            for number, piece in enumerate(pieces, start=1)
            if piece.removeprefix(BOM).strip()
        ]
        files.append(PingFile(name, received, lines))
    return sorted(files, key=lambda item: (item.received, item.file.encode()))
