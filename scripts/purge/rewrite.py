"""Rewrites the files of a landing without the rows of purged subjects: each whole, by a rename, or not at all."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from scripts.landing.contract import Table, declared_tables
from scripts.landing.files import file_system, find_files
from scripts.purge.keys import Ids, Key, comparable, server_id, write_whole
from scripts.settings import PROJECT_ROOT

# The ids by which a payload names what it belongs to, beside its server.
PAYLOAD_KEYS = (
    ("license_md5", "license_hash"),
    ("license_sha256", "license_hash"),
    ("license_subscription_id", "subscription"),
    ("license_subscription_id", "subscription_name"),
)


@dataclass
class Removed:
    """What a purge takes out of the landing: rows and cells by table, and the files that it writes anew."""

    rows: dict[str, int] = field(default_factory=dict)
    cells: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    files_by_table: dict[str, list[str]] = field(default_factory=dict)

    def note(self, table: str, file: str, rows: int, cells: int) -> None:
        """Take note of a file of which rows or cells go."""
        if rows:
            self.rows[table] = self.rows.get(table, 0) + rows
        if cells:
            self.cells[table] = self.cells.get(table, 0) + cells
        self.files.append(file)
        self.files_by_table.setdefault(table, []).append(file)


def rewrite_landing(root: Path, keys: dict[str, list[Key]], subjects: Sequence[Ids], is_dry: bool) -> Removed:
    """Take the subjects' rows out of every file of a landing folder, and return what that was.

    With `is_dry` nothing is written.
    """
    removed = Removed()
    fs, name = file_system(str(root))
    for table in declared_tables(PROJECT_ROOT):
        for file in find_files(fs, name, table).files:
            path = root / file.path
            content = path.read_bytes()
            made, rows, cells = rewritten(table, file.path, content, keys.get(table.path, []), subjects)
            if not rows and not cells:
                continue
            removed.note(table.path, file.path, rows, cells)
            if not is_dry:
                write_whole(path, made)
    return removed


def rewritten(
    table: Table, name: str, content: bytes, keys: Sequence[Key], subjects: Sequence[Ids]
) -> tuple[bytes, int, int]:
    """Return the content of a file without the subjects' rows, and how many rows and cells that were."""
    if name.endswith(".parquet"):
        return rewritten_parquet(content, keys, subjects)
    unpack, pack = PACKINGS[next((ending for ending in PACKINGS if name.endswith(ending)), "")]
    try:
        data = unpack(content)
    except (OSError, EOFError, zstandard.ZstdError):
        # Half of an archive is never read; of one that nobody can read, nobody can say what it holds.
        return content, 0, 0
    if table.layout == "lines":
        made, rows = rewritten_lines(
            data, is_whole=not re.search(r"\.(ndjson|jsonl)(\.gz|\.zst)?$", name), ids=subjects
        )
        return pack(made), rows, 0
    made, rows, cells = rewritten_csv(data, keys, subjects)
    return pack(made), rows, cells


PACKINGS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".gz": (gzip.decompress, lambda data: gzip.compress(data, mtime=0)),
    ".zst": (
        lambda content: zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True).read(),
        lambda data: zstandard.ZstdCompressor().compress(data),
    ),
    "": (lambda content: content, lambda data: data),
}


def rewritten_lines(data: bytes, is_whole: bool, ids: Sequence[Ids]) -> tuple[bytes, int]:
    """Return payload lines without the subjects'; of such a line its end is left, so that others keep their numbers."""
    lines = [data] if is_whole else data.split(b"\n")
    looked_for = may_be_of(ids)
    kept = [b"" if looked_for(line) and is_of(line, ids) else line for line in lines]
    count = sum(1 for before, after in zip(lines, kept, strict=True) if before != after)
    return b"\n".join(kept), count


def may_be_of(subjects: Sequence[Ids]) -> Callable[[bytes], bool]:
    """Return a quick look at a line, for most are of nobody who is purged: whether an id or an escape stands in it."""
    values = {text for ids in subjects for kind, texts in ids.items() if kind != "server" for text in texts}
    values |= {part for ids in subjects for server in ids.get("server", ()) for part in server.split("|", 1) if part}
    texts = sorted({value.replace("-", "").encode() for value in values}, key=len, reverse=True)
    pattern = re.compile(b"|".join([*map(re.escape, texts), rb"\\\\u"]))
    return lambda line: bool(pattern.search(line.lower().replace(b"-", b"")))


def is_of(line: bytes, subjects: Sequence[Ids]) -> bool:
    """Tell whether a landed line is of one of the subjects: by its server or licence; what is no payload, by any id."""
    text = line.decode("utf-8", "replace").lstrip("\ufeff")
    try:
        payload = json.loads(text, object_pairs_hook=first_pairs)
    except (json.JSONDecodeError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        lowered = text.lower()
        return any(value in lowered for ids in subjects for value in long_ids(ids))
    uuid, hostname = (value if isinstance(value := payload.get(name), str) else "" for name in ("uuid", "hostname"))
    for ids in subjects:
        if server_id(uuid, hostname) in ids.get("server", ()):
            return True
        if not uuid and hostname and comparable("hostname", hostname) in ids.get("hostname", ()):
            return True
        if any(comparable(kind, text_of(payload.get(name))) in ids.get(kind, ()) for name, kind in PAYLOAD_KEYS):
            return True
    return False


def first_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object in which of a repeated key the first one holds (R1.1)."""
    return dict(reversed(pairs))


def text_of(value: Any) -> str:
    """Return a JSON string or number as text; blank for anything else."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def long_ids(ids: Ids) -> frozenset[str]:
    """Return the ids that can be looked for in any text: a short number is found everywhere."""
    return frozenset(
        value
        for kind, values in ids.items()
        if kind not in ("server", "license", "namespace")
        for value in values
        if len(value) >= SHORTEST_NEEDLE
    )


SHORTEST_NEEDLE = 8


def judged(
    cells: Sequence[str | None], places: Sequence[tuple[int, Key]], subjects: Sequence[Ids]
) -> tuple[bool, list[int]]:
    """Tell whether a row goes, and otherwise which of its cells."""
    blanks = []
    uuid = hostname = ""
    for place, key in places:
        value = comparable(key.kind, cells[place]) if place < len(cells) else ""
        if key.kind == "hostname":
            hostname = value
        if key.kind == "instance_uuid":
            uuid = value
        if value and any(value in ids.get(key.kind, ()) for ids in subjects):
            if key.action == "remove":
                return True, []
            blanks.append(place)
    return bool(uuid) and any(server_id(uuid, hostname) in ids.get("server", ()) for ids in subjects), blanks


def rewritten_csv(data: bytes, keys: Sequence[Key], subjects: Sequence[Ids]) -> tuple[bytes, int, int]:
    """Return a CSV file without the subjects' rows; the other rows keep their bytes."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(data.decode("utf-8"), newline="\n"):
            taken.append(line)
            yield line

    csv.field_size_limit(2**31 - 1)
    try:
        reader = csv.reader(lines())
        out: list[str] = []
        places: list[tuple[int, Key]] | None = None
        rows = cells = 0
        for row in reader:
            text = "".join(taken)
            taken.clear()
            if places is None:
                if row:
                    names = [name.strip().lstrip("\ufeff").lower() for name in row]
                    places = [(names.index(key.column), key) for key in keys if key.column in names]
                out.append(text)
                continue
            goes, blanks = judged(row, places, subjects)
            if goes:
                rows += 1
                continue
            if blanks:
                cells += len(blanks)
                line = io.StringIO()
                csv.writer(line, lineterminator="\n").writerow(
                    ["" if place in blanks else cell for place, cell in enumerate(row)]
                )
                text = line.getvalue()
            out.append(text)
    except (UnicodeDecodeError, csv.Error):
        # A build stops at such a file and names it.
        return data, 0, 0
    return "".join([*out, *taken]).encode(), rows, cells


def rewritten_parquet(content: bytes, keys: Sequence[Key], subjects: Sequence[Ids]) -> tuple[bytes, int, int]:
    """Return a Parquet file without the subjects' rows."""
    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowInvalid, OSError):
        return content, 0, 0
    names = [name.strip().lower() for name in table.column_names]
    places = [(names.index(key.column), key) for key in keys if key.column in names]
    columns = {place: [text_in(value) for value in table.column(place).to_pylist()] for place, _ in places}
    kept, blanked = [], {place: [False] * len(table) for place in columns}
    cells = 0
    for number in range(len(table)):
        row = [columns[place][number] if place in columns else None for place in range(len(names))]
        goes, blanks = judged(row, places, subjects)
        kept.append(not goes)
        for place in blanks:
            blanked[place][number] = True
            cells += 1
    rows = kept.count(False)
    if not rows and not cells:
        return content, 0, 0
    for place, flags in blanked.items():
        if any(flags):
            column = table.column(place)
            empty = pa.scalar(None, column.type)
            values = pa.chunked_array([pa.array(flags)])
            table = table.set_column(place, table.field(place), pa.compute.if_else(values, empty, column))
    sink = io.BytesIO()
    pq.write_table(table.filter(pa.array(kept)), sink, compression="zstd")
    return sink.getvalue(), rows, cells


def text_in(value: Any) -> str | None:
    """Return a value of a Parquet column as text, None for none."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)
