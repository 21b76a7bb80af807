"""Which files of a landing are whose: the shapes of the landing contract, on a disk or in a bucket."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from scripts.buckets import bucket_errors, checked_url, is_bucket, open_bucket
from scripts.landing.contract import Table
from scripts.landing.readers import LandedFile

PAYLOAD_KINDS = (".ndjson", ".jsonl", ".json")
PAYLOAD_ENDINGS = tuple(f"{kind}{packing}" for kind in PAYLOAD_KINDS for packing in ("", ".gz", ".zst"))
TABLE_ENDINGS = (".csv", ".csv.gz", ".parquet")
PARTITIONS = {"lines": "received_date", "partitioned": "ping_date"}
MAXIMUM_STRAY_SHARE = 0.5
EXAMPLES = 3


@dataclass
class Found:
    """The files of one table, in natural order; what makes the run stop; what a person should know."""

    files: list[LandedFile] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def file_system(root: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """Return the file system of a landing root and the root as that system writes it.

    Raises SeatwiseError, one line, for a bucket that cannot be read.
    """
    if is_bucket(root):
        url = checked_url("SEATWISE_LANDING", root)
        with bucket_errors(url):
            fs, path = open_bucket(url)
            # A bucket that is not there or not open to us is told once, not table by table.
            fs.ls(path)
        return fs, path
    return LocalFileSystem(), str(Path(root).absolute())


def find_files(fs: fsspec.AbstractFileSystem, root: str, table: Table) -> Found:
    """Find the files of a table below the landing root.

    Names that begin with '.' or '_' are no data (R16.9). A file that lies where no file of the table belongs is noted;
    a date folder whose name is no date is a problem.
    """
    found = Found()
    partition = PARTITIONS.get(table.layout)
    endings = PAYLOAD_ENDINGS if table.layout == "lines" else TABLE_ENDINGS
    strays: list[str] = []
    for path, info in sorted(walk(fs, root, table, endings), key=lambda item: item[0]):
        if not is_text(path):
            found.problems.append(
                f"{path.encode(errors='backslashreplace').decode()}: the name is not UTF-8: rename it"
            )
            continue
        folders = path.removeprefix(table.path).split("/")[1:-1]
        if not is_in_place(path, table, folders, endings):
            strays.append(path)
        elif partition and not is_iso_date(folders[0].partition("=")[2]):
            found.problems.append(f"{path}: {partition} is not a date (YYYY-MM-DD)")
        else:
            found.files.append(landed_file(path, info))
    found.files.sort(key=lambda file: (natural_order(file.path), file.path))
    kind = "a payload file" if table.layout == "lines" else "a file of this table"
    found.notes.extend(f"{path} is not where or what {kind} is: ignored" for path in strays)
    total = len(strays) + len(found.files) + len(found.problems)
    if table.layout == "lines" and len(strays) > MAXIMUM_STRAY_SHARE * total:
        found.problems.append(
            f"{table.path}: {len(strays)} of {total} files are no payload files"
            f" ({PARTITIONS['lines']}=YYYY-MM-DD/*{', *'.join(PAYLOAD_KINDS)}, also .gz, .zst),"
            f" such as {', '.join(strays[:EXAMPLES])}"
        )
    return found


def is_in_place(path: str, table: Table, folders: list[str], endings: tuple[str, ...]) -> bool:
    """Tell whether a file lies and is named as the files of its table are."""
    if not path.endswith(endings):
        return False
    if partition := PARTITIONS.get(table.layout):
        return len(folders) == 1 and folders[0].startswith(f"{partition}=")
    return not folders


def walk(
    fs: fsspec.AbstractFileSystem, root: str, table: Table, endings: tuple[str, ...]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the path below the root of all files that may be a table's, and what the file system knows of each."""
    files = tuple(f"{table.path}{ending}" for ending in endings) if table.layout == "table" else ()
    if not isinstance(fs, LocalFileSystem):
        yield from walk_bucket(fs, root, table.path, files)
        return
    for path in files:
        if fs.isfile(f"{root}/{path}"):
            yield path, fs.info(f"{root}/{path}")
    yield from walk_disk(f"{root}/{table.path}", table.path, ())


def walk_bucket(
    fs: fsspec.AbstractFileSystem, root: str, path: str, files: tuple[str, ...]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the objects below a path, and those of `files`, from one listing: each request takes its time."""
    folder, _, name = path.rpartition("/")
    for key, info in fs.find(f"{root}/{folder}".rstrip("/"), prefix=name, detail=True).items():
        below = key.removeprefix(f"{root}/")
        # Consoles write an empty object for a folder.
        if info["type"] != "file" or below.endswith("/"):
            continue
        is_hidden = any(part.startswith((".", "_")) for part in below.removeprefix(path).split("/"))
        if below in files or (below.startswith(f"{path}/") and not is_hidden):
            yield below, info


def walk_disk(folder: str, path: str, above: tuple[str, ...]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the files of a folder and of those below it, linked ones too; `above` are the folders that it lies in."""
    real = os.path.realpath(folder)
    if real in above or not Path(folder).is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            below = f"{path}/{entry.name}"
            if entry.name.startswith((".", "_")):
                continue
            if entry.is_dir():
                yield from walk_disk(entry.path, below, (*above, real))
            elif entry.is_file():
                stat = entry.stat()
                yield below, {"name": entry.path, "size": stat.st_size, "mtime": stat.st_mtime}


def landed_file(path: str, info: Mapping[str, Any]) -> LandedFile:
    """Return a file with what tells whether it has changed: local systems and buckets name it unlike each other."""
    changed = next(
        info[key] for key in ("mtime", "LastModified", "last_modified", "updated", "created") if info.get(key)
    )
    if isinstance(changed, str):
        changed = datetime.fromisoformat(changed)
    elif not isinstance(changed, datetime):
        changed = datetime.fromtimestamp(changed, UTC)
    etag = next((str(info[key]) for key in ("ETag", "etag") if info.get(key)), None)
    return LandedFile(
        path=path,
        url=info["name"],
        size=int(info["size"]),
        modified_at=changed.astimezone(UTC).replace(tzinfo=None) if changed.tzinfo else changed,
        etag=etag,
    )


def natural_order(path: str) -> str:
    """Return a text whose byte order is the natural order of paths: runs of digits compare as numbers (R16.7)."""
    return re.sub(r"[0-9]+", lambda digits: digits[0].lstrip("0").zfill(24), path)


def is_iso_date(text: str) -> bool:
    """Tell whether a text is a date as YYYY-MM-DD."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def partition_date(path: str) -> date | None:
    """Return the date of the folder that a file lies in; None for a table's file."""
    folder = path.split("/")[-2] if "/" in path else ""
    text = folder.partition("=")[2]
    return date.fromisoformat(text) if folder.partition("=")[0] in PARTITIONS.values() and is_iso_date(text) else None


def is_text(path: str) -> bool:
    """Tell whether a path is UTF-8, as what is published has to be."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
