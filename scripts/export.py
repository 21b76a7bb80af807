"""Write what other systems have to be told, and keep what they have acknowledged (R21).

Below the warehouse, `exports/runs/NNNNNN/` holds a CSV and a Parquet file an object, a row a record and month with all
of its fields as text, and `manifest.json`. A run holds the records that differ from what was last acknowledged, and
one that clears each record that is gone. Beside the runs, `acknowledged.parquet` is what the other systems have: it
lies beside the published copy, so that it outlives every warehouse, and changes by a rename when a run is acknowledged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from scripts.publish import in_json, sha256_of, staging_folder, sync
from scripts.settings import SeatwiseError, Settings, read_settings, warehouse_lock
from scripts.tables import Row, open_published, query, quoted_name, quoted_text

MART = "fct_export_values_monthly"
PUBLICATION_MART = "dim_publication"
MANIFEST = "manifest.json"
ACKNOWLEDGED = "acknowledged.parquet"
# What is acknowledged once its run is: left in the run, so that acknowledging is a copy and a rename.
SNAPSHOT = ".snapshot.parquet"
RUN_KEY = "seatwise_export_run"
PUBLISHED = ("as_of_date", "published_at", "git_commit", "git_has_changes", "seatwise_version", "marts_version")

# Columns of the mart, of the snapshot and of what is acknowledged.
COLUMNS: Mapping[str, str] = {
    "export_object": "varchar",
    "record_id": "varchar",
    "month": "date",
    "field_number": "integer",
    "field": "varchar",
    "kind": "varchar",
    "value": "varchar",
    "is_not_available": "boolean",
    "not_available_as": "varchar",
}
KEY = "export_object, record_id, month"
# An id of what is to be forgotten is a value of the records that are its own.
IS_FORGOTTEN = f"bool_or(list_contains($1, lower(value))) over (partition by {KEY})"

# Records that differ (R21.3): new ones, and those of which a field is new or has another text.
CHANGED = f"""
create temp table changed as
select distinct {KEY}, 'write' as operation
from current_values
left join acknowledged using ({KEY}, field)
where acknowledged.value is distinct from current_values.value
"""

# Records that are gone; a month that has left the window is not, unless its record is to be forgotten.
GONE = f"""
create temp table gone as
select distinct {KEY}, 'clear' as operation
from acknowledged
anti join current_values using ({KEY})
where is_forgotten or month between $first_month and $as_of_date
"""

# The fields of an object as the seed has them now, as they were acknowledged where it has no record left.
FIELDS = """
create temp table fields as
with listed as (
    select *, true as is_current from current_values
    union all by name
    select * exclude (is_forgotten), false as is_current from acknowledged
)
select export_object, field_number, field, kind, not_available_as
from listed
qualify
    is_current = max(is_current) over (partition by export_object)
    and row_number() over (partition by export_object, field order by is_current desc, month desc, record_id) = 1
"""

# All fields of the records to write. Keys of a record that is gone are those that were acknowledged.
WRITTEN = f"""
create temp table written as
select {KEY}, operation, fields.field_number, fields.field, current_values.value,
    current_values.is_not_available and not coalesce(acknowledged.is_not_available, true) as is_cleared
from changed
inner join fields using (export_object)
inner join current_values using ({KEY}, field)
left join acknowledged using ({KEY}, field)
union all
select {KEY}, operation, fields.field_number, fields.field,
    case when fields.kind = 'key' then acknowledged.value else fields.not_available_as end,
    fields.kind <> 'key' and not coalesce(acknowledged.is_not_available, true)
from gone
inner join fields using (export_object)
left join acknowledged using ({KEY}, field)
"""

# What the other systems have once the run is acknowledged: months outside of the window stay as they were.
KEPT = f"""
select {", ".join(COLUMNS)} from acknowledged
where not is_forgotten and month not between $first_month and $as_of_date
union all
select {", ".join(COLUMNS)} from current_values
order by {KEY}, field_number
"""


@dataclass(frozen=True)
class ObjectRows:
    """What a run writes of an object: its rows, those of them that clear a record, and the fields that are cleared."""

    name: str
    rows: int
    clearing_rows: int
    clears: int


def export(settings: Settings, forgotten: Collection[str] = ()) -> dict[str, Any]:
    """Write a run and return its manifest; the caller holds the warehouse's lock.

    Records with an id of `forgotten`, in lower case, are cleared in all months, as if they were gone (R23.4).
    The run appears whole, by a rename, or not at all. Raises SeatwiseError, one line, where nothing is published, the
    published copy has no exports, or what was acknowledged cannot be read.
    """
    with open_published(settings.published_file) as database, staging_folder(settings) as staging:
        publication = read_publication(settings, database)
        acknowledged_run = open_tables(settings, database, forgotten)
        window = {"first_month": publication["exported_from_month"], "as_of_date": publication["as_of_date"]}
        for statement in (CHANGED, GONE, FIELDS, WRITTEN):
            database.execute(statement, {name: value for name, value in window.items() if f"${name}" in statement})

        run = f"{max([*map(int, run_names(settings)), int(acknowledged_run or 0)]) + 1:06d}"
        written = [write_object(database, name, staging) for name in objects(database)]
        write_snapshot(database, window, run, staging / SNAPSHOT)
        manifest = {
            "run": run,
            "created_at": in_json(datetime.now(UTC).replace(microsecond=0, tzinfo=None)),
            "compared_with": acknowledged_run,
            "from_month": in_json(window["first_month"]),
            **{column: in_json(publication[column]) for column in PUBLISHED},
            "rows": sum(rows.rows for rows in written),
            "clearing_rows": sum(rows.clearing_rows for rows in written),
            "clears": sum(rows.clears for rows in written),
            "objects": {
                rows.name: {"rows": rows.rows, "clearing_rows": rows.clearing_rows, "clears": rows.clears}
                for rows in written
            },
            "files": {file.name: {"bytes": file.stat().st_size, "sha256": sha256_of(file)} for file in files(staging)},
        }
        (staging / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        for path in [*staging.iterdir(), staging]:
            sync(path)
        runs = settings.exports_folder / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        staging.rename(runs / run)
        sync(runs)
    return manifest


def read_publication(settings: Settings, database: duckdb.DuckDBPyConnection) -> Row:
    """Return the row of what is published: its as-of date and the first month that leaves."""
    try:
        return query(database, f"select exported_from_month, {', '.join(PUBLISHED)} from {PUBLICATION_MART}")[0]
    except (duckdb.CatalogException, duckdb.BinderException, IndexError):
        raise SeatwiseError(
            f"{settings.published_file} was published by a version without exports: run make build"
        ) from None


def open_tables(settings: Settings, database: duckdb.DuckDBPyConnection, forgotten: Collection[str]) -> str | None:
    """Make the temporary tables `current_values` and `acknowledged`, and return the run that was acknowledged last."""
    columns = ", ".join(COLUMNS)
    ids = [sorted(forgotten)]
    try:
        database.execute(
            f"create temp table current_values as select {columns} from {MART} qualify not ({IS_FORGOTTEN})", ids
        )
    except duckdb.Error:
        raise SeatwiseError(
            f"{settings.published_file} was published by a version without exports: run make build"
        ) from None
    file = settings.exports_folder / ACKNOWLEDGED
    if not file.exists():
        definitions = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        database.execute(f"create temp table acknowledged ({definitions}, is_forgotten boolean)")
        return None
    run = acknowledged_run(file)
    database.execute(
        f"create temp table acknowledged as select {columns}, {IS_FORGOTTEN} as is_forgotten"
        f" from read_parquet({quoted_text(file)})",
        ids,
    )
    return run


def holds(file: Path, forgotten: Collection[str]) -> bool:
    """Tell whether what is acknowledged, or would be with a run, has a record with one of these ids, in lower case."""
    if not file.exists():
        return False
    with duckdb.connect() as connection:
        query = f"select count(*) from read_parquet({quoted_text(file)}) where list_contains($1, lower(value))"
        return connection.execute(query, [sorted(forgotten)]).fetchall()[0][0] > 0


def acknowledged_run(file: Path) -> str | None:
    """Return the run that a file of what is acknowledged comes from, None where there is none.

    Raises SeatwiseError, one line, for a file that no run has written.
    """
    if not file.exists():
        return None
    try:
        with duckdb.connect() as connection:
            connection.execute(f"select {', '.join(COLUMNS)} from read_parquet({quoted_text(file)}) limit 0")
            found = connection.execute(
                f"select decode(value) from parquet_kv_metadata({quoted_text(file)}) where decode(key) = '{RUN_KEY}'"
            ).fetchall()
        return found[0][0]
    except (duckdb.Error, IndexError):
        raise SeatwiseError(f"{file} is damaged: restore it, or remove it to have every record written again") from None


def objects(database: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the objects that have fields, in the order of the seed."""
    rows = database.execute(
        "select export_object from fields group by export_object order by min(field_number), export_object"
    ).fetchall()
    return [name for (name,) in rows]


def write_object(database: duckdb.DuckDBPyConnection, name: str, folder: Path) -> ObjectRows:
    """Write the CSV and Parquet file of an object: a row a record and month, its keys first, all fields as text."""
    fields = database.execute(
        "select field, kind = 'key' from fields where export_object = ? order by field_number", [name]
    ).fetchall()
    texts = {
        field: f"max(case when field = {quoted_text(field)} then value end) as {quoted_name(field)}"
        for field, _ in fields
    }
    keys = [texts[field] for field, is_key in fields if is_key]
    others = [texts[field] for field, is_key in fields if not is_key]
    columns = ", ".join([*keys, 'month as "Month"', 'operation as "Operation"', *others])
    select = (
        f"select {columns} from written where export_object = {quoted_text(name)}"
        " group by record_id, month, operation order by month, record_id"
    )
    for suffix, options in (("csv", "format csv, header"), ("parquet", "format parquet, compression zstd")):
        database.execute(f"copy ({select}) to {quoted_text(folder / f'{name}.{suffix}')} ({options})")
    counted = database.execute(
        "select count(distinct (record_id, month)), count(distinct (record_id, month)) filter (operation = 'clear'),"
        " count(*) filter (is_cleared) from written where export_object = ?",
        [name],
    ).fetchall()[0]
    return ObjectRows(name, *counted)


def write_snapshot(database: duckdb.DuckDBPyConnection, window: Mapping[str, date], run: str, file: Path) -> None:
    """Write what the other systems have once the run is acknowledged."""
    database.execute(f"create temp table kept as {KEPT}", dict(window))
    database.execute(
        f"copy kept to {quoted_text(file)} (format parquet, compression zstd, kv_metadata {{{RUN_KEY}: '{run}'}})"
    )


def files(folder: Path) -> list[Path]:
    """Return the files of a run that its manifest vouches for."""
    return sorted(file for file in folder.iterdir() if file.suffix in {".csv", ".parquet"})


def run_names(settings: Settings) -> list[str]:
    """Return the runs that there are, the newest last."""
    runs = settings.exports_folder / "runs"
    if not runs.is_dir():
        return []
    return sorted(folder.name for folder in runs.iterdir() if re.fullmatch(r"\d{6,}", folder.name))


def acknowledge(settings: Settings, text: str) -> str:
    """Take the newest run as acknowledged, and return one line about it; the caller holds the warehouse's lock.

    A run that is acknowledged already stays so. Raises SeatwiseError, one line, and changes nothing, for a run that
    there is not, one that is not the newest, and one that is not as it was written.
    """
    runs = run_names(settings)
    text = text.strip()
    run = f"{int(text):06d}" if re.fullmatch(r"[0-9]{1,9}", text) else text
    if not text:
        raise SeatwiseError("which run? make export-ack RUN=..." + (f"; the newest is {runs[-1]}" if runs else ""))
    if not runs:
        raise SeatwiseError(f"there is no run in {settings.exports_folder}: run make export")
    if run not in runs:
        raise SeatwiseError(f"there is no run '{text}' in {settings.exports_folder}: the newest is {runs[-1]}")
    if run != runs[-1]:
        raise SeatwiseError(f"run {run} is not the newest: acknowledge {runs[-1]}, which holds all that differs")

    acknowledged = settings.exports_folder / ACKNOWLEDGED
    last = acknowledged_run(acknowledged)
    if last == run:
        return f"run {run} is acknowledged already"
    folder = settings.exports_folder / "runs" / run
    manifest = checked_manifest(folder)
    if manifest["compared_with"] != last:
        raise SeatwiseError(f"run {run} was compared with another run than the one acknowledged last: run make export")
    with staging_folder(settings) as staging:
        copy = staging / ACKNOWLEDGED
        copy.write_bytes((folder / SNAPSHOT).read_bytes())
        sync(copy)
        copy.replace(acknowledged)
        sync(settings.exports_folder)
    return f"run {run} is acknowledged: {manifest['rows']:,} rows as of {manifest['as_of_date']}"


def checked_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run whose files are as they were written; raises SeatwiseError, one line, else."""
    damaged = f"{folder} is not as it was written ({{}}): run make export and acknowledge that run"
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        checksums = {name: str(file["sha256"]) for name, file in manifest["files"].items()}
        has_all = manifest["run"] == folder.name and {"compared_with", "rows", "as_of_date"} <= manifest.keys()
    except (FileNotFoundError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, AttributeError):
        has_all = False
    if not has_all or SNAPSHOT not in checksums:
        raise SeatwiseError(damaged.format(MANIFEST))
    for name, checksum in checksums.items():
        file = folder / Path(name).name
        if not file.is_file() or sha256_of(file) != checksum:
            raise SeatwiseError(damaged.format(file.name))
    return manifest


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Tell what DuckDB says, a full disk for one, in one line."""
    try:
        yield
    except duckdb.Error as error:
        raise SeatwiseError(f"nothing exported: {str(error).splitlines()[0]}") from error


def summary(settings: Settings, manifest: Mapping[str, Any]) -> Sequence[str]:
    """Return what a run wrote, in lines."""
    lines = [
        f"  {name}: {rows['rows']:,} rows, of which {rows['clearing_rows']:,} clear a record;"
        f" {rows['clears']:,} fields cleared"
        for name, rows in manifest["objects"].items()
    ]
    folder = settings.exports_folder / "runs" / manifest["run"]
    since = manifest["compared_with"] or "nothing acknowledged yet"
    lines.insert(0, f"{folder}: {manifest['rows']:,} rows as of {manifest['as_of_date']}, compared with {since}")
    return [*lines, f"Once they are taken: make export-ack RUN={manifest['run']}"]


def main() -> int:
    """Write a run, say what it holds, and return an exit code."""
    settings = read_settings()
    if not settings.published_file.is_file():
        raise SeatwiseError(f"{settings.published_file} does not exist: run make build")
    with warehouse_lock(settings), one_line_errors():
        print("\n".join(summary(settings, export(settings))))
    return 0


def acknowledge_main(run: str) -> int:
    """Acknowledge a run, say so, and return an exit code."""
    settings = read_settings()
    if not settings.exports_folder.is_dir():
        raise SeatwiseError(f"there is no run in {settings.exports_folder}: run make export")
    with warehouse_lock(settings):
        print(acknowledge(settings, run))
    return 0
