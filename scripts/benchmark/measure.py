"""Seconds, peak memory and disk of what a benchmark runs: each thing in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from scripts.settings import PROJECT_ROOT, SeatwiseError

SAMPLING_SECONDS = 0.1


@dataclass(frozen=True)
class Measured:
    """What one run took: wall seconds, and the most memory (bytes) that its processes held at one moment."""

    seconds: float
    peak_bytes: int


def run_measured(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Measured:
    """Run a command to its end, its output in a file, and measure it.

    Raises SeatwiseError, one line with the end of the output, where it fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(  # noqa: S603
            list(command), cwd=PROJECT_ROOT, env={**os.environ, **environment}, stdout=output, stderr=output
        )
        watch = MemoryWatch(process.pid)
        watch.start()
        code = process.wait()
        seconds = time.perf_counter() - start
        watch.stop()
    if code != 0:
        last = log.read_text(encoding="utf-8").strip().splitlines()[-1:] or ["no output"]
        raise SeatwiseError(f"{' '.join(command[-4:])} ended with {code}: {last[0]} (all of it: {log})")
    return Measured(seconds, watch.peak_bytes)


def python_command(*arguments: str) -> list[str]:
    """Return the command that runs a module of this project."""
    return [sys.executable, *arguments]


class MemoryWatch(threading.Thread):
    """Looks at a process and its children a few times a second and keeps the most memory they held together."""

    def __init__(self, pid: int) -> None:
        """Watch the process with this id."""
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._pid = pid
        self._ended = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self._ended.wait(SAMPLING_SECONDS):
            self.peak_bytes = max(self.peak_bytes, tree_memory(self._pid))

    def stop(self) -> None:
        """Stop looking."""
        self._ended.set()
        self.join()


def tree_memory(pid: int) -> int:
    """Return the resident bytes of a process and its children; 0 once it has ended."""
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def folder_bytes(folder: Path) -> int:
    """Return the bytes of all files below a folder, links followed."""
    return sum(
        (Path(parent) / name).stat().st_size for parent, _, names in os.walk(folder, followlinks=True) for name in names
    )
