"""Publish the marts of the last complete build: whole or not at all (R15).

Readers find in the warehouse folder `seatwise.duckdb` (tables only, marts only), `parquet/` (a file a mart) and
`seatwise.manifest.json`. All three are made aside and put in place by renames, so that a process killed at any moment
leaves nothing half made to be seen; what it left aside is removed by the next one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

from scripts import restatements
from scripts.settings import (
    PROJECT_ROOT,
    LockedError,
    PublicationError,
    SeatwiseError,
    Settings,
    read_settings,
    warehouse_lock,
)
from scripts.tables import locked_line, quoted_name, quoted_text
from scripts.upload import upload

STAGING = ".publishing"
PARQUET_VERSIONS = ".parquet"
PUBLICATION_MART = "dim_publication"

# A test of warning severity that finds something is 'warn'; whatever else is not well is not published.
SOUND_STATUSES = frozenset({"success", "pass", "warn"})

# What uses the marts is listed among the results, though dbt has nothing to run for it.
DESCRIPTIONS = "exposure."

# dbt writes its results before it closes the database, and the file's last page may come a moment later.
CLOSING_TIME = timedelta(seconds=60)


@dataclass(frozen=True)
class Mart:
    """A public model, where it lies in the private file, and what its YAML says of it."""

    name: str
    schema: str
    description: str
    column_descriptions: Mapping[str, str]


@dataclass(frozen=True)
class Build:
    """A complete build: all marts made and all tests of error severity passed.

    `relations` are its tables by name, as SQL writes them within the build's file.
    """

    marts: Sequence[Mart]
    invocation_id: str
    relations: Mapping[str, str] = field(default_factory=dict)


def last_build(settings: Settings) -> Build:
    """Read what dbt left of its last run, and return it as a build that may be published.

    Raises PublicationError, one line, when that was no complete build of this warehouse: nothing, a selection, a
    failure, another dbt command since (a build that was killed, for one), or a private file of another run.
    """
    manifest, results = read_artifact(settings, "manifest.json"), read_artifact(settings, "run_results.json")
    if results["args"].get("which") != "build":
        raise PublicationError(
            f"the last dbt command was '{results['args'].get('which')}', not a build: run make build"
        )

    # dbt writes its manifest before it touches the database, its results when it is done.
    if manifest["metadata"]["invocation_id"] != results["metadata"]["invocation_id"]:
        raise PublicationError("dbt has been started again since the last complete build: run make build")

    nodes = {**manifest["nodes"], **manifest["unit_tests"]}
    statuses = {
        result["unique_id"]: result["status"]
        for result in results["results"]
        if not result["unique_id"].startswith(DESCRIPTIONS)
    }
    for key, status in statuses.items():
        if status not in SOUND_STATUSES:
            node_name = nodes[key]["name"] if key in nodes else key
            raise PublicationError(f"the last build is not sound ({node_name}: {status}): mend it and run make build")

    marts = {key: mart_of(node) for key, node in nodes.items() if is_mart(node)}
    tests = {key for key, node in nodes.items() if node["resource_type"] == "test"}
    missing = sorted((set(marts) | tests) - set(statuses))
    if PUBLICATION_MART not in {mart.name for mart in marts.values()}:
        raise PublicationError(f"the project has no mart {PUBLICATION_MART}: nothing to publish")
    if missing:
        raise PublicationError(
            f"the last build left out {len(missing)} of the marts and tests ({missing[0]}, …): run make build"
        )

    check_private_file(settings, results["metadata"])
    return Build(
        marts=sorted(marts.values(), key=lambda mart: mart.name),
        invocation_id=results["metadata"]["invocation_id"],
        relations=relations_of(nodes.values()),
    )


def relations_of(nodes: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the models and seeds of dbt's manifest by name, as SQL writes them once the build's file is attached."""
    return {
        node["name"]: f"built.{quoted_name(node['schema'])}.{quoted_name(node['alias'])}"
        for node in nodes
        if node["resource_type"] in ("model", "seed") and "alias" in node
    }


def read_artifact(settings: Settings, name: str) -> dict[str, Any]:
    """Read one of the files that dbt leaves in its target folder."""
    try:
        return json.loads((settings.target / name).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        raise PublicationError("there is no complete build to publish: run make build") from None


def check_private_file(settings: Settings, metadata: Mapping[str, Any]) -> None:
    """Raise PublicationError unless the private file is as the run with this metadata left it."""
    file = settings.private_file
    if not file.exists():
        raise PublicationError(f"{file} does not exist: run make build")
    if file.with_name(f"{file.name}.wal").exists():
        raise PublicationError(f"{file} was left open by a build that was killed, or is being written: run make build")
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    started = datetime.fromisoformat(metadata["invocation_started_at"])
    ended = datetime.fromisoformat(metadata["generated_at"])
    if not started <= written <= ended + CLOSING_TIME:
        raise PublicationError(f"{file} is not what the last complete build wrote: run make build")


def is_mart(node: Mapping[str, Any]) -> bool:
    """Whether a node of dbt's manifest is a model that readers may see."""
    return (
        node["resource_type"] == "model"
        and node.get("access") == "public"
        and node["original_file_path"].startswith("models/marts/")
    )


def mart_of(node: Mapping[str, Any]) -> Mart:
    """Turn a node of dbt's manifest into a mart."""
    return Mart(
        name=node["alias"],
        schema=node["schema"],
        description=node["description"].strip(),
        column_descriptions={
            column["name"]: column["description"].strip()
            for column in node["columns"].values()
            if column["description"]
        },
    )


def publish(settings: Settings, keep_previous: bool = True) -> dict[str, Any]:
    """Publish the last complete build and return its manifest; the caller holds the warehouse's lock.

    `keep_previous` keeps the Parquet files of the publication before, which a reader may be in the middle of; after
    a purge (R14.2) they must go. Raises PublicationError, one line, and leaves what is published as it is.
    """
    build = last_build(settings)
    with staging_folder(settings) as staging:
        published_at = datetime.now(UTC)
        version = f"{published_at:%Y%m%dT%H%M%S.%fZ}"
        before = restatements.find_before(settings)
        known = {
            "publication_number": before.number + 1,
            "published_at": published_at.replace(microsecond=0, tzinfo=None),
            **git_state(),
            "seatwise_version": project_version(),
        }
        row_counts, publication = write_marts(settings, build, known, before, staging)
        file = staging / settings.published_file.name
        manifest = {
            **{column: in_json(value) for column, value in publication.items()},
            "row_counts": row_counts,
            "file": {
                "name": file.name,
                "bytes": file.stat().st_size,
                "sha256": sha256_of(file),
            },
            "parquet_folder": f"{PARQUET_VERSIONS}/{version}",
            "duckdb_version": duckdb.__version__,
            "dbt_invocation_id": build.invocation_id,
        }
        manifest_file = staging / settings.manifest_file.name
        manifest_file.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        for path in [*staging.rglob("*"), staging]:
            sync(path)

        # The manifest comes last: who finds it finds what it tells of.
        if (staging / restatements.HISTORY).exists():
            restatements.put_in_place(settings, staging / restatements.HISTORY, before.number + 1)
        replaced = switch_parquet(settings, staging / "parquet", version)
        remove_logs(settings.published_file)
        file.replace(settings.published_file)
        manifest_file.replace(settings.manifest_file)
        sync(settings.warehouse)
        restatements.remove_others(settings, before.number + 1)
        remove_old_parquet(settings, {version, replaced} if keep_previous else {version})
    return manifest


@contextmanager
def staging_folder(settings: Settings) -> Iterator[Path]:
    """Give an empty folder beside the published files, on the same file system, and remove it afterwards.

    Only the holder of the lock publishes, so whatever lies there before is the rest of a killed run.
    """
    staging = settings.warehouse / STAGING
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write_marts(
    settings: Settings, build: Build, known: Mapping[str, Any], before: restatements.Before, staging: Path
) -> tuple[dict[str, int], dict[str, Any]]:
    """Write the marts into a database and a Parquet folder in `staging`.

    Returns the number of rows of each mart, and the row of `dim_publication`, with what is `known` only now. What the
    next publication compares itself with is left in a folder of its own.
    """
    (staging / "parquet").mkdir()
    config = {
        "threads": settings.threads,
        "memory_limit": settings.memory_limit,
        "temp_directory": str(staging / "spill"),
    }
    row_counts = {}
    try:
        # The stem stays the same: it is the name of the catalogue, which views of a reader may carry.
        with duckdb.connect(staging / settings.published_file.name, config=config) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"attach {quoted_text(settings.private_file)} as built (read_only)")
            for mart in build.marts:
                create_mart(connection, mart, known if mart.name == PUBLICATION_MART else {})
            if restatements.MART in {mart.name for mart in build.marts}:
                restatements.restate(connection, build.relations, before, known, staging / restatements.HISTORY)
            for mart in build.marts:
                file = staging / "parquet" / f"{mart.name}.parquet"
                row_counts[mart.name] = write_parquet(connection, mart, file)
            connection.execute("detach built")
            rows = connection.execute(f"select * from {PUBLICATION_MART}")
            publication = dict(zip((column[0] for column in rows.description), rows.fetchall()[0], strict=True))
            connection.execute("checkpoint")
    except duckdb.Error as error:
        if locked := locked_line(str(error)):
            raise LockedError(locked) from error
        raise PublicationError(f"nothing published: {str(error).splitlines()[0]}") from error
    shutil.rmtree(staging / "spill", ignore_errors=True)
    return row_counts, publication


def create_mart(connection: duckdb.DuckDBPyConnection, mart: Mart, filled: Mapping[str, Any]) -> None:
    """Copy one mart, with its descriptions as comments.

    `filled` are values of columns that the build could not know.
    """
    table = quoted_name(mart.name)
    connection.execute(f"create table {table} as select * from built.{quoted_name(mart.schema)}.{table}")
    for column, value in filled.items():
        connection.execute(f"update {table} set {quoted_name(column)} = ?", [value])
    connection.execute(f"comment on table {table} is {quoted_text(mart.description)}")
    for (column,) in connection.execute(f"select column_name from (describe {table})").fetchall():
        if description := mart.column_descriptions.get(column):
            connection.execute(f"comment on column {table}.{quoted_name(column)} is {quoted_text(description)}")


def write_parquet(connection: duckdb.DuckDBPyConnection, mart: Mart, file: Path) -> int:
    """Write one mart as a Parquet file and return how many rows it has."""
    table = quoted_name(mart.name)
    connection.execute(f"copy {table} to {quoted_text(file)} (format parquet, compression zstd)")
    return connection.execute(f"select count(*) from {table}").fetchall()[0][0]


def in_json(value: Any) -> Any:
    """Return a value as the manifest writes it: dates and times in ISO 8601, times in UTC."""
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='seconds')}Z"
    return value.isoformat() if isinstance(value, date) else value


def remove_logs(file: Path) -> None:
    """Remove what a reader that had the published file open for writing has left beside it, before the file changes.

    A log belongs to the file that it was written for, but DuckDB finds it by its name: left where it is, the next
    reader would replay it into the new file. Removed after the rename, a reader in between would. Removed before, and
    for the disk too, that reader finds the old file as it was published.
    """
    for log in file.parent.glob(f"{file.name}.wal*"):
        log.unlink(missing_ok=True)
    sync(file.parent)


def held_for_writing(settings: Settings) -> str | None:
    """Return one line about a reader that has the published file open for writing, None where nobody has.

    It keeps all other readers out. It goes on with the old copy once a new one is published, but a log that it begins
    then would be the new file's by name.
    """
    try:
        duckdb.connect(settings.published_file, read_only=True).close()
    except duckdb.Error as error:
        return locked_line(str(error), "open it read-only there")
    return None


def switch_parquet(settings: Settings, made: Path, version: str) -> str | None:
    """Put a finished Parquet folder in place by renaming a link to it; return the version it replaced."""
    versions = settings.warehouse / PARQUET_VERSIONS
    versions.mkdir(exist_ok=True)
    made.rename(versions / version)
    sync(versions)
    replaced = settings.parquet_folder.readlink().name if settings.parquet_folder.is_symlink() else None
    if replaced is None and settings.parquet_folder.exists():
        # A folder of its own, from a copy of the warehouse that followed links: it gives way to the link.
        replaced = f"{version}-before"
        settings.parquet_folder.rename(versions / replaced)
    link = made.with_name("parquet-link")
    # Relative, so that the warehouse can be moved or mounted elsewhere.
    link.symlink_to(f"{PARQUET_VERSIONS}/{version}", target_is_directory=True)
    link.replace(settings.parquet_folder)
    return replaced


def remove_old_parquet(settings: Settings, kept: set[str | None]) -> None:
    """Remove all versions of the Parquet folder but the ones to keep."""
    for folder in (settings.warehouse / PARQUET_VERSIONS).iterdir():
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def project_version() -> str:
    """Return the version of Seatwise."""
    return str(yaml.safe_load((PROJECT_ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["version"])


def git_state() -> dict[str, Any]:
    """Return the commit of the project and whether files differ from it; null where there is no commit or no git."""

    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(  # noqa: S603
                ["git", *arguments],  # noqa: S607
                cwd=PROJECT_ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit = git("rev-parse", "--verify", "HEAD")
    changes = git("status", "--porcelain") if commit else None
    return {"git_commit": commit or None, "git_has_changes": None if changes is None else bool(changes)}


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Have the disk hold a file or a folder's names before anything points to it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def uploaded(settings: Settings, manifest: Mapping[str, Any]) -> str:
    """Upload a publication to the bucket of the settings, and return a line about it.

    Raises PublicationError, one line, where the bucket does not take it.
    """
    try:
        return upload(settings, manifest)
    except SeatwiseError as error:
        raise PublicationError(str(error)) from error


def main(forget_previous: bool) -> int:
    """Publish the last complete build, say what it is, and return an exit code."""
    settings = read_settings()
    with warehouse_lock(settings):
        if line := held_for_writing(settings):
            print(f"warning: {line}")
        manifest = publish(settings, keep_previous=not forget_previous)
        rows = sum(manifest["row_counts"].values())
        print(
            f"{settings.published_file}: {len(manifest['row_counts'])} marts, {rows:,} rows,"
            f" as of {manifest['as_of_date']}"
        )
        if line := restatements.in_words(settings, manifest):
            print(line)
        if settings.publish_to:
            print(uploaded(settings, manifest))
            if forget_previous:
                print(f"warning: publications before stay in {settings.publish_to}: remove them there, versions too")
    return 0
