"""Files of the landing as Arrow record batches, in bounded memory: payload lines, CSV and Parquet (R16, R23.2).

Nothing here knows of dbt or of the database. A file is read once, in blocks, from any fsspec file system; what is
wrong with it is found on the way.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Protocol

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import zstandard
from isal import isal_zlib

from scripts.buckets import bucket_error_types, reason
from scripts.settings import SeatwiseError

BLOCK_BYTES = 4 * 1024 * 1024
# Less at a time, since what is packed may grow a thousandfold.
PACKED_BYTES = 64 * 1024
CSV_BLOCK_BYTES = 16 * 1024 * 1024
CSV_ROWS = 50_000
PARQUET_BUFFER_BYTES = 1024 * 1024
MAXIMUM_FIELD_BYTES = 32_000_000
KEPT_BYTES = 1024
GZIP_WINDOW = 31
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

LINES_SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("line_number", pa.int64()),
        ("received_date", pa.date32()),
        ("line_text", pa.string()),
        ("is_valid_text", pa.bool_()),
        ("is_damaged", pa.bool_()),
        ("_loaded_at", pa.timestamp("us")),
    ]
)


class DamagedFileError(SeatwiseError):
    """A file that nobody can read to its end: one line that names it and says where and what."""


@dataclass(frozen=True)
class LandedFile:
    """A file as it was found: its path below the landing root, what the file system opens, and its state."""

    path: str
    url: str
    size: int
    modified_at: datetime
    etag: str | None = None


class SourceColumn(Protocol):
    """What the readers need to know of a column: its name, and the kind that decides what is blank in it."""

    @property
    def name(self) -> str:
        """The name in the contract; files may write it in another case."""

    @property
    def kind(self) -> str:
        """`name` and `counter` hold words such as None as they are (R16.1)."""


class _LongLineError(csv.Error):
    """A line of a CSV file that is too long to be one."""


class _DamagedArchiveError(Exception):
    """An archive that is cut short, damaged, or none."""


# ---- bytes -----------------------------------------------------------------------------------------------------------


def read_bytes(file: LandedFile, fs: fsspec.AbstractFileSystem) -> Iterator[bytes]:
    """Give the bytes of a file in blocks, unpacked where its name ends in .gz or .zst.

    Raises SeatwiseError where the file vanishes or changes meanwhile, _DamagedArchiveError where an archive is cut.
    """
    try:
        with _open(file, fs) as stream:
            if file.path.endswith(".gz"):
                yield from _gunzipped(_blocks(stream, file, PACKED_BYTES))
            elif file.path.endswith(".zst"):
                yield from _unzstandarded(_blocks(stream, file, PACKED_BYTES))
            else:
                yield from _blocks(stream, file, BLOCK_BYTES)
    except bucket_error_types() as error:
        raise _reading_error(file, fs, error) from None


def _reading_error(file: LandedFile, fs: fsspec.AbstractFileSystem, error: Exception) -> SeatwiseError:
    """Return as one line why a file that was found cannot be read."""
    if isinstance(error, FileNotFoundError):
        return SeatwiseError(f"{file.path}: vanished while it was read: run the build again")
    if type(error).__name__ == "FileExpired":
        return SeatwiseError(f"{file.path}: changed while it was read: run the build again")
    if _is_local(fs):
        return SeatwiseError(f"{file.path}: {getattr(error, 'strerror', None) or error}")
    return SeatwiseError(f"{file.path}: {reason(error)}")


def _open(file: LandedFile, fs: fsspec.AbstractFileSystem) -> IO[bytes]:
    # A bucket would be read 50 MB at a time.
    return fs.open(file.url, "rb", **({} if _is_local(fs) else {"block_size": BLOCK_BYTES}))


def _is_local(fs: fsspec.AbstractFileSystem) -> bool:
    return "file" in ([fs.protocol] if isinstance(fs.protocol, str) else fs.protocol)


def _blocks(stream: IO[bytes], file: LandedFile, size: int) -> Iterator[bytes]:
    """Give what lies in a file, and make sure that it is as long as it was when it was found."""
    total = 0
    while block := stream.read(size):
        total += len(block)
        yield block
    if total != file.size:
        raise SeatwiseError(f"{file.path}: changed while it was read: run the build again")


def _gunzipped(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack a gzip archive of any number of members, with or without zeros between them."""
    stream = isal_zlib.decompressobj(GZIP_WINDOW)
    members = 0
    is_between = True
    for packed in blocks:
        rest = packed
        while rest:
            if is_between:
                # Only after a first member are zeros padding; before it they are no archive.
                rest = rest.lstrip(b"\0") if members else rest
                if not rest:
                    break
                stream = isal_zlib.decompressobj(GZIP_WINDOW)
                is_between = False
            try:
                unpacked = stream.decompress(rest, BLOCK_BYTES)
            except isal_zlib.error:
                raise _DamagedArchiveError from None
            if unpacked:
                yield unpacked
            if stream.eof:
                members += 1
                is_between = True
                rest = stream.unused_data
            else:
                rest = stream.unconsumed_tail
                if not rest and len(unpacked) == BLOCK_BYTES:
                    # What is still inside the stream comes out before more goes in.
                    yield from _drained(stream)
                    if stream.eof:
                        members += 1
                        is_between = True
                        rest = stream.unused_data
    if not is_between or not members:
        raise _DamagedArchiveError


def _drained(stream: Any) -> Iterator[bytes]:
    try:
        while more := stream.decompress(b"", BLOCK_BYTES):
            yield more
    except isal_zlib.error:
        raise _DamagedArchiveError from None


def _unzstandarded(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack a Zstandard archive of any number of frames."""
    unpacker = zstandard.ZstdDecompressor()
    stream = None
    frames = 0
    for packed in blocks:
        rest = packed
        while rest:
            stream = stream or unpacker.decompressobj()
            try:
                unpacked = stream.decompress(rest)
            except zstandard.ZstdError:
                raise _DamagedArchiveError from None
            if unpacked:
                yield unpacked
            rest = b""
            if stream.eof:
                frames += 1
                rest = stream.unused_data
                stream = None
    if stream is not None or not frames:
        raise _DamagedArchiveError


# ---- payload lines ---------------------------------------------------------------------------------------------------


def read_lines(
    files: Iterable[LandedFile],
    fs: fsspec.AbstractFileSystem,
    maximum_line_bytes: int,
    on_file: Callable[[LandedFile, int], None] | None = None,
    on_lines: Callable[[LandedFile, Sequence[bytes | None]], None] | None = None,
) -> Iterator[pa.RecordBatch]:
    r"""Give the payload lines of files, numbered from 1, as batches of some megabytes (columns: LINES_SCHEMA).

    Only a line feed ends a line; a `.json` file is one line. A line with bytes that are no UTF-8 has `\xNN` for each
    of them and is no valid text; so is one above the maximum, of which the first kilobyte is kept (R1.2, R23.2). A
    damaged archive ends with one more row, numbered 0, without text: what came before it does not count. `on_file` is
    told of each file read to its end, and how many rows it gave; `on_lines` sees the lines as they are.
    """
    for file in files:
        rows = 0
        for batch in _line_batches(file, fs, maximum_line_bytes, on_lines):
            rows += len(batch)
            yield batch
        if on_file:
            on_file(file, rows)


def _line_batches(
    file: LandedFile,
    fs: fsspec.AbstractFileSystem,
    maximum: int,
    on_lines: Callable[[LandedFile, Sequence[bytes | None]], None] | None,
) -> Iterator[pa.RecordBatch]:
    number = 0
    blocks = read_bytes(file, fs)
    pieces = _split(blocks, maximum) if _is_line_file(file.path) else _whole(blocks, maximum)
    try:
        for lines, too_long in pieces:
            if on_lines:
                on_lines(file, lines)
            yield _line_batch(file, number + 1, lines, too_long)
            number += len(lines)
    except _DamagedArchiveError:
        yield _line_batch(file, 0, [None], frozenset())


def _is_line_file(path: str) -> bool:
    name = path.removesuffix(".gz").removesuffix(".zst")
    return name.endswith((".ndjson", ".jsonl"))


def _whole(blocks: Iterable[bytes], maximum: int) -> Iterator[tuple[list[bytes], frozenset[int]]]:
    """Give the content of a file as one line; of a longer one than the maximum what is kept of it."""
    kept = bytearray()
    length = 0
    for block in blocks:
        length += len(block)
        if length <= maximum:
            kept += block
        elif len(kept) < KEPT_BYTES:
            kept += block[:KEPT_BYTES]
        else:
            del kept[KEPT_BYTES:]
    if length > maximum:
        yield [bytes(kept[:KEPT_BYTES])], frozenset([0])
    elif length:
        yield [bytes(kept)], frozenset()


def _split(blocks: Iterable[bytes], maximum: int) -> Iterator[tuple[list[bytes], frozenset[int]]]:
    """Give the lines of a file in runs, with the places in the run of those that were too long to keep."""
    held: list[bytes] = []
    held_length = 0
    for block in blocks:
        head, end, tail = block.rpartition(b"\n")
        if end:
            lines = b"".join([*held, head]).split(b"\n")
            lengths = [held_length + len(lines[0]) - len(b"".join(held)), *map(len, lines[1:])]
            too_long = frozenset(place for place, length in enumerate(lengths) if length > maximum)
            for place in too_long:
                lines[place] = lines[place][:KEPT_BYTES]
            yield lines, too_long
            held, held_length = [], 0
        held.append(tail)
        held_length += len(tail)
        if held_length > maximum:
            # The rest of this line is counted, not kept.
            held = [b"".join(held)[:KEPT_BYTES]]
    if held_length:
        text = b"".join(held)
        is_too_long = held_length > maximum
        yield [text[:KEPT_BYTES] if is_too_long else text], frozenset([0] if is_too_long else [])


def _line_batch(
    file: LandedFile, first: int, lines: Sequence[bytes | None], too_long: Collection[int]
) -> pa.RecordBatch:
    """Make the rows of consecutive lines; None stands for an archive that is damaged."""
    count = len(lines)
    is_damaged = lines[0] is None
    try:
        texts = pa.array(lines, pa.binary()).cast(pa.string())
        valid = pa.repeat(pa.scalar(not is_damaged), count)
    except pa.ArrowInvalid:
        decoded = [_decoded(line, place in too_long) for place, line in enumerate(lines) if line is not None]
        texts = pa.array([text for text, _ in decoded], pa.string())
        valid = pa.array([is_valid for _, is_valid in decoded], pa.bool_())
    if too_long:
        valid = pa.array([flag.as_py() and place not in too_long for place, flag in enumerate(valid)], pa.bool_())
    columns = [
        pa.repeat(pa.scalar(file.path, pa.string()), count),
        pa.array(range(first, first + count), pa.int64()),
        pa.repeat(pa.scalar(received_date(file.path), pa.date32()), count),
        texts,
        valid,
        pa.repeat(pa.scalar(is_damaged), count),
        pa.repeat(pa.scalar(file.modified_at, pa.timestamp("us")), count),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=LINES_SCHEMA)


def _decoded(line: bytes, is_cut: bool) -> tuple[str, bool]:
    try:
        return line.decode(), True
    except UnicodeDecodeError:
        # What was cut off at its kilobyte may end within a character, which is no fault of the line.
        decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        return decoder.decode(line, final=not is_cut), False


def received_date(path: str) -> date:
    """Return the date that the folder of a payload file names."""
    return date.fromisoformat(path.split("/")[-2].partition("=")[2])


# ---- tables ----------------------------------------------------------------------------------------------------------


def header(file: LandedFile, fs: fsspec.AbstractFileSystem) -> list[str]:
    """Return the column names of a CSV or Parquet file as it writes them; none of an empty file."""
    if file.path.endswith(".parquet"):
        with _parquet(file, fs) as parquet:
            return parquet.schema_arrow.names
    try:
        blocks = _row_blocks(_csv_bytes(file, fs))
        data = next(blocks, b"").removeprefix(BYTE_ORDER_MARK)
        return next((row for row in csv.reader(_text_lines(data, blocks), strict=True) if row), [])
    except (UnicodeDecodeError, csv.Error):
        raise DamagedFileError(f"{file.path}: {csv_problem(file, fs)}") from None


def read_table(
    file: LandedFile, fs: fsspec.AbstractFileSystem, columns: Sequence[SourceColumn], null_words: Collection[str]
) -> Iterator[pa.RecordBatch]:
    """Give the rows of a CSV or Parquet file as text, in bounded memory: the columns asked for, and `_row` from 1.

    Names match without case, the first of two alike; a column that the file lacks is NULL. Blank is NULL: white space,
    and in CSV the null words (lower case), whole and without case, but in names and counters (R16.1). Raises
    DamagedFileError, one line, for a row whose fields are not those of the header, for bytes that are no UTF-8, quotes
    that do not close, and archives that are not whole.
    """
    first = 1
    is_csv = not file.path.endswith(".parquet")
    words = pa.array(sorted(null_words), pa.string())
    for names, arrays in _csv_columns(file, fs, columns) if is_csv else _parquet_columns(file, fs, columns):
        count = len(arrays[0]) if arrays else 0
        by_name: dict[str, pa.Array] = {}
        for name, array in zip(names, arrays, strict=True):
            by_name.setdefault(name, array)
        texts = [
            _without_blanks(by_name[column.name.lower()], words if is_csv and column.kind not in WORDS_STAY else None)
            if column.name.lower() in by_name
            else pa.nulls(count, pa.string())
            for column in columns
        ]
        numbers = pa.array(range(first, first + count), pa.int64())
        first += count
        yield pa.RecordBatch.from_arrays([*texts, numbers], names=[*(column.name for column in columns), "_row"])


# Columns whose words mean themselves: a customer may be called None (R16.1), a counter is judged by R4.
WORDS_STAY = frozenset({"name", "counter"})


def _without_blanks(array: pa.Array, words: pa.Array | None) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(array)
    is_blank = pc.equal(trimmed, "")
    if words is not None and len(words):
        is_blank = pc.or_kleene(is_blank, pc.is_in(pc.utf8_lower(trimmed), value_set=words))
    return pc.if_else(pc.fill_null(is_blank, True), pa.scalar(None, pa.string()), array)


def folded(names: Iterable[str]) -> list[str]:
    """Return column names as they compare: trimmed, without case."""
    return [name.strip().lower() for name in names]


# ---- CSV -------------------------------------------------------------------------------------------------------------


def _csv_bytes(file: LandedFile, fs: fsspec.AbstractFileSystem) -> Iterator[bytes]:
    try:
        yield from read_bytes(file, fs)
    except _DamagedArchiveError:
        kind = "gzip" if file.path.endswith(".gz") else "Zstandard"
        raise DamagedFileError(f"{file.path}: is no {kind} archive, damaged, or cut short") from None


def _row_blocks(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Give bytes in larger blocks that end where a line does; within quotes that may be in the middle of a row."""
    held: list[bytes] = []
    length = 0
    for block in blocks:
        held.append(block)
        length += len(block)
        if length < CSV_BLOCK_BYTES:
            continue
        data = b"".join(held)
        cut = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1
        if cut:
            yield data[:cut]
        elif length > MAXIMUM_FIELD_BYTES:
            raise _LongLineError
        held, length = [data[cut:]], len(data) - cut
    if length:
        yield b"".join(held)


def _csv_columns(
    file: LandedFile, fs: fsspec.AbstractFileSystem, columns: Sequence[SourceColumn]
) -> Iterator[tuple[list[str], list[pa.Array]]]:
    """Give the columns of a CSV file, run by run of rows.

    Where there are no quotes Arrow reads the rows, many times faster; from the first quote on, Python's csv does,
    which lets nothing pass that is not as it should be.
    """
    wanted = {column.name.lower() for column in columns}
    blocks = _row_blocks(_csv_bytes(file, fs))
    names: list[str] = []
    try:
        for place, block in enumerate(blocks):
            data = block if place else block.removeprefix(BYTE_ORDER_MARK)
            if b'"' in data:
                yield from _quoted_columns(data, blocks, names, wanted)
                return
            data.decode()
            if not names:
                line, _, data = _first_line(data)
                names = folded(line.decode().split(",")) if line else []
                if not names:
                    continue
            if data.strip(b"\r\n"):
                yield _arrow_columns(data, names, wanted)
    except (UnicodeDecodeError, csv.Error, pa.ArrowInvalid):
        raise DamagedFileError(f"{file.path}: {csv_problem(file, fs)}") from None


def _first_line(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the first line that is not empty, its end, and what follows."""
    data = data.lstrip(b"\r\n")
    ends = [place for place in (data.find(b"\n"), data.find(b"\r")) if place >= 0]
    place = min(ends, default=len(data))
    return data[:place], data[place : place + 1], data[place + 1 :]


def _arrow_columns(data: bytes, names: list[str], wanted: Collection[str]) -> tuple[list[str], list[pa.Array]]:
    positions = [str(place) for place in range(len(names))]
    kept = [place for place, name in enumerate(names) if name in wanted]
    # Without any known column the rows still count.
    kept = kept or [0]
    if data.startswith(BYTE_ORDER_MARK):
        # Arrow drops one at the start of what it is given; within a file it is part of a value.
        data = BYTE_ORDER_MARK + data
    table = pa_csv.read_csv(
        pa.BufferReader(data),
        read_options=pa_csv.ReadOptions(column_names=positions, block_size=len(data) + 1),
        parse_options=pa_csv.ParseOptions(quote_char=False, ignore_empty_lines=True),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(positions, pa.string()),
            include_columns=[positions[place] for place in kept],
            strings_can_be_null=False,
            check_utf8=False,
        ),
    ).combine_chunks()
    arrays = [_one_chunk(column) for column in table.columns]
    return [names[place] for place in kept], arrays


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.array([], pa.string())])


def _quoted_columns(
    data: bytes, blocks: Iterable[bytes], names: list[str], wanted: Collection[str]
) -> Iterator[tuple[list[str], list[pa.Array]]]:
    csv.field_size_limit(MAXIMUM_FIELD_BYTES)
    taken = 0

    def counted() -> Iterator[bytes]:
        nonlocal taken
        for block in blocks:
            taken += 1
            yield block

    reader = csv.reader(_text_lines(data, counted()), strict=True)
    names = names or folded(next((row for row in reader if row), []))
    kept = [place for place, name in enumerate(names) if name in wanted] or [0]
    rows: list[list[str]] = []
    given = 0

    def columns_of() -> tuple[list[str], list[pa.Array]]:
        return [names[place] for place in kept], [pa.array([row[place] for row in rows], pa.string()) for place in kept]

    for row in reader:
        if not row:
            continue
        if len(row) != len(names):
            raise csv.Error("a row of another width")
        rows.append(row)
        # Few rows may be long: no more are held than a block has.
        if len(rows) == CSV_ROWS or taken > given:
            yield columns_of()
            rows, given = [], taken
    if rows:
        yield columns_of()


def _text_lines(data: bytes, blocks: Iterable[bytes]) -> Iterator[str]:
    """Give the lines of text of blocks that end where lines do."""
    yield from io.StringIO(data.decode(), newline="")
    for block in blocks:
        yield from io.StringIO(block.decode(), newline="")


def csv_problem(file: LandedFile, fs: fsspec.AbstractFileSystem) -> str:
    """Say in which line of a CSV file what is wrong: asked only once something is, for it reads the file again."""
    number = 0

    def numbered(blocks: Iterable[bytes]) -> Iterator[str]:
        nonlocal number
        for block in blocks:
            # One byte a character, so that a line that is no UTF-8 is found by its number.
            for line in io.StringIO(block.decode("latin-1"), newline=""):
                number += 1
                yield line.encode("latin-1").decode("utf-8-sig" if number == 1 else "utf-8")

    csv.field_size_limit(MAXIMUM_FIELD_BYTES)
    reader = csv.reader(numbered(_row_blocks(_csv_bytes(file, fs))), strict=True)
    try:
        width = len(next((row for row in reader if row), []))
        for row in reader:
            if row and len(row) != width:
                return f"line {reader.line_num} has {len(row)} fields where the header has {width}"
    except UnicodeDecodeError:
        return f"line {number} is not UTF-8"
    except _LongLineError:
        return f"line {number + 1} is longer than {MAXIMUM_FIELD_BYTES} bytes"
    except csv.Error as error:
        return f"line {reader.line_num}: {error}"
    return "cannot be read as CSV"


# ---- Parquet ---------------------------------------------------------------------------------------------------------


BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)


def _parquet(file: LandedFile, fs: fsspec.AbstractFileSystem) -> pq.ParquetFile:
    try:
        stream = _open(file, fs)
    except bucket_error_types() as error:
        raise _reading_error(file, fs, error) from None
    try:
        # Without these a column of a row group, which may be the whole file, is fetched at once.
        source = stream if _is_local(fs) else _BucketStream(stream, file, fs)
        return pq.ParquetFile(source, buffer_size=PARQUET_BUFFER_BYTES, pre_buffer=False)
    except (pa.ArrowException, OSError):
        raise DamagedFileError(f"{file.path}: is no Parquet file, damaged, or cut short") from None


class _BucketStream(io.RawIOBase):
    """A Parquet file in a bucket: that the bucket fails is not said as if the file were damaged."""

    def __init__(self, stream: IO[bytes], file: LandedFile, fs: fsspec.AbstractFileSystem) -> None:
        """Keep what is read, and what an error has to name."""
        self._stream, self._file, self._fs = stream, file, fs

    def readable(self) -> bool:
        """Tell that this is to be read, not written."""
        return True

    def seekable(self) -> bool:
        """Tell that reading may go on anywhere."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; raises SeatwiseError, which Arrow passes on as it is."""
        try:
            return self._stream.read(size)
        except bucket_error_types() as error:
            raise _reading_error(self._file, self._fs, error) from None

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place in the file."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the file."""
        return self._stream.tell()


def _parquet_columns(
    file: LandedFile, fs: fsspec.AbstractFileSystem, columns: Sequence[SourceColumn]
) -> Iterator[tuple[list[str], list[pa.Array]]]:
    """Give the columns of a Parquet file as text, run by run of rows."""
    wanted = {column.name.lower() for column in columns}
    with _parquet(file, fs) as parquet:
        names = parquet.schema_arrow.names
        # Without any known column the rows still count.
        kept = [name for name in names if name.strip().lower() in wanted] or names[:1]
        try:
            for batch in parquet.iter_batches(batch_size=_rows_at_a_time(parquet.metadata), columns=kept):
                if len(batch):
                    yield (
                        folded(batch.schema.names),
                        [_text(file, batch.column(name), name) for name in batch.schema.names],
                    )
        except (pa.ArrowException, OSError):
            raise DamagedFileError(f"{file.path}: is no Parquet file, damaged, or cut short") from None


def _rows_at_a_time(metadata: pq.FileMetaData) -> int:
    """Return how many rows fill about a block."""
    groups = (metadata.row_group(place) for place in range(metadata.num_row_groups))
    row_bytes = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=0)
    return min(max(CSV_BLOCK_BYTES // max(row_bytes, 1), 1), CSV_ROWS)


def _text(file: LandedFile, array: pa.Array, name: str) -> pa.Array:
    """Return the values of a column as the database writes them; bytes are taken for the text that they mostly are."""
    if pa.types.is_string(array.type):
        return array
    if any(is_kind(array.type) for is_kind in BYTES):
        try:
            return array.cast(pa.binary()).cast(pa.string())
        except pa.ArrowInvalid:
            raise DamagedFileError(f"{file.path}: column {name} holds bytes that are no UTF-8 text") from None
    import duckdb

    with duckdb.connect(config={"threads": 1}) as database:
        database.execute("set TimeZone = 'UTC'")
        database.register("batch", pa.table({"value": array}))
        text = database.execute("select cast(value as varchar) as value from batch").to_arrow_table()
    return _one_chunk(text.column("value")).cast(pa.string())
