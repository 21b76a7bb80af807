"""What the readers of the landing give does not depend on how the bytes are cut: they read as a naive reader would."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from fsspec.implementations.local import LocalFileSystem
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scripts.landing import readers
from scripts.landing.readers import DamagedFileError, LandedFile, header, read_lines, read_table

FOLDER = "service_ping/received_date=2026-03-02"
WORDS = frozenset({"null", "\\n", "n/a", "none", "nan"})
SIZES = ("BLOCK_BYTES", "PACKED_BYTES", "CSV_BLOCK_BYTES")


@dataclass(frozen=True)
class Column:
    """A column as the contract has it."""

    name: str
    kind: str = "text"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder to write in."""
    return tmp_path_factory.mktemp("files")


def landed(folder: Path, path: str, content: bytes) -> LandedFile:
    """Write a file and return it as it would be found."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return LandedFile(path, str(file), len(content), datetime(2026, 3, 2, 1, 2, 3), None)  # noqa: DTZ001


def block_sizes(size: int | None) -> dict[str, int]:
    """Return what every block is long: the readers' own sizes if None."""
    return {name: size or getattr(readers, name) for name in SIZES}


def lines_of(file: LandedFile, maximum: int = 64_000_000, block: int | None = None) -> list[tuple[Any, ...]]:
    """Return number, text and whether it is valid of the rows of a payload file."""
    with patch.multiple(readers, **block_sizes(block)):
        batches = list(read_lines([file], LocalFileSystem(), maximum))
    columns = ("line_number", "line_text", "is_valid_text", "is_damaged")
    return [tuple(row[name] for name in columns) for batch in batches for row in batch.to_pylist()]


def naive_lines(content: bytes) -> list[tuple[Any, ...]]:
    """Return what the lines of a file are, read whole: an end at the very last is no line more."""
    pieces = content.split(b"\n")
    pieces = pieces if pieces[-1] else pieces[:-1]
    return [
        (number, piece.decode(errors="backslashreplace"), piece == piece.decode(errors="ignore").encode(), False)
        for number, piece in enumerate(pieces, 1)
    ]


PIECES = st.sampled_from(
    [
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"",
        b"{}",
        b"\xff",
        b"\xc3\xa9",
        b"\xe2\x82",
        b"\xf0\x9f\x98\x80",
        b"\0",
        b"\xef\xbb\xbf",
        b"abc",
    ]
)
BYTES = st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=20).map(b"".join))


@settings(max_examples=150, deadline=None)
@given(content=BYTES, block=st.integers(1, 30), packing=st.sampled_from(["", ".gz", ".zst"]), cut=st.integers(0, 60))
def test_blocks_do_not_show_in_lines(folder: Path, content: bytes, block: int, packing: str, cut: int) -> None:
    """R1.2 Whatever the bytes, the size of a block and the packing (of several members), the rows are the same."""
    parts = [content[:cut], content[cut:]]
    if packing == ".gz":
        packed = gzip.compress(parts[0]) + b"\0" * (cut % 3) + gzip.compress(parts[1]) + b"\0" * (cut % 5)
    elif packing == ".zst":
        packed = b"".join(zstandard.ZstdCompressor().compress(part) for part in parts)
    else:
        packed = content
    file = landed(folder, f"{FOLDER}/lines.ndjson{packing}", packed)
    assert lines_of(file, block=block) == naive_lines(content)


@settings(max_examples=100, deadline=None)
@given(content=BYTES.map(lambda content: content * 40), block=st.integers(1, 3000), maximum=st.integers(1024, 2000))
def test_long_lines_are_cut_and_flagged(folder: Path, content: bytes, block: int, maximum: int) -> None:
    """R23.2 Of a line above the maximum the first kilobyte is kept and it is no valid text; the others are whole."""
    expected = []
    for (number, text, is_valid, _), piece in zip(naive_lines(content), content.split(b"\n"), strict=False):
        if len(piece) > maximum:
            expected.append((number, piece[:1024].decode(errors="ignore"), False))
        else:
            expected.append((number, text, is_valid))
    found = lines_of(landed(folder, f"{FOLDER}/long.jsonl", content), maximum, block)
    escapes = {number for number, text, is_valid in expected if not is_valid}
    assert [row[:3] for row in found if row[0] not in escapes] == [row for row in expected if row[0] not in escapes]
    assert [row[2] for row in found] == [row[2] for row in expected]
    assert all(
        len(row[1]) <= 4 * 1024 for row, piece in zip(found, content.split(b"\n"), strict=False) if len(piece) > maximum
    )


def test_line_of_a_kilobyte_that_is_no_text_loses_no_byte(folder: Path) -> None:
    r"""R1.2 A whole line that happens to be as long as what is kept of others has its last bytes as `\xNN`."""
    line = b"a" * 1022 + b"\xe2\x82"
    (row,) = lines_of(landed(folder, f"{FOLDER}/kilobyte.ndjson", line + b"\n"))
    assert row == (1, "a" * 1022 + "\\xe2\\x82", False, False)


ARCHIVE = gzip.compress(b"{}\n" * 2000, mtime=0)
FRAMES = zstandard.ZstdCompressor(write_checksum=True).compress(bytes(range(256)) * 64)


@pytest.mark.parametrize("block", [None, 1, 7, 100])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("zero.ndjson.gz", b""),
        ("zeros.ndjson.gz", b"\0" * 100),
        ("cut.ndjson.gz", ARCHIVE[:-1]),
        ("half.ndjson.gz", ARCHIVE[: len(ARCHIVE) // 2]),
        ("head.ndjson.gz", ARCHIVE[:5]),
        ("checksum.ndjson.gz", ARCHIVE[:-6] + bytes([ARCHIVE[-6] ^ 1]) + ARCHIVE[-5:]),
        ("length.ndjson.gz", ARCHIVE[:-1] + b"\x01"),
        ("tail.ndjson.gz", ARCHIVE + b"tail"),
        ("second-cut.ndjson.gz", ARCHIVE + ARCHIVE[:30]),
        ("none.json.gz", b"{}"),
        ("zero.ndjson.zst", b""),
        ("cut.ndjson.zst", FRAMES[:-1]),
        ("half.ndjson.zst", FRAMES[: len(FRAMES) // 2]),
        ("none.json.zst", b"{}"),
        ("checksum.ndjson.zst", FRAMES[:-1] + bytes([FRAMES[-1] ^ 1])),
        ("tail.ndjson.zst", FRAMES + b"tail"),
    ],
)
def test_damaged_archives_end_with_a_marker(folder: Path, name: str, content: bytes, block: int | None) -> None:
    """R1.2 An archive that is none, cut short or damaged has one row without text, numbered 0, and it is the last."""
    rows = lines_of(landed(folder, f"{FOLDER}/{name}", content), block=block)
    assert rows[-1] == (0, None, False, True)
    assert not any(is_damaged for *_, is_damaged in rows[:-1])


# ---- tables ----------------------------------------------------------------------------------------------------------


def table_of(file: LandedFile, columns: Sequence[Column], block: int | None = None) -> list[tuple[Any, ...]]:
    """Return the rows of a table's file, their number last."""
    with patch.multiple(readers, **block_sizes(block)):
        batches = list(read_table(file, LocalFileSystem(), columns, WORDS))
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


def is_text(content: bytes) -> bool:
    """Tell whether bytes are UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def naive_table(content: bytes) -> tuple[list[str], list[list[str]]] | None:
    """Return header and rows as Python's strict reader has them of the whole file; None where a file is not regular."""
    if not is_text(content):
        return None
    try:
        header_row, *rows = [
            row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True) if row
        ] or [[]]
    except csv.Error:
        return None
    return (header_row, rows) if all(len(row) == len(header_row) for row in rows) else None


CSV_PIECES = st.sampled_from(
    [b"a", b",", b",", b"\n", b"\n", b"\r\n", b"\r", b'"', b'""', b'"x"', b'"x,\ny"', b" ", b"\t", b"#", b"\\", b"'"]
    + [b"1,2\n", b'1,"2"\n', b"NULL", b"\0", b"\x0b", b"\x0c", b"\x1c", b"\xff"]
    + [text.encode() for text in ("é", "\ufeff", "\u2028", "\x85")]
)


@settings(max_examples=600, deadline=None)
@given(
    head=st.sampled_from([b"", b"a,b\n", b"a\n", b'"a",b\r\n', b"\xef\xbb\xbfa,b\r", b"a,b,A\n"]),
    body=st.lists(CSV_PIECES, max_size=24).map(b"".join),
    block=st.integers(1, 40),
    is_packed=st.booleans(),
)
@example(head=b"a\n", body=b"\n \nNULL\n", block=2, is_packed=False)
@example(head=b"", body=b"\r\n\na\n1\n", block=1, is_packed=False)
@example(head=b"a,b\n", body=b"\xef\xbb\xbf1,2\n", block=1, is_packed=False)
@example(head=b"", body=b"\n\xef\xbb\xbfa\n1\n", block=1, is_packed=False)
def test_csv_reads_as_a_strict_reader_does(folder: Path, head: bytes, body: bytes, block: int, is_packed: bool) -> None:
    """R16.1 R16.8 Whatever the bytes and the size of a block: the same rows, or one line that names the file."""
    content = head + body
    file = landed(folder, "t.csv.gz" if is_packed else "t.csv", gzip.compress(content) if is_packed else content)
    columns = [Column("A"), Column("b", "name"), Column("c")]
    expected = naive_table(content)
    if expected is None:
        with pytest.raises(DamagedFileError, match=r"^t\.csv(\.gz)?: line \d+\b") as raised:
            table_of(file, columns, block)
        assert "\n" not in str(raised.value)
        return
    names, rows = expected
    folded = [name.strip().lower() for name in names]
    assert [name.strip().lower() for name in header(file, LocalFileSystem())] == folded

    def value(row: list[str], column: Column) -> str | None:
        name = column.name.lower()
        text = row[folded.index(name)] if name in folded else ""
        is_blank = not text.strip() or (column.kind == "text" and text.strip().lower() in WORDS)
        return None if is_blank else text

    assert table_of(file, columns, block) == [
        (*(value(row, column) for column in columns), number) for number, row in enumerate(rows, 1)
    ]


def test_csv_line_without_an_end_is_not_held(folder: Path) -> None:
    """R23.2 What is no line of text stops with its number once it is longer than a line may be."""
    file = landed(folder, "t.csv", b"a,b\n1,2\n" + b"\0" * 1000)
    with (
        patch.object(readers, "MAXIMUM_FIELD_BYTES", 300),
        pytest.raises(DamagedFileError, match=r"^t\.csv: line 3 is longer than 300 bytes$"),
    ):
        table_of(file, [Column("a")], 100)


def test_long_rows_are_given_a_few_at_a_time(folder: Path) -> None:
    """R23.2 However many rows a batch may have, it holds about a block of text."""
    content = b'"a"\n' + b"".join(b'"%090d"\n' % number for number in range(100))
    csv_file = landed(folder, "t.csv", content)
    pq.write_table(pa.table({"a": [f"{number:0900}" for number in range(100)]}), folder / "t.parquet")
    parquet_file = landed(folder, "t.parquet", (folder / "t.parquet").read_bytes())
    for file in (csv_file, parquet_file):
        with patch.multiple(readers, **block_sizes(1000)):
            batches = list(read_table(file, LocalFileSystem(), [Column("a")], WORDS))
        assert max(len(batch) for batch in batches) < 30
        assert sum(len(batch) for batch in batches) == 100
