"""Reading files in blocks gives what reading them whole would, and names what is wrong with them (R1.2, R16, R23.2)."""

from __future__ import annotations

import gzip
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.landing import readers
from scripts.landing.readers import DamagedFileError, LandedFile, csv_problem, header, read_lines, read_table
from scripts.settings import SeatwiseError


@dataclass(frozen=True)
class Column:
    """A column as the contract has it."""

    name: str
    kind: str = "text"


LOCAL = fsspec.filesystem("file")
FOLDER = "service_ping/received_date=2026-03-02"
WORDS = frozenset({"null", r"\n", "nan", "none"})
ABC = tuple(Column(name) for name in ("a", "b", "c"))


def landed(folder: Path, path: str, content: bytes) -> LandedFile:
    """Write a file below a folder and return it as it would be found."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return LandedFile(path, str(file), len(content), datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None))


def lines_of(file: LandedFile, maximum: int = 64_000_000) -> list[tuple[int, str | None, bool, bool]]:
    """Return the rows of a payload file: number, text, whether it is valid, whether it marks damage."""
    rows = [row for batch in read_lines([file], LOCAL, maximum) for row in batch.to_pylist()]
    assert {row["received_date"] for row in rows} <= {date(2026, 3, 2)}
    return [(row["line_number"], row["line_text"], row["is_valid_text"], row["is_damaged"]) for row in rows]


def naive(content: bytes) -> list[tuple[int, str, bool, bool]]:
    """Return the rows of a file read whole."""
    rows = []
    pieces = content.split(b"\n")
    for number, piece in enumerate(pieces if pieces[-1] else pieces[:-1], start=1):
        try:
            rows.append((number, piece.decode(), True, False))
        except UnicodeDecodeError:
            rows.append((number, piece.decode(errors="backslashreplace"), False, False))
    return rows


PIECES = st.sampled_from(
    [b"\n", b"\r", b"\r\n", b"{}", b'{"a":1}', b"\xef\xbb\xbf", b"\xff", "é€😀".encode(), b"  ", b"\0"]
)


@given(pieces=st.lists(PIECES, max_size=40), block=st.integers(1, 9))
@settings(max_examples=150, deadline=None)
def test_blocks_of_any_size_give_the_lines_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], block: int
) -> None:
    """R1.1: line numbers are those of the file, whatever the block that a line falls into."""
    content = b"".join(pieces)
    folder = tmp_path_factory.mktemp("lines")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers, "BLOCK_BYTES", block)
        patch.setattr(readers, "PACKED_BYTES", block)
        assert lines_of(landed(folder, f"{FOLDER}/a.ndjson", content)) == naive(content)
        assert lines_of(landed(folder, f"{FOLDER}/b.jsonl.gz", gzip.compress(content))) == naive(content)
        packed = zstandard.compress(content)
        assert lines_of(landed(folder, f"{FOLDER}/c.ndjson.zst", packed)) == naive(content)


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=4), st.integers(0, 5), st.integers(1, 50))
@settings(max_examples=100, deadline=None)
def test_an_archive_may_have_several_members(
    tmp_path_factory: pytest.TempPathFactory, members: list[bytes], zeros: int, block: int
) -> None:
    """R1.1: `cat a.gz b.gz` is an archive, also with zeros between its members."""
    folder = tmp_path_factory.mktemp("members")
    packed = (b"\0" * zeros).join(map(gzip.compress, members))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers, "PACKED_BYTES", block)
        assert lines_of(landed(folder, f"{FOLDER}/a.ndjson.gz", packed)) == naive(b"".join(members))
    frames = b"".join(map(zstandard.compress, members))
    assert lines_of(landed(folder, f"{FOLDER}/a.ndjson.zst", frames)) == naive(b"".join(members))


@pytest.mark.parametrize("ending", [".ndjson", ".json"])
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda packed: packed[: len(packed) // 2], id="cut short"),
        pytest.param(lambda packed: packed[:-4] + b"\1\2\3\4", id="wrong checksum"),
        pytest.param(lambda packed: packed + b"more", id="something behind it"),
        pytest.param(lambda _: b"no archive at all", id="no archive"),
        pytest.param(lambda _: b"", id="empty"),
    ],
)
def test_a_damaged_archive_ends_with_a_marker(tmp_path: Path, ending: str, damage: object) -> None:
    """R1.1: what is left of a damaged archive is not taken for the whole."""
    text = "\n".join(f'{{"line":{random.random()}}}' for _ in range(2000)).encode()
    for packing, name in ((gzip.compress, ".gz"), (zstandard.compress, ".zst")):
        if name == ".zst" and b"\1\2\3\4" in damage(b"........"):
            continue  # its frames have no checksum unless asked for
        file = landed(tmp_path, f"{FOLDER}/a{ending}{name}", damage(packing(text)))
        assert lines_of(file)[-1] == (0, None, False, True)


def test_a_line_above_the_maximum_keeps_its_first_kilobyte(tmp_path: Path) -> None:
    """R23.2: a line that is too long is no payload; the lines around it are."""
    long = '{"a":"' + "é" * 5_000_000 + '"}'
    content = f'{{}}\n{long}\n{{"b":1}}\n'.encode()
    rows = lines_of(landed(tmp_path, f"{FOLDER}/a.ndjson", content), maximum=1_000_000)
    assert [(number, valid) for number, _, valid, _ in rows] == [(1, True), (2, False), (3, True)]
    assert long.startswith(rows[1][1])
    assert len(rows[1][1].encode()) in (1023, 1024)
    whole = lines_of(landed(tmp_path, f"{FOLDER}/a.json", long.encode()), maximum=1_000_000)
    assert [(number, valid) for number, _, valid, _ in whole] == [(1, False)]
    assert long.startswith(whole[0][1])
    at_most = lines_of(landed(tmp_path, f"{FOLDER}/b.json", b"x" * 100), maximum=100)
    assert at_most == [(1, "x" * 100, True, False)]


def test_a_json_file_is_one_line(tmp_path: Path) -> None:
    """R1.1: a pretty-printed object has many line ends and is one payload."""
    text = '{\n  "uuid": "u"\n}\n'
    for name, content in (("a.json", text.encode()), ("a.json.gz", gzip.compress(text.encode()))):
        assert lines_of(landed(tmp_path, f"{FOLDER}/{name}", content)) == [(1, text, True, False)]
    assert lines_of(landed(tmp_path, f"{FOLDER}/empty.json", b"")) == []


def test_a_file_that_changes_or_vanishes_is_named(tmp_path: Path) -> None:
    """A line names the file and says what to do."""
    file = landed(tmp_path, f"{FOLDER}/a.ndjson", b"{}\n")
    Path(file.url).write_bytes(b"{}\n{}\n")
    with pytest.raises(SeatwiseError, match=r"a\.ndjson: changed while it was read"):
        lines_of(file)
    Path(file.url).unlink()
    with pytest.raises(SeatwiseError, match=r"a\.ndjson: vanished while it was read"):
        lines_of(file)


def test_rows_of_each_file_are_told(tmp_path: Path) -> None:
    """R23.1: the ledger knows how many rows a file gave, also none."""
    files = [landed(tmp_path, f"{FOLDER}/{name}.ndjson", b"{}\n" * count) for name, count in (("a", 3), ("b", 0))]
    told: list[tuple[str, int]] = []
    list(read_lines(files, LOCAL, 100, lambda file, rows: told.append((file.path[-8:], rows))))
    assert told == [("a.ndjson", 3), ("b.ndjson", 0)]


def table_of(
    file: LandedFile, columns: Sequence[Column] = ABC, words: frozenset[str] = frozenset()
) -> list[tuple[str | None, ...]]:
    """Return the rows of a table without their numbers, which count from 1."""
    rows = [tuple(row.values()) for batch in read_table(file, LOCAL, columns, words) for row in batch.to_pylist()]
    assert [row[-1] for row in rows] == list(range(1, len(rows) + 1))
    return [row[:-1] for row in rows]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("a,b,c\n1,2,3\n", [("1", "2", "3")]),
        ("a,b,c\n1,2,3", [("1", "2", "3")]),
        ("\ufeffa,b,c\r\n1,2,3\r\n4,,6\n", [("1", "2", "3"), ("4", None, "6")]),
        ("C, B ,x,A\n3,2,9,1\n", [("1", "2", "3")]),
        ("a,b\n1,2\n", [("1", "2", None)]),
        ("a,a,b\n1,9,2\n", [("1", "2", None)]),
        ("x,y\n1,2\n3,4\n", [(None, None, None)] * 2),
        ("a,b,c\n\n#1,2,3\n\n", [("#1", "2", "3")]),
        ('a,b,c\n"1,1","2\n2","3""3"\n', [("1,1", "2\n2", '3"3')]),
        ('a,b,c\n1,2,3\n"","  ",\t\n', [("1", "2", "3"), (None, None, None)]),
        ('"a","b","c"\n1,2,3\n', [("1", "2", "3")]),
        ("a,b,c\r1,2,3\r4,5,6", [("1", "2", "3"), ("4", "5", "6")]),
        ("a,b,c\n", []),
        ("", []),
        ("a\n1\n\n2\n", [("1", None, None), ("2", None, None)]),
    ],
)
def test_csv_is_read_as_it_is_written(tmp_path: Path, content: str, rows: list[tuple[str | None, ...]]) -> None:
    """R16.1, R16.8: blanks are NULL, quotes and line ends are no obstacle, a hash begins no comment."""
    data = content.encode()
    for name, written in (("t.csv", data), ("t.csv.gz", gzip.compress(data))):
        assert table_of(landed(tmp_path, name, written)) == rows


@pytest.mark.parametrize("block", [1, 7, 64])
def test_csv_is_the_same_in_blocks_of_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """R23.2: a block may end within a row, within quotes and between the two characters of a line end."""
    content = "a,b,c\n" + "".join(f"{n},x{n},\r\n" for n in range(50)) + '"q\nq",2,3\n' + "".join(
        f"{n},y,z\n" for n in range(50)
    )  # fmt: skip
    file = landed(tmp_path, "t.csv", content.encode())
    whole = table_of(file)
    monkeypatch.setattr(readers, "BLOCK_BYTES", block)
    monkeypatch.setattr(readers, "CSV_BLOCK_BYTES", block)
    assert table_of(file) == whole
    assert len(whole) == 101


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a,b,c\n1,2,3\n1,2\n", "line 3 has 2 fields where the header has 3"),
        (b"a,b,c\n1,2,3,4\n", "line 2 has 4 fields where the header has 3"),
        (b'a,b,c\n"x\ny",2,3\n1,2\n', "line 4 has 2 fields where the header has 3"),
        (b"a,b,c\n1,2,3\n1,\xff,3\n", "line 3 is not UTF-8"),
        (b'a,b,c\n1,"2,3\n', "unexpected end of data"),
        (b'a,b,c\n1,"2"2,3\n', "line 2"),
        (b"a,b,c\n1,2,3\n \n", "line 3 has 1 fields where the header has 3"),
    ],
)
def test_what_is_wrong_with_a_csv_file_is_said(tmp_path: Path, content: bytes, problem: str) -> None:
    """One line names file, line and fault."""
    file = landed(tmp_path, "t.csv", content)
    with pytest.raises(DamagedFileError, match=problem) as caught:
        table_of(file)
    assert str(caught.value).startswith("t.csv: ")
    assert "\n" not in str(caught.value)
    packed = landed(tmp_path, "t.csv.gz", gzip.compress(content))
    assert problem in csv_problem(packed, LOCAL)


def test_a_cut_archive_of_rows_is_no_table(tmp_path: Path) -> None:
    """A partial result is never given."""
    packed = gzip.compress(("a,b,c\n" + "1,2,3\n" * 100_000).encode())
    with pytest.raises(DamagedFileError, match=r"t\.csv\.gz: is no gzip archive, damaged, or cut short"):
        table_of(landed(tmp_path, "t.csv.gz", packed[:-20]))
    with pytest.raises(DamagedFileError, match="no Parquet file"):
        table_of(landed(tmp_path, "t.parquet", b"PAR1 no"))


def test_words_for_nothing_are_blank_but_in_names_and_counters(tmp_path: Path) -> None:
    """R16.1: whole words, without case, in CSV alone."""
    columns = (Column("a"), Column("b", kind="name"), Column("c", kind="counter"))
    content = b"a,b,c\nNULL,NULL,NULL\n nan ,None,nan\nnullable,x,\n\\N,,\n"
    rows = [(None, "NULL", "NULL"), (None, "None", "nan"), ("nullable", "x", None), (None, None, None)]
    assert table_of(landed(tmp_path, "t.csv", content), columns, WORDS) == rows
    pq.write_table(pa.table({"a": ["NULL", " "]}), tmp_path / "t.parquet")
    size = (tmp_path / "t.parquet").stat().st_size
    file = LandedFile("t.parquet", str(tmp_path / "t.parquet"), size, datetime(2026, 3, 2))  # noqa: DTZ001
    assert table_of(file, columns, WORDS) == [("NULL", None, None), (None, None, None)]


def test_parquet_is_the_text_that_the_database_writes(tmp_path: Path) -> None:
    """R16.8: text without its annotation is text; other types are written as DuckDB writes them."""
    moment = datetime(2026, 1, 31, 22, 30, tzinfo=UTC)
    values = {
        "day": pa.array([date(2025, 1, 31), None]),
        "moment": pa.array([moment.replace(tzinfo=None)] * 2, pa.timestamp("us")),
        "zoned": pa.array([moment] * 2, pa.timestamp("us", "Europe/Berlin")),
        "flag": pa.array([True, False]),
        "price": pa.array([Decimal("100.00"), Decimal("0.50")], pa.decimal128(12, 2)),
        "whole": pa.array([7, 2**53], pa.int64()),
        "double": pa.array([12.0, 0.1]),
        "bytes": pa.array([b"A-S1", None], pa.binary()),
        "text": pa.array(["A", ""]),
    }
    pq.write_table(pa.table(values), tmp_path / "t.parquet")
    file = LandedFile("t.parquet", str(tmp_path / "t.parquet"), 0, datetime(2026, 3, 2))  # noqa: DTZ001
    assert header(file, LOCAL) == list(values)
    others = [name for name in values if name not in ("bytes", "text")]
    with duckdb.connect() as database:
        database.execute("set TimeZone = 'UTC'")
        casts = ", ".join(f"cast({name} as varchar)" for name in others)
        expected = database.execute(f"select {casts} from '{tmp_path}/t.parquet'").fetchall()
    assert table_of(file, [Column(name) for name in others]) == expected
    assert table_of(file, [Column("Bytes"), Column("TEXT")]) == [("A-S1", "A"), (None, None)]


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    """R16.8: bytes without annotation are text, or the file is damaged."""
    pq.write_table(pa.table({"a": pa.array([b"\xff"], pa.binary())}), tmp_path / "t.parquet")
    file = LandedFile("t.parquet", str(tmp_path / "t.parquet"), 0, datetime(2026, 3, 2))  # noqa: DTZ001
    with pytest.raises(DamagedFileError, match=r"t\.parquet: column a holds bytes that are no UTF-8 text"):
        table_of(file)
