"""Builds a landing load by load into one warehouse, and compares its marts with a build from nothing (R23.1)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from unittest.mock import patch

import duckdb

from building import Built, try_dbt
from conftest import LandingWriter

# What the publisher writes, not a build.
NOT_BUILT = frozenset({"fct_restatements", "dim_publication"})


@dataclass
class Loads:
    """A landing that changes between builds, and the warehouse that follows it."""

    landing: LandingWriter
    folder: Path
    as_of: date
    builds: int = 0

    def run(self, *arguments: str, **environment: str) -> Built:
        """Build what has changed; fail with the lines that a user would see."""
        built = self.try_run(*arguments, **environment)
        assert not built.run.problems, built.run.problems
        return built

    def try_run(self, *arguments: str, **environment: str) -> Built:
        """Build what has changed, sound or not."""
        with patch.dict(os.environ, environment):
            return try_dbt(["run", *arguments], self.landing.root, self.as_of, self.folder / "followed")

    def from_nothing(self, landing: LandingWriter | None = None) -> Built:
        """Build a landing, by default this one, into a warehouse of its own."""
        self.builds += 1
        folder = self.folder / f"from-nothing-{self.builds}"
        built = try_dbt(["run"], (landing or self.landing).root, self.as_of, folder)
        assert not built.run.problems, built.run.problems
        return built

    def files_read(self, built: Built) -> set[str]:
        """Return the files that the last build read: those that were entered into the ledger last."""
        rows = built.query("select file from landing.files where read_at = (select max(read_at) from landing.files)")
        return {file for (file,) in rows}


def differences(one: Built, other: Built) -> list[str]:
    """Return the marts that differ, with how many rows only one of the two has; numbers are alike to 1e-9."""
    found = []
    assert one.marts() == other.marts()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one.database}' as one (read_only)")
        connection.execute(f"attach '{other.database}' as other (read_only)")
        for mart in (name for name in one.marts() if name not in NOT_BUILT):
            columns = connection.execute(
                "select column_name, data_type from information_schema.columns"
                " where table_catalog = 'one' and table_schema = 'main' and table_name = ?",
                [mart],
            ).fetchall()
            values = ", ".join(f"round({name}, 9)" if kind == "DOUBLE" else name for name, kind in columns)
            for here, there in (("one", "other"), ("other", "one")):
                rows = connection.execute(
                    f"select count(*) from (select {values} from {here}.main.{mart}"
                    f" except all select {values} from {there}.main.{mart})"
                ).fetchall()[0][0]
                if rows:
                    found.append(f"{mart}: {rows} rows only in {here}")
    return found
