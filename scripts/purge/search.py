"""Proof by search: looks for ids in every file that a landing and a warehouse have, decoded and as bytes (R14.2).

Compressed columns hide a text from who looks at bytes, so every column of every DuckDB and Parquet file is decoded,
every archive unpacked; of all files the bytes are looked at too, freed blocks among them.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

import duckdb
import zstandard

from scripts.tables import quoted_name, quoted_text

ROWS = 10_000


@dataclass
class Search:
    """What is looked for, and what was found where: hits by store, files that could not be read."""

    lowered: re.Pattern[str] | None
    exact: re.Pattern[str] | None
    namespaces: frozenset[str] = frozenset()
    bytes_read: int = 0
    hits: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def look(self, text: str) -> bool:
        """Tell whether a text holds an id."""
        return bool((self.lowered and self.lowered.search(text.lower())) or (self.exact and self.exact.search(text)))

    def store(self, name: str, folder: Path) -> None:
        """Look through all files of a folder; what is a link is looked through where it lies."""
        self.hits.setdefault(name, 0)
        for file in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if file.is_file() and not file.is_symlink():
                found = self.file(file)
                self.hits[name] += found
                if found:
                    self.files.append(f"{name}: {file.name if name == 'landing' else file.relative_to(folder)}")

    def file(self, file: Path) -> int:
        """Return how many cells, lines or stretches of bytes of a file hold an id."""
        self.bytes_read += file.stat().st_size
        found = sum(self.look(block) for block in blocks_of(file))
        if file.name.endswith(".duckdb"):
            return found + self.cells(database_cells(file))
        if file.name.endswith(".parquet"):
            return found + self.cells(relation_cells(f"read_parquet({quoted_text(file)})", duckdb.connect()))
        return found

    def cells(self, cells: Iterable[tuple[str, str]]) -> int:
        """Return how many cells hold an id; a namespace's is a number, so only a cell of its own tells one."""
        return sum(
            self.look(text) or (column.startswith("namespace") and text in self.namespaces) for column, text in cells
        )


def search_for(needles: Iterable[str], exact: Iterable[str], namespaces: Iterable[str]) -> Search:
    """Return a search for ids: `needles` without case, `exact` with it, `namespaces` as whole cells."""

    def pattern(texts: Iterable[str]) -> re.Pattern[str] | None:
        ordered = sorted(texts, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, ordered))) if ordered else None

    # 15 characters of a CRM id are followed by its suffix, or by nothing that belongs to an id.
    bounded = re.compile("|".join(rf"{re.escape(text)}(?![A-Za-z0-9])" for text in sorted(exact))) if exact else None
    return Search(pattern(needles), bounded, frozenset(namespaces))


def blocks_of(file: Path) -> Iterator[str]:
    """Give the bytes of a file, unpacked where it is an archive, as text in blocks that overlap."""
    ways: list[Callable[[], IO[bytes]]] = [lambda: file.open("rb")]
    if file.name.endswith(".gz"):
        ways.append(lambda: cast("IO[bytes]", gzip.GzipFile(file)))
    elif file.name.endswith(".zst"):
        ways.append(lambda: cast("IO[bytes]", zstandard.open(file, "rb")))
    for way in ways:
        before = ""
        with way() as stream:
            try:
                while block := stream.read(1 << 20):
                    text = block.decode("latin-1")
                    yield before + text
                    before = text[-400:]
            except (OSError, EOFError, zstandard.ZstdError):
                continue


def database_cells(file: Path) -> Iterator[tuple[str, str]]:
    """Give every cell of every table of a DuckDB file as text, with its column."""
    with duckdb.connect(file, read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in tables:
            yield from relation_cells(f"{quoted_name(schema)}.{quoted_name(table)}", connection)


def relation_cells(relation: str, connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """Give the cells of a table as text, with their columns."""
    names = [row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()]
    columns = ", ".join(f"cast({quoted_name(name)} as varchar)" for name in names)
    found = connection.execute(f"select {columns} from {relation}")
    while rows := found.fetchmany(ROWS):
        for row in rows:
            yield from ((name, text) for name, text in zip(names, row, strict=True) if text is not None)
