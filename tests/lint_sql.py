"""sqlfluff, whose garbage collector looks less often: it would take a third of the time of a run.

`python tests/lint_sql.py lint …` takes the arguments of sqlfluff.
"""

from __future__ import annotations

import gc
import sys

# Worker processes import this file again, so this holds for them too.
gc.set_threshold(100_000, 20, 100)

from sqlfluff.cli.commands import cli  # noqa: E402

if __name__ == "__main__":
    sys.argv[0] = "sqlfluff"
    cli()
