"""What the landing promises: the source tables of the dbt project, and what a run wants of them."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

# A new number reads every file again (R23.1): for when what is made of the same bytes has changed.
PARSER_VERSION = 2

Layout = Literal["table", "partitioned", "lines"]


@dataclass(frozen=True)
class Column:
    """A column of a source table. `kind` says how it is read (R16): date, time, number, name, counter, text, ..."""

    name: str
    is_required: bool = False
    kind: str = "text"


@dataclass(frozen=True)
class Table:
    """A source table: where its files lie below the landing root, and the staging model that reads it.

    `reader` is that model's relation (schema and name) and `reader_checksum` that of its SQL; `is_reader_selected`
    tells whether the run builds it. A `table` is loaded when a run starts, so its reader does not matter.
    """

    identifier: str
    path: str
    layout: Layout
    is_required: bool
    columns: tuple[Column, ...]
    reader: tuple[str, str] | None = None
    reader_checksum: str = ""
    is_reader_selected: bool = False

    @property
    def is_streamed(self) -> bool:
        """Whether the staging model reads the files itself, each once, instead of a table of their text."""
        return self.layout != "table"


@dataclass(frozen=True)
class Request:
    """What a run asks of the landing. `seeds` is the folder whose words and metrics decide how files are read."""

    root: str
    tables: tuple[Table, ...]
    seeds: Path
    maximum_vanished_share: float = 0.1
    maximum_line_bytes: int = 64_000_000
    variables: tuple[tuple[str, str], ...] = ()
    is_full_refresh: bool = False
    hides_hostnames: bool = False

    def fingerprint(self, table: Table) -> str:
        """Return what stands for the way in which a table's files are read: another one reads them again (R23.1)."""
        parts: list[Any] = [PARSER_VERSION, [(column.name, column.kind) for column in table.columns]]
        if table.layout != "lines":
            parts.append(sorted(null_words(self.seeds)))
        if table.is_streamed:
            parts.append(table.reader_checksum)
        if table.layout == "lines":
            parts += [self.variables, self.maximum_line_bytes]
        return md5(json.dumps(parts))

    def stamp(self, table: Table) -> str:
        """Return the fingerprint of a table read as this run would: the post-hook of payloads adds their metrics."""
        base = self.fingerprint(table)
        return base + metrics_stamp(tracked_key_paths(self.seeds)) if table.layout == "lines" else base


def parse_request(text: str) -> Request:
    """Return what the macro open_landing asks for, as JSON."""
    values = json.loads(text)
    return Request(
        root=values["root"],
        tables=tuple(parse_table(table) for table in values["tables"]),
        seeds=Path(values["seeds"]),
        maximum_vanished_share=float(values["maximum_vanished_share"]),
        maximum_line_bytes=int(values["maximum_line_bytes"]),
        variables=tuple(sorted((name, str(value)) for name, value in values["variables"].items())),
        is_full_refresh=bool(values["is_full_refresh"]),
        hides_hostnames=bool(values.get("hides_hostnames")),
    )


def parse_table(values: Mapping[str, Any]) -> Table:
    """Return a table of the contract: its identifier, its meta, its columns with theirs, the model that reads it."""
    meta = values["meta"]
    reader = values.get("reader") or {}
    return Table(
        identifier=values["identifier"],
        path=meta["path"],
        layout=meta["layout"],
        is_required=bool(meta.get("is_required")),
        columns=tuple(
            Column(column["name"], bool(column["meta"].get("is_required")), column["meta"].get("kind") or "text")
            for column in values["columns"]
        ),
        reader=(reader["schema"], reader["name"]) if reader else None,
        reader_checksum=reader.get("checksum", ""),
        is_reader_selected=bool(reader.get("is_selected")),
    )


def declared_tables(project: Path) -> list[Table]:
    """Return the source tables as their YAML declares them, for commands that do not open the landing.

    Views on what arrives stay in the database, so every connection needs the names that they read.
    """
    tables = []
    for file in sorted((project / "models" / "staging").glob("*/*__sources.yml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        for table in (table for source in content.get("sources", []) for table in source["tables"]):
            if "layout" in meta_of(table):
                columns = [{"name": column["name"], "meta": meta_of(column)} for column in table["columns"]]
                tables.append(parse_table({**table, "meta": meta_of(table), "columns": columns}))
    return tables


def meta_of(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the meta of a source table or column in YAML."""
    return (values.get("config") or {}).get("meta") or {}


def null_words(seeds: Path) -> frozenset[str]:
    """Return the words that stand for a blank in CSV, in lower case (R16.1)."""
    return frozenset(word.lower() for word in seed_column(seeds, "null_words", "word"))


def tracked_key_paths(seeds: Path) -> list[str]:
    """Return the key paths of the tracked metrics, in the order in which staging takes them out of a payload."""
    return sorted(seed_column(seeds, "tracked_metrics", "key_path"))


def metrics_stamp(key_paths: Iterable[str]) -> str:
    """Return what the fingerprint of payloads says of the metrics that were taken out of them."""
    return "-" + md5(",".join(key_paths))


def seed_column(seeds: Path, name: str, column: str) -> Sequence[str]:
    """Return a column of a seed's file; nothing where there is no such seed."""
    file = seeds / f"{name}.csv"
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        return [row[column] for row in csv.DictReader(lines)]


def md5(text: str) -> str:
    """Return the MD5 hash of a text, as dbt's local_md5 has it."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
