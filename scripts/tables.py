"""Tables that readers see: open the published file for reading, tell in one line why that is not possible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.settings import SeatwiseError

if TYPE_CHECKING:
    import duckdb

LOCKED_FILE = re.compile(r"Could not set lock on file \"([^\"]+)\"")
LOCK_HOLDER = re.compile(r"PID (\d+)")


@contextmanager
def open_published(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection to a published file, open for reading only.

    Raises SeatwiseError, one line: there is no such file, another process has it open for writing, or it is none
    that DuckDB can read.
    """
    if not file.is_file():
        raise SeatwiseError(f"{file} does not exist: run make build")

    # Importing DuckDB takes longer than finding out that there is nothing to ask.
    import duckdb

    try:
        connection = duckdb.connect(str(file), read_only=True)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        line = locked_line(str(error), "open it read-only there") or f"{file} cannot be read: {reason}"
        raise SeatwiseError(line) from None
    with connection:
        yield connection


def locked_line(text: str, cure: str = "wait until it has ended, or end it") -> str | None:
    """Return one line about a database file that another process has open; None for any other error."""
    file = LOCKED_FILE.search(text)
    if not file:
        return None
    holder = LOCK_HOLDER.search(text)
    process = f" (process {holder[1]})" if holder else ""
    return f"another process{process} has {file[1]} open: {cure}"
