"""A dbt-duckdb plugin: lets DuckDB read the files of the landing through scripts/landing."""

from __future__ import annotations

import hmac
import json
import os
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from scripts.buckets import bucket_errors, is_bucket
from scripts.landing.contract import declared_tables, parse_request
from scripts.landing.files import file_system
from scripts.landing.plan import make_plan, parse_ledger, statements
from scripts.landing.streams import Landing
from scripts.private_file import set_aside
from scripts.purge.keys import Tombstones, read_tombstones, server_id
from scripts.settings import PROJECT_ROOT, SeatwiseError, parse_key

HOSTNAME_KEY = "SEATWISE_HOSTNAME_KEY"


class Plugin(BasePlugin):
    """Makes the build folder before the database opens, and gives every connection what the landing's views read."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Create the folder of the private database file, and set a file aside that cannot be read.

        DuckDB makes files, not folders.
        """
        self.notes: list[str] = []
        if self.creds is not None:
            file = Path(self.creds.path)
            file.parent.mkdir(parents=True, exist_ok=True)
            self.notes += [line] if (line := set_aside(file)) else []
        self.landing = Landing()
        self.tombstones = Tombstones(b"", frozenset())
        self.streams = {
            f"seatwise_{table.identifier}": self.landing.stream(table) for table in declared_tables(PROJECT_ROOT)
        }
        self.streams["seatwise_files"] = self.landing.files()
        self.streams["seatwise_unknown_keys"] = self.landing.unknown_keys()

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Register the functions that the macro open_landing calls."""
        conn.create_function(
            "seatwise_plan", self.plan, ["VARCHAR"] * 3, "VARCHAR", null_handling="special", side_effects=True
        )
        conn.create_function("seatwise_problems", self.problems, [], "VARCHAR", side_effects=True)
        conn.create_function(
            "seatwise_is_purged",
            self.is_purged,
            ["VARCHAR", "VARCHAR", "VARCHAR[]"],
            "BOOLEAN",
            type="arrow",
            null_handling="special",
        )
        conn.create_function("seatwise_keyed_hash", keyed_hash, ["VARCHAR"], "VARCHAR")

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """Register the rows of the landing: a connection knows only its own."""
        for name, stream in self.streams.items():
            cursor.register(name, stream)

    def plan(self, request: str, relations: str | None, ledger: str | None) -> str:
        """Compare the landing with the ledger and return, as JSON, what the run does with it."""
        wanted = parse_request(request)
        types = {(row["table_schema"], row["table_name"]): row["table_type"] for row in json.loads(relations or "[]")}
        try:
            fs, root = file_system(wanted.root)
            # However a run is told of the same folder, the ledger knows it by one name.
            wanted = replace(wanted, root=wanted.root.rstrip("/") if is_bucket(wanted.root) else root)
            self.tombstones = self.read_tombstones()
            if wanted.hides_hostnames:
                hostname_key()
            with bucket_errors(wanted.root) if is_bucket(wanted.root) else nullcontext():
                plan = make_plan(wanted, fs, root, parse_ledger(ledger), types)
        except SeatwiseError as error:
            return json.dumps({"problems": [str(error)], "notes": [], "statements": [], "dropped_readers": []})
        self.landing.take(plan, fs, self.tombstones)
        return json.dumps(
            {
                "problems": plan.problems,
                "notes": self.notes + plan.notes,
                "statements": statements(plan, types),
                "dropped_readers": [
                    step.table.identifier
                    for step in plan.tables
                    if step.is_rebuilt and step.table.is_streamed and step.table.is_reader_selected
                ],
            }
        )

    def read_tombstones(self) -> Tombstones:
        """Return what was purged from the warehouse of this run."""
        return read_tombstones(Path(self.creds.path).parents[1]) if self.creds else Tombstones(b"", frozenset())

    def is_purged(self, uuids: pa.ChunkedArray, hostnames: pa.ChunkedArray, licenses: pa.ChunkedArray) -> pa.Array:
        """Tell of pings whether their server or licence was purged (R23.4)."""
        if not self.tombstones.hashes:
            return pa.repeat(pa.scalar(False), len(uuids))
        rows = zip(uuids.to_pylist(), hostnames.to_pylist(), licenses.to_pylist(), strict=True)
        return pa.array([is_purged(self.tombstones, *row) for row in rows], pa.bool_())

    def problems(self) -> str:
        """Return, as a JSON list, what was wrong with the files that were loaded since the plan."""
        return json.dumps(self.landing.problems)


def is_purged(tombstones: Tombstones, uuid: str | None, hostname: str | None, ids: list[str | None] | None) -> bool:
    """Tell whether a ping's server was purged, or its licence: two hashes of that, and a subscription's id or name."""
    if tombstones.has("server", server_id(uuid or "", hostname or "")):
        return True
    kinds = ("license_hash", "license_hash", "subscription", "subscription_name")
    md5, sha256, subscription = ids or [None, None, None]
    values = (md5, sha256, subscription, subscription)
    return any(tombstones.has(kind, value) for kind, value in zip(kinds, values, strict=True))


def hostname_key() -> str:
    """Return the key of keyed hashes; raise SeatwiseError, one line, where there is none."""
    key = parse_key(HOSTNAME_KEY, os.environ.get(HOSTNAME_KEY, "").strip())
    if not key:
        raise SeatwiseError(f"hide_hostnames is set, {HOSTNAME_KEY} is not: give a key, the same for every run")
    return key


def keyed_hash(text: str) -> str:
    """Return the HMAC of a text, 32 hexadecimal digits: alike for one key, not to be guessed without it (R14.1)."""
    return hmac.digest(hostname_key().encode(), text.encode(), "sha256").hex()[:32]
