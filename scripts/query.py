"""Ask the published file a question: `python -m scripts.query "select …"`, or the SQL on standard input."""

from __future__ import annotations

import argparse
import sys

from scripts.settings import SeatwiseError, read_settings, run_script

SHOWN_ROWS = 50
SHOWN_WIDTH = 160


def main() -> int:
    """Run one query on the published file, open for reading only, and print its rows as a table.

    Raises SeatwiseError, one line, where nothing is published yet or DuckDB does not accept the query.
    """
    parser = argparse.ArgumentParser(prog="query", description=__doc__.partition(":")[0])
    parser.add_argument("sql", nargs="?", help="the query; without it, standard input is read")
    options = parser.parse_args()
    file = read_settings().published_file
    if not file.exists():
        raise SeatwiseError(f"{file} does not exist yet: run make build")

    # Importing DuckDB takes longer than finding out that there is nothing to ask.
    import duckdb

    with duckdb.connect(str(file), read_only=True) as database:
        try:
            answer = database.sql(options.sql or sys.stdin.read())
            if answer is not None:
                answer.show(max_rows=SHOWN_ROWS, max_width=SHOWN_WIDTH)
        except duckdb.Error as error:
            raise SeatwiseError(str(error).splitlines()[0]) from None
    return 0


if __name__ == "__main__":
    sys.exit(run_script("query", main))
