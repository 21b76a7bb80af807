"""Writes what the generator made, in formats chosen at random and damaged a little on the way."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import zstandard

from ..readable import CONTRACT, kind_of
from .inputs import Inputs
from .words import NULL_WORDS, REQUIRED, TYPED, UNREADABLE

Rows = list[dict[str, str | None]]
FILE_NAMES = (
    ("a-first", "b-second", "c-third"),
    ("export-9", "export-10", "export-11"),
    ("2026-3-9", "2026-3-10", "2026-12-1"),
    ("part-0009", "part-0010", "part-1000"),
)
REQUIRED_SHARE = 0.05
# What decides only between two versions of one number, of which no rule speaks.
SPARED = ("createddate",)
LINE_SUFFIXES = ("ndjson", "ndjson.gz", "jsonl", "jsonl.gz", "ndjson.zst")
OBJECT_SUFFIXES = ("json", "json", "json.gz", "json.zst")


class Writing(Inputs):
    """Writes the files of a landing folder (landing contract, R16)."""

    def write(self, root: Path) -> None:
        """Write everything below a landing root, in formats chosen at random (landing contract)."""
        for table, rows in self.tables.items():
            self.write_table(root, table, rows)
        for table, days in self.partitions.items():
            for day, rows in days.items():
                if day > self.as_of + timedelta(days=5):
                    continue
                folder = root / table / f"ping_date={day}"
                cut = self.rng.randrange(len(rows) + 1) if self.chance(0.2) else 0
                for name, part in (("part-9", rows[:cut]), ("part-10", rows[cut:])):
                    if part:
                        self.write_rows(folder, name, table, part)
        self.write_pings(root)

    def write_table(self, root: Path, table: str, rows: Rows) -> None:
        """Write a table as one file or as a folder of files in the rows' order (landing contract, R16.7)."""
        if self.chance(0.35) and len(rows) > 3:
            cuts = sorted(self.rng.sample(range(1, len(rows)), self.rng.choice((1, 2))))
            parts = [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
            for name, part in zip(self.rng.choice(FILE_NAMES), parts, strict=False):
                self.write_rows(root / table, name, table, part, rows)
            (root / table / "_SUCCESS").touch()
            (root / table / ".export-99.csv").write_text("half,a,file\n")
        else:
            self.write_rows((root / table).parent, (root / table).name, table, rows, typed=self.chance(0.5))

    def write_rows(
        self, folder: Path, name: str, table: str, rows: Rows, shape: Rows | None = None, typed: bool = False
    ) -> None:
        """Write rows as CSV, zipped CSV or Parquet, column names in some case (landing contract)."""
        folder.mkdir(parents=True, exist_ok=True)
        columns = list(dict.fromkeys(column for row in shape or rows for column in row))
        shown = [column.lower() for column in columns] if self.chance(0.3) else columns
        kind = self.rng.choice(("csv", "csv", "csv.gz", "parquet"))
        path = folder / f"{name}.{kind}"
        kinds = {column: TYPED.get(column, "varchar") if typed else "varchar" for column in columns}
        is_parquet = kind == "parquet"
        rows = self.damaged(table, rows, [column for column in columns if not is_parquet or kinds[column] == "varchar"])
        values = [[row.get(column) for column in columns] for row in rows]
        if is_parquet:
            self.write_parquet(path, shown, [self.type_of(kinds[column]) for column in columns], values)
            return
        values = [
            [self.blank(table, column, value) for column, value in zip(columns, row, strict=True)] for row in values
        ]
        data = self.lines_of([shown, *values])
        path.write_bytes(gzip.compress(data, mtime=0) if kind == "csv.gz" else data)

    def damaged(self, table: str, rows: Rows, columns: list[str]) -> Rows:
        """Put values that nobody can read into a few cells, not so many that the run stops (R16.2, R16.3)."""
        rows = [dict(row) for row in rows]
        for column in columns:
            choices = UNREADABLE.get(kind_of(table, column.lower()))
            filled = [row for row in rows if row.get(column)]
            is_known = column.lower() in CONTRACT[table].split() and column.lower() not in SPARED
            if not choices or not is_known or not self.chance(0.3):
                continue
            most = int(REQUIRED_SHARE * len(filled)) if column.lower() in REQUIRED else 2
            for row in self.rng.sample(filled, min(most, len(filled), self.rng.choice((1, 2)))):
                row[column] = self.rng.choice(choices)
        return rows

    def blank(self, table: str, column: str, value: str | None) -> str:
        """Write a blank as nothing, as white space or as one of the words for it (R16.1)."""
        if value is not None:
            return value
        if kind_of(table, column.lower()) in ("name", "counter") or not self.chance(0.08):
            return ""
        return self.rng.choice((" ", *NULL_WORDS))

    def lines_of(self, rows: list[list[str]]) -> bytes:
        """Write CSV with lines that end in LF, in CRLF or in both (R16.8)."""
        endings = self.rng.choice((("\n",), ("\r\n",), ("\n", "\r\n")))
        parts: list[str] = []
        for row in rows:
            buffer = io.StringIO()
            csv.writer(buffer, lineterminator=self.rng.choice(endings)).writerow(row)
            parts.append(buffer.getvalue())
        return "".join(parts).encode()

    def type_of(self, kind: str) -> str:
        """Choose how a Parquet column holds its text: some writers leave the annotation out (R16.8)."""
        return "blob" if kind == "varchar" and self.chance(0.1) else kind

    def write_parquet(self, path: Path, columns: list[str], types: list[str], rows: list[list[str | None]]) -> None:
        """Write a Parquet file of texts, or with the types that a loader gives (landing contract)."""
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            values = [[row[place] for row in rows] for place in range(len(columns))]
            parts = ", ".join(
                self.parquet_column(connection, column, kind, texts)
                for column, kind, texts in zip(columns, types, values, strict=True)
            )
            connection.execute(f"create table rows as select {parts}", values)
            connection.execute(f"copy rows to '{path}' (format parquet)")

    def parquet_column(self, connection: duckdb.DuckDBPyConnection, column: str, kind: str, texts: list[Any]) -> str:
        """Say how a column is made of its texts; those that do not fit its type stay texts (landing contract)."""
        texts = [text for text in texts if text is not None]
        if kind == "blob":
            return f'encode(unnest(?::varchar[])) as "{column}"'
        if kind not in ("varchar", "blob"):
            test = f"select count(*) from (select unnest(?::varchar[]) as text) where try_cast(text as {kind}) is null"
            if connection.execute(test, [texts]).fetchone() != (0,):
                kind = "varchar"
        return f'unnest(?::varchar[])::{kind} as "{column}"'

    def write_pings(self, root: Path) -> None:
        """Write the deliveries as lines in files, with blank lines, BOMs and files of one object (R1.1, R1.2)."""
        rng = self.rng
        by_day: dict[date, list[tuple[bytes, bool]]] = {}
        for received, raw, pretty in self.deliveries:
            if received <= self.as_of + timedelta(days=3):
                by_day.setdefault(received, []).append((raw, pretty))
        for received, items in by_day.items():
            folder = root / "service_ping" / f"received_date={received}"
            if self.chance(0.05):
                real = root.parent / "archive" / f"{received}"
                real.mkdir(parents=True)
                folder.parent.mkdir(parents=True, exist_ok=True)
                folder.symlink_to(real.resolve())
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "_SUCCESS").touch()
            for place, (raw, pretty) in enumerate(items):
                if pretty:
                    bom = b"\xef\xbb\xbf" if self.chance(0.2) else b""
                    suffix = rng.choice(OBJECT_SUFFIXES)
                    (folder / f"upload-{place}.{suffix}").write_bytes(packed(suffix, bom + raw))
            lines = [raw for raw, pretty in items if not pretty]
            cut = rng.randrange(len(lines) + 1) if self.chance(0.4) else len(lines)
            for name, part in (("batch-B", lines[:cut]), ("batch-a", lines[cut:])):
                if not part:
                    continue
                spaced: list[bytes] = []
                for raw in part:
                    spaced += [rng.choice((b"", b"   ", b"\t"))] * self.chance(0.05) + [raw]
                data = (b"\r\n" if self.chance(0.1) else b"\n").join(spaced) + (b"\n" if self.chance(0.8) else b"")
                if self.chance(0.1):
                    data = b"\xef\xbb\xbf" + data
                suffix = rng.choice(LINE_SUFFIXES)
                (folder / f"{name}.{suffix}").write_bytes(packed(suffix, data))


def packed(suffix: str, data: bytes) -> bytes:
    """Pack what a file's ending says is packed (landing contract)."""
    if suffix.endswith(".gz"):
        return gzip.compress(data, mtime=0)
    if suffix.endswith(".zst"):
        return zstandard.compress(data)
    return data
