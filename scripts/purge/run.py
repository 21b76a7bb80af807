"""`make purge`: the subjects of operations/purge_requests go from landing, warehouse and all that was published.

What is to be purged is written into a journal first. Every step may be done twice and each file is written whole or not
at all, so a purge that was interrupted anywhere is ended by the next one; the journal goes when nothing is found.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from scripts import export as exports
from scripts import restatements
from scripts.buckets import is_bucket
from scripts.build import build
from scripts.landing.contract import declared_tables
from scripts.private_file import DAMAGED
from scripts.publish import publish
from scripts.purge.keys import Ids, purge_key, read_keys, server_id, write_tombstones, write_whole
from scripts.purge.rewrite import PAYLOAD_KEYS, Removed, is_of, long_ids, rewrite_landing
from scripts.purge.search import Search, search_for
from scripts.purge.subjects import Subject, read_subjects
from scripts.runs import forget_problems
from scripts.settings import PROJECT_ROOT, SeatwiseError, Settings, read_settings, warehouse_lock
from scripts.tables import quoted_name, quoted_text

JOURNAL = Path(".purge") / "journal.json"
PURGES = "purges"
SEEDS = PROJECT_ROOT / "seeds"


def main(is_dry: bool) -> int:
    """Purge what is asked for, or say what would go, and return an exit code."""
    settings = read_settings()
    if is_bucket(str(settings.landing)) or settings.publish_to:
        raise SeatwiseError(
            "a purge rewrites files of a folder: it does not reach into buckets, whose older versions it could not see;"
            " purge a copy of the landing on a disk, and remove objects and their versions from the bucket"
        )
    out = Console(highlight=False)
    with warehouse_lock(settings):
        subjects = wanted(settings)
        if not subjects:
            out.print("purge: no requests in operations/purge_requests: nothing to do")
            return 0
        ids = [subject.frozen() for subject in subjects]
        root = Path(settings.landing)
        if is_dry:
            removed = rewrite_landing(root, read_keys(SEEDS), ids, is_dry=True)
            found = search(settings, subjects)
            for line in in_words(subjects, removed, found):
                out.print(line, soft_wrap=True)
            out.print("purge: nothing was written")
            return 0

        purge_key()
        clear_exports(settings, subjects)
        keep_journal(settings, subjects)
        before = search(settings, subjects)
        write_tombstones(settings.warehouse, ids)
        removed = rewrite_landing(root, read_keys(SEEDS), ids, is_dry=False)
        shrink_private_file(settings, removed, ids)
        forget_history(settings, subjects, ids)
        forget_runs(settings, subjects)
        remove_traces(settings)
        run = build(settings, out, is_verbose=False)
        if run.problems:
            raise SeatwiseError(
                "\n".join([*run.problems, "the landing is purged, what is published is not: mend this, run it again"])
            )
        publish(settings, keep_previous=False)
        remove_traces(settings)
        after = search(settings, subjects)
        file = write_manifest(settings, subjects, removed, before, after)
        for line in in_words(subjects, removed, after):
            out.print(line, soft_wrap=True)
        if sum(after.hits.values()):
            places = "\n".join(after.files)
            raise SeatwiseError(f"ids of the subjects are still found, in what others share with them:\n{places}")
        (settings.warehouse / JOURNAL).unlink()
        out.print(f"purge: done, {file} says what was removed", soft_wrap=True)
    return 0


def wanted(settings: Settings) -> list[Subject]:
    """Return what is to be purged: what the journal of an interrupted purge has, and what was asked for since."""
    journal = settings.warehouse / JOURNAL
    kept = [Subject.from_json(values) for values in json.loads(journal.read_text())] if journal.exists() else []
    try:
        asked = read_subjects(settings.private_file)
    except (SeatwiseError, duckdb.Error):
        # The purge that was interrupted had the file in its hands; what it was to purge, the journal knows.
        if not kept:
            raise
        asked = []
    known = [subject.ids[subject.kind] for subject in kept]
    return kept + [subject for subject in asked if not any(subject.ids[subject.kind] <= ids for ids in known)]


def keep_journal(settings: Settings, subjects: Sequence[Subject]) -> None:
    """Write down what is to be purged, for whoever has to go on; only its owner may read it."""
    journal = settings.warehouse / JOURNAL
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.touch(mode=0o600)
    write_whole(journal, json.dumps([subject.as_json() for subject in subjects]).encode())


def clear_exports(settings: Settings, subjects: Sequence[Subject]) -> None:
    """Raise SeatwiseError, one line, as long as other systems have records of the subjects; write what clears them.

    Once they are purged nobody knows which records those were (R23.4).
    """
    records = {
        value
        for subject in subjects
        for kind in ("account", "instance")
        if kind == "instance" or subject.kind == "account"
        for value in subject.ids.get(kind, ())
    }
    acknowledged = settings.exports_folder / exports.ACKNOWLEDGED
    last = exports.acknowledged_run(acknowledged)
    newest = max(exports.run_names(settings), default=None)
    is_open = newest is not None and newest != last
    if is_open and exports.holds(settings.exports_folder / "runs" / str(newest) / exports.SNAPSHOT, records):
        raise SeatwiseError(
            f"export {newest} has records of the subjects: if it was taken, make export-ack RUN={newest},"
            f" if not, remove {settings.exports_folder / 'runs' / str(newest)}; then make purge again"
        )
    if exports.holds(acknowledged, records):
        run = newest if is_open else exports.export(settings, records)["run"]
        raise SeatwiseError(
            f"other systems have records of the subjects: export {run} clears them; once it is taken,"
            f" make export-ack RUN={run}, then make purge again"
        )


def search(settings: Settings, subjects: Sequence[Subject]) -> Search:
    """Look for the subjects' ids in all stores: landing, build, published, history, exports, dbt's files and logs."""
    found = search_of(subjects)
    stores = {
        "landing": Path(settings.landing),
        "build": settings.private_file.parent,
        "published": settings.published_file,
        "manifest": settings.manifest_file,
        "parquet": settings.warehouse / ".parquet",
        "history": settings.warehouse / restatements.HISTORY,
        "exports": settings.exports_folder,
        "purges": settings.warehouse / PURGES,
        "tombstones": settings.warehouse / ".purge" / "tombstones",
        "target": settings.target,
        "logs": settings.logs,
        "runs": settings.runs_file,
    }
    for name, place in stores.items():
        if place.exists():
            found.store(name, place)
    return found


def search_of(subjects: Sequence[Subject]) -> Search:
    """Return a search for the subjects' ids that has looked nowhere yet."""
    ids = [subject.frozen() for subject in subjects]
    return search_for(
        {value for subject in ids for value in long_ids(subject)},
        {record for subject in subjects for record in subject.records},
        {value for subject in ids for value in subject.get("namespace", ())},
    )


def shrink_private_file(settings: Settings, removed: Removed, ids: Sequence[Ids]) -> None:
    """Keep of the build's file what was read of files that stay as they are, in a new file without freed blocks.

    Rows of archived files are there and nowhere else, so the subjects' are taken out of them one by one; all other
    tables are made anew by the build that follows.
    """
    file = settings.private_file
    for aside in file.parent.glob(f"*{DAMAGED}*"):
        aside.unlink()
    if not file.exists():
        return
    made = file.with_name(f"{file.name}.purging")
    made.unlink(missing_ok=True)
    keys = read_keys(SEEDS)
    kept = {
        table.path: ("landing", table.identifier) if not table.is_streamed else None
        for table in declared_tables(PROJECT_ROOT)
    }
    streamed = {
        "service_ping": ("stg_service_ping__pings", "file"),
        "saas/namespace_metrics": ("stg_saas__namespace_metrics", "_file"),
        "saas/namespace_seats": ("stg_saas__namespace_seats", "_file"),
    }
    with duckdb.connect(made) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {quoted_text(file)} as old (read_only)")
        there = {
            (schema, name)
            for schema, name in connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'old'"
            ).fetchall()
        }
        for schema in ("landing", "staging"):
            connection.execute(f"create schema if not exists {schema}")
        for path, relation in kept.items():
            schema, name = relation or ("staging", streamed[path][0])
            column = "_file" if relation else streamed[path][1]
            if (schema, name) not in there:
                continue
            target = f"{quoted_name(schema)}.{quoted_name(name)}"
            gone = removed.files_by_table.get(path, [])
            connection.execute(
                f"create table {target} as select * from old.{target} where not list_contains($1, {column})", [gone]
            )
            take_rows_out(connection, target, path, [key for key in keys.get(path, []) if key.action == "remove"], ids)
        if ("landing", "unknown_keys") in there:
            connection.execute(
                "create table landing.unknown_keys as select * from old.landing.unknown_keys"
                " where not list_contains($1, file)",
                [removed.files],
            )
        if ("landing", "files") in there:
            connection.execute(
                "create table landing.files as select * from old.landing.files where not list_contains($1, file)",
                [removed.files],
            )
        connection.execute("detach old")
        connection.execute("checkpoint")
    # What is left of a build that was killed is of the old file.
    file.with_name(f"{file.name}.wal").unlink(missing_ok=True)
    made.replace(file)


def take_rows_out(
    connection: duckdb.DuckDBPyConnection, target: str, path: str, keys: Sequence[Any], ids: Sequence[Ids]
) -> None:
    """Delete the subjects' rows of what was read of files that are no longer there."""
    columns = {name for name, *_ in connection.execute(f"describe {target}").fetchall()}
    if path == "service_ping":
        servers = {server for subject in ids for server in subject.get("server", ())}
        pairs = connection.execute(f"select distinct coalesce(instance_uuid, ''), hostname from {target}").fetchall()
        theirs = [f"{uuid}|{hostname}" for uuid, hostname in pairs if server_id(uuid, hostname) in servers]
        connection.execute(
            f"delete from {target} where list_contains($1, coalesce(instance_uuid, '') || '|' || hostname)", [theirs]
        )
        for name, kind in PAYLOAD_KEYS:
            values = sorted({value for subject in ids for value in subject.get(kind, ())})
            connection.execute(f"delete from {target} where list_contains($1, lower({name}))", [values])
        texts = connection.execute(f"select rowid, raw_text from {target} where raw_text is not null").fetchall()
        theirs = [row for row, text in texts if is_of(text.encode(), ids)]
        connection.execute(f"delete from {target} where list_contains($1, rowid)", [theirs])
        return
    for key in keys:
        # Staging calls the parent of a namespace's metrics by what it is.
        name = next((known for known in columns if known.lower() in (key.column, f"{key.kind}_id")), None)
        values = sorted({value for subject in ids for value in subject.get(key.kind, ())})
        if name and values:
            connection.execute(
                f"delete from {target} where list_contains($1, lower(trim({quoted_name(name)})))", [values]
            )


def forget_history(settings: Settings, subjects: Sequence[Subject], ids: Sequence[Ids]) -> None:
    """Take the subjects out of what publications kept, and note which accounts are to change through the purge."""
    columns = {"account_id": "account", "subscription_name": "subscription_name", "instance_id": "instance"}
    for folder in (settings.warehouse / restatements.HISTORY).glob("[0-9]*"):
        for file in sorted(folder.glob("*.parquet")):
            with duckdb.connect() as connection:
                connection.execute(f"create table kept as select * from {quoted_text(file)}")
                names = [name for name, *_ in connection.execute("describe kept").fetchall()]
                for name, kind in columns.items():
                    values = sorted({value for subject in ids for value in subject.get(kind, ())})
                    if name in names:
                        connection.execute(f"delete from kept where list_contains($1, lower({name}))", [values])
                made = file.with_name(f".{file.name}.purging")
                connection.execute(f"copy kept to {quoted_text(made)} (format parquet, compression zstd)")
            made.replace(file)
        touched = sorted({account for subject in subjects for account in subject.touched})
        if touched:
            file = folder / f"{restatements.PURGED}.parquet"
            made = file.with_name(f".{file.name}.purging")
            with duckdb.connect() as connection:
                connection.execute(
                    f"copy (select unnest($1::varchar[]) as account_id) to {quoted_text(made)} (format parquet)",
                    [touched],
                )
            made.replace(file)


def forget_runs(settings: Settings, subjects: Sequence[Subject]) -> None:
    """Remove the exports that name the subjects, the one that cleared them among them: they were taken."""
    for name in exports.run_names(settings):
        folder = settings.exports_folder / "runs" / name
        found = search_of(subjects)
        found.store(name, folder)
        if found.hits[name]:
            shutil.rmtree(folder)


def remove_traces(settings: Settings) -> None:
    """Remove what dbt keeps of runs beside the database: compiled queries are made anew, logs are not needed."""
    for path in (settings.target / "compiled", settings.target / "run", settings.private_file.parent / "spill"):
        shutil.rmtree(path, ignore_errors=True)
    for log in settings.logs.glob("dbt.log*"):
        log.unlink()
    forget_problems(settings)


def write_manifest(
    settings: Settings, subjects: Sequence[Subject], removed: Removed, before: Search, after: Search
) -> Path:
    """Write what a purge removed, without saying of whom, and return the file."""
    ended = datetime.now(UTC)
    told = {
        "ended_at": ended.isoformat(timespec="seconds"),
        "subjects": {kind: sum(subject.kind == kind for subject in subjects) for kind in ("account", "instance")},
        "rows_removed": removed.rows,
        "cells_blanked": removed.cells,
        "files_rewritten": len(removed.files),
        "hits_before": before.hits,
        "hits_after": after.hits,
        "bytes_searched": after.bytes_read,
    }
    folder = settings.warehouse / PURGES
    folder.mkdir(exist_ok=True)
    file = folder / f"{ended:%Y%m%dT%H%M%SZ}.json"
    write_whole(file, (json.dumps(told, indent=2) + "\n").encode())
    return file


def in_words(subjects: Sequence[Subject], removed: Removed, found: Search) -> list[str]:
    """Return what goes, and where ids are found, in lines that name nobody."""
    kinds = ", ".join(
        f"{count} {kind}{'s' if count != 1 else ''}"
        for kind in ("account", "instance")
        if (count := sum(subject.kind == kind for subject in subjects))
    )
    lines = [f"purge: {kinds}; {len(removed.files)} files of the landing"]
    lines += [f"  {table}: {count:,} rows" for table, count in sorted(removed.rows.items())]
    lines += [f"  {table}: {count:,} cells of rows that stay" for table, count in sorted(removed.cells.items())]
    hits = ", ".join(f"{store} {count:,}" for store, count in found.hits.items())
    return [*lines, f"  found in {found.bytes_read:,} bytes searched: {hits}"]
