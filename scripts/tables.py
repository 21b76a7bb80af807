"""What the commands share of reading tables: open the published file, ask it, quote for SQL, write numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.settings import SeatwiseError

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]

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


def query(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
    """Return the rows of a query, each by its column names; parameters that it does not name are left out."""
    used = {name: value for name, value in (parameters or {}).items() if f"${name}" in sql}
    result = connection.execute(sql, used)
    columns = [column[0] for column in result.description]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def quoted_text(value: str | Path) -> str:
    """Quote a text for SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def quoted_name(value: str) -> str:
    """Quote a name for SQL."""
    return '"' + value.replace('"', '""') + '"'


def number(value: float | None, decimals: int = 10) -> str:
    """Write a number with as many decimals as it needs, none of them for show; what is unknown is N/A, never 0."""
    if value is None:
        return "N/A"
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def age_in_words(moment: datetime) -> str:
    """Return how long ago a moment was."""
    minutes = int((datetime.now(UTC) - moment).total_seconds() // 60)
    for length, name in ((60 * 24, "day"), (60, "hour"), (1, "minute")):
        if minutes >= length:
            count = minutes // length
            return f"{count} {name}{'' if count == 1 else 's'} ago"
    return "just now"


def whole(value: float | None) -> str:
    """Write a number without decimals, thousands apart; what is unknown is N/A, never 0."""
    return "N/A" if value is None else f"{value:,.0f}"


def percent(value: float | None) -> str:
    """Write a share as a percentage; what is unknown is N/A, never 0."""
    return "N/A" if value is None else f"{number(round(100 * value, 4))} %"


def locked_line(text: str, cure: str = "wait until it has ended, or end it") -> str | None:
    """Return one line about a database file that another process has open; None for any other error."""
    file = LOCKED_FILE.search(text)
    if not file:
        return None
    holder = LOCK_HOLDER.search(text)
    process = f" (process {holder[1]})" if holder else ""
    return f"another process{process} has {file[1]} open: {cure}"
