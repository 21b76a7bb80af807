"""The one command: everything it can do is on one page, and what is asked wrongly is told in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from conftest import PROJECT_ROOT
from scripts.cli import commands, main

NAMES = (
    "benchmark",
    "build",
    "dashboard",
    "demo",
    "explain",
    "export",
    "export-ack",
    "mutate",
    "preflight",
    "publish",
    "purge",
    "query",
    "scorecard-diff",
    "status",
)


def test_help_lists_every_command() -> None:
    """From the project's folder, as README.md has it."""
    command = [sys.executable, "-m", "scripts", "--help"]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    listed = done.stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == list(NAMES)
    assert not [line for line in listed if line.endswith("...")], "each fits in its line"


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence on what it does, and one on each option."""
    assert main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: python -m scripts {name} ")
    assert [one.name for one in commands.commands[name].params if getattr(one, "help", "argument") in (None, "")] == []


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["bulid"], "python -m scripts: No such command 'bulid'"),
        (["build", "--fast"], "build: No such option '--fast'"),
        (["explain"], "explain: Missing argument 'ACCOUNT'"),
        (["benchmark", "--largest", "few"], "benchmark: Invalid value for '--largest'"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No usage, no trace, exit code 2."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(line)
