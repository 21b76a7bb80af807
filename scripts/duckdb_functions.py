"""A dbt-duckdb plugin: what reading the landing needs and DuckDB's SQL does not offer."""

import csv
import gzip
import sys
import zlib
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

GZIP_WINDOW = 16 + zlib.MAX_WBITS


def gunzip(archive: bytes | None) -> bytes | None:
    """Return the bytes that a gzip archive holds, or None where the archive is damaged, cut short or absent.

    An archive may have several members, as `cat a.gz b.gz` makes them. A partial result is never given:
    what follows the damage would be lost in silence (R1.1).
    """
    members = []
    rest = archive or b""
    while rest:
        stream = zlib.decompressobj(GZIP_WINDOW)
        try:
            members.append(stream.decompress(rest))
        except zlib.error:
            return None
        if not stream.eof:
            return None
        rest = stream.unused_data.lstrip(b"\0")
    return b"".join(members) if members else None


def decode_with_escapes(line: bytes) -> str:
    r"""Return a line as text, each byte that is no UTF-8 written as `\xNN`, so that it can be mended (R1.2)."""
    return line.decode("utf-8", errors="backslashreplace")


def csv_problem(file: str) -> str | None:
    """Return what makes a CSV file unreadable, None when nothing does.

    DuckDB takes what is left of an archive cut short for the whole, and stops, without naming the file, at a row whose
    fields are not those of the header and at bytes that are no UTF-8.
    """
    path = Path(file)
    open_file = gzip.open if path.suffix == ".gz" else open
    csv.field_size_limit(sys.maxsize)
    try:
        with open_file(path, "rt", encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(text, strict=True)
            width = len(next(rows, []))
            for row in rows:
                if row and len(row) != width:
                    return f"line {rows.line_num} has {len(row)} fields where the header has {width}"
    except UnicodeDecodeError:
        with open_file(path, "rb") as lines:
            number = next((n for n, line in enumerate(lines, 1) if line != line.decode(errors="ignore").encode()), 1)
        return f"line {number} is not UTF-8"
    except csv.Error as error:
        return f"line {rows.line_num}: {error}"
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return "is no gzip archive, damaged, or cut short"
    return None


class Plugin(BasePlugin):
    """Makes the build folder before the database opens, and registers the functions above."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Create the folder of the private database file: DuckDB makes files, not folders."""
        if self.creds is not None:
            Path(self.creds.path).parent.mkdir(parents=True, exist_ok=True)

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Register the functions with the connection."""
        conn.create_function("gunzip", gunzip, ["BLOB"], "BLOB", null_handling="special")
        conn.create_function("csv_problem", csv_problem, ["VARCHAR"], "VARCHAR", null_handling="special")
        conn.create_function("decode_with_escapes", decode_with_escapes, ["BLOB"], "VARCHAR")
