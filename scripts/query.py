"""Ask the published file a question: `python -m scripts.query "select …"`, or the SQL on standard input."""

from __future__ import annotations

import argparse
import sys

from scripts.settings import SeatwiseError, read_settings, run_script
from scripts.tables import open_published

SHOWN_ROWS = 50
SHOWN_WIDTH = 160


def main() -> int:
    """Run one query on the published file, open for reading only, and print its rows as a table.

    Raises SeatwiseError, one line, where the file cannot be read or DuckDB does not accept the query.
    """
    parser = argparse.ArgumentParser(prog="query", description=__doc__.partition(":")[0])
    parser.add_argument("sql", nargs="?", help="the query; without it, standard input is read")
    options = parser.parse_args()
    with open_published(read_settings().published_file) as database:
        import duckdb

        try:
            answer = database.sql(options.sql or sys.stdin.read())
            if answer is not None:
                answer.show(max_rows=SHOWN_ROWS, max_width=SHOWN_WIDTH)
        except duckdb.Error as error:
            raise SeatwiseError(str(error).splitlines()[0]) from None
    return 0


if __name__ == "__main__":
    sys.exit(run_script("query", main))
