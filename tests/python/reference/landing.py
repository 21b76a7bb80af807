"""Reads a landing folder by the landing contract into plain rows and ping lines."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from .values import Row, blank, to_date

BOM = b"\xef\xbb\xbf"
SUFFIXES = (".csv", ".csv.gz", ".parquet")


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


def table_files(root: Path, table: str) -> list[Path]:
    """List a table's files: `<path>.csv`, `.csv.gz`, `.parquet`, or a folder of such (landing contract)."""
    files = [Path(f"{root / table}{suffix}") for suffix in SUFFIXES]
    files = [path for path in files if path.is_file()]
    folder = root / table
    if folder.is_dir():
        files += [path for path in folder.rglob("*") if path.is_file() and path.name.endswith(SUFFIXES)]
    return in_byte_order(root, files)


def as_text(value: Any) -> str | None:
    """Turn a Parquet value into the text that a CSV would hold; empty text is NULL (landing contract)."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return str(value)


def read_file(path: Path) -> list[Row]:
    """Read one table file; column names without case, empty CSV fields NULL (landing contract)."""
    if path.name.endswith(".parquet"):
        with duckdb.connect() as connection:
            cursor = connection.execute("select * from read_parquet(?, hive_partitioning = false)", [str(path)])
            names = [column[0].lower() for column in cursor.description]
            return [{name: as_text(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]
    data = gzip.decompress(path.read_bytes()) if path.name.endswith(".gz") else path.read_bytes()
    records = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    if not records:
        return []
    names = [name.strip().lower() for name in records[0]]
    return [
        {name: as_text(value) for name, value in zip(names, record, strict=False)} for record in records[1:] if record
    ]


def read_table(root: Path, table: str) -> list[Row]:
    """Read all rows of a table in file order, with the values that `key=value` folders carry (landing contract)."""
    rows: list[Row] = []
    for path in table_files(root, table):
        partitions = dict(part.split("=", 1) for part in below(root, path).split("/")[:-1] if "=" in part)
        rows += [{**row, **{key.lower(): value for key, value in partitions.items()}} for row in read_file(path)]
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
    folder = root / "service_ping"
    paths = [
        path for pattern in ("*.ndjson", "*.ndjson.gz", "*.json") for path in folder.glob(f"received_date=*/{pattern}")
    ]
    files: list[PingFile] = []
    for path in in_byte_order(root, paths):
        received = to_date(path.parent.name.removeprefix("received_date="))
        if received is None or received > as_of:
            continue
        data = gzip.decompress(path.read_bytes()) if path.name.endswith(".gz") else path.read_bytes()
        pieces = [data] if path.name.endswith(".json") else data.split(b"\n")
        name = below(root, path)
        lines = [
            Line(name, number, received, piece)
            for number, piece in enumerate(pieces, start=1)
            if piece.removeprefix(BOM).strip()
        ]
        files.append(PingFile(name, received, lines))
    return sorted(files, key=lambda item: (item.received, item.file.encode()))
