"""Keys of payloads that no dictionary knows, from one payload per instance and release, few enough to cost nothing (R16).

Which payloads are looked at depends on what they say of themselves alone, never on when they are read: loads in any
split and order choose the same (R1.4).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from scripts.landing.contract import seed_column

MAXIMUM_PAYLOADS = 500
# What a payload says of itself stands at its beginning, where an instance writes it.
LOOKED_AT = 4096
HEADER = {name: re.compile(rb'"%s"\s*:\s*"([^"]*)"' % name.encode()) for name in ("uuid", "hostname", "recorded_at")}
RELEASE = re.compile(rb'"version"\s*:\s*"v?([0-9]+\.[0-9]+)')
# A key path longer than this is somebody's data, not a key.
LONGEST_KEY_PATH = 200

UNKNOWN_KEYS_SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("received_date", pa.date32()),
        ("payload_group", pa.string()),
        ("payload_order", pa.string()),
        ("key_paths", pa.list_(pa.string())),
    ]
)


@dataclass(frozen=True)
class Candidate:
    """A payload that is looked at: where it lies, what it is of (instance and release), and its place among those."""

    file: str
    received: date
    group: str
    order: str
    line: bytes


@dataclass
class KeySample:
    """The payloads of a run whose keys are looked at: of each instance and release one, and of these the first ones.

    `order` is a hash of what the payload says of itself, so it is the same in every run.
    """

    dictionary: frozenset[str]
    chosen: dict[str, Candidate] = field(default_factory=dict)
    _last: str = "~"

    def look(self, file: str, received: date, lines: Sequence[bytes | None]) -> None:
        """Look at lines of a file, and keep those that are among the first."""
        for line in lines:
            if not line:
                continue
            head = line[:LOOKED_AT]
            release = RELEASE.search(head)
            found = [pattern.search(head) for pattern in HEADER.values()]
            if not release or not found[0] or not found[2]:
                continue
            parts = [release[1], *(match[1] if match else b"" for match in found)]
            group = digest(*parts[:3])
            if group > self._last:
                continue
            candidate = Candidate(file, received, group, digest(*parts), line)
            before = self.chosen.get(group)
            if before is None or candidate.order < before.order:
                self.chosen[group] = candidate
            if len(self.chosen) > MAXIMUM_PAYLOADS:
                del self.chosen[max(self.chosen)]
                self._last = max(self.chosen)

    def rows(self) -> Iterator[pa.RecordBatch]:
        """Give a row for each payload that was looked at, with its key paths that the dictionary does not know."""
        rows = [
            {
                "file": candidate.file,
                "received_date": candidate.received,
                "payload_group": group,
                "payload_order": candidate.order,
                "key_paths": sorted(unknown_in(candidate.line, self.dictionary)),
            }
            for group, candidate in sorted(self.chosen.items())
        ]
        yield pa.RecordBatch.from_pylist(rows, schema=UNKNOWN_KEYS_SCHEMA)


def digest(*parts: bytes) -> str:
    """Return a hash of what a payload says of itself."""
    return hashlib.md5(b"|".join(parts), usedforsecurity=False).hexdigest()


def unknown_in(line: bytes, dictionary: frozenset[str]) -> set[str]:
    """Return the key paths of a payload that neither are in the dictionary nor lie below or above one that is."""
    try:
        payload = json.loads(line)
    except (ValueError, RecursionError):
        return set()
    if not isinstance(payload, Mapping):
        return set()
    return {path for path in leaves(payload, "", dictionary) if path not in dictionary}


def leaves(values: Mapping[str, Any], above: str, dictionary: frozenset[str]) -> Iterator[str]:
    """Give the paths of the values of an object; what lies below a known key is its value, not a key."""
    for name, value in values.items():
        path = f"{above}.{name}" if above else name
        if len(path) > LONGEST_KEY_PATH:
            continue
        if isinstance(value, Mapping) and value and path not in dictionary:
            yield from leaves(value, path, dictionary)
        else:
            yield path


def known_key_paths(seeds: Path) -> frozenset[str]:
    """Return the key paths of the dictionary and of the tracked metrics."""
    seeds_of_keys = ("metric_definitions", "tracked_metrics")
    return frozenset(path for name in seeds_of_keys for path in seed_column(seeds, name, "key_path"))
