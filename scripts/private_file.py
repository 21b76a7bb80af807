"""The file that a build writes, where it cannot be read: cut short, damaged, or of another version of DuckDB.

All of it comes from the landing, so a build sets such a file aside and makes it anew.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

DAMAGED = ".damaged"
WAL = ".wal"

# What DuckDB says of a file that is not, or no longer, what it writes; a lock or a missing right is no damage.
SIGNS = (
    "not a valid duckdb database file",
    "could not read enough bytes",
    "corrupt database file",
    "version number",
    "failure while replaying wal",
    "failed to deserialize",
)


def damage_of(file: Path) -> str | None:
    """Return what is wrong with a database file, as DuckDB says it; None where it can be opened, or is not there."""
    if not file.exists():
        return None
    try:
        with duckdb.connect(file, read_only=True) as connection:
            blocks = connection.execute("select block_size * total_blocks from pragma_database_size()").fetchone()
    except (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException) as error:
        line = str(error).splitlines()[0]
        return line if any(sign in line.lower() for sign in SIGNS) else None
    except duckdb.Error:
        return None
    if blocks and file.stat().st_size < blocks[0]:
        return "it is cut short"
    return None


def set_aside(file: Path) -> str | None:
    """Set a damaged database file aside, in place of one set aside before, and return a line about it; else None."""
    damage = damage_of(file)
    if not damage:
        return None
    aside = file.with_name(f"{file.name}{DAMAGED}")
    file.replace(aside)
    for log in (f"{file.name}{WAL}", f"{aside.name}{WAL}"):
        file.with_name(log).unlink(missing_ok=True)
    return f"{file} cannot be read ({damage}): set aside as {aside.name}, everything is read again"
