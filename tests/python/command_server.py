"""Runs commands of a project as a user would, each in a process of its own, without importing dbt each time.

Started in the project's folder, it imports what the commands import, then reads one request a line: a JSON object with
`arguments`, `environment`, and the files that take `stdout` and `stderr`. Each request is a fork of this process, which
has nothing open; the answer is a line with its exit code.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn


def run(request: dict[str, Any]) -> int:
    """Fork, run the command in the child, and return its exit code; a signal's is negative, as subprocess has it.

    With `killed_after` in the request the child is killed after so many seconds, wherever it is.
    """
    child = os.fork()
    if child == 0:
        become(request)
    if seconds := request.get("killed_after"):
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def become(request: dict[str, Any]) -> NoReturn:
    """Be the process of a command, to its end: its environment, its outputs, nothing to read."""
    for number, file in enumerate((os.devnull, request["stdout"], request["stderr"])):
        opened = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(request["environment"])
    from scripts.cli import main

    sys.exit(main(request["arguments"]))


def serve() -> None:
    """Answer requests until there are none."""
    sys.path[0] = str(Path.cwd())
    import duckdb

    # The connection that it opens when it is imported has threads, which a fork would not have.
    duckdb.close()
    import dbt.adapters.duckdb
    import dbt.cli.main  # noqa: F401

    import scripts.build
    import scripts.cli
    import scripts.landing
    import scripts.preflight  # noqa: F401

    for line in sys.stdin:
        print(run(json.loads(line)), flush=True)


if __name__ == "__main__":
    serve()
