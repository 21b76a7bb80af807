"""Ask the published file a question."""

from __future__ import annotations

from scripts.settings import SeatwiseError, read_settings
from scripts.tables import open_published

SHOWN_ROWS = 50
SHOWN_WIDTH = 160


def main(sql: str) -> int:
    """Run one query on the published file, print its rows as a table, and return an exit code.

    Raises SeatwiseError, one line, where the file cannot be read or DuckDB does not accept the query.
    """
    with open_published(read_settings().published_file) as database:
        import duckdb

        try:
            answer = database.sql(sql)
            if answer is not None:
                answer.show(max_rows=SHOWN_ROWS, max_width=SHOWN_WIDTH)
        except duckdb.Error as error:
            raise SeatwiseError(str(error).splitlines()[0]) from None
    return 0
