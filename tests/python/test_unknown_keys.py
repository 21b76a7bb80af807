"""Keys of payloads that no dictionary knows: which payloads are looked at, and what counts as known (R16.2)."""

from __future__ import annotations

import json
import random
from datetime import date
from typing import Any

import pytest

from scripts.landing import unknown_keys
from scripts.landing.unknown_keys import KeySample, known_key_paths, unknown_in
from scripts.purge.run import SEEDS

DAY = date(2026, 3, 2)
DICTIONARY = frozenset(["uuid", "hostname", "recorded_at", "version", "counts.issues", "topology", "counts"])


def payload(number: int, release: str = "17.1", recorded: str = "2026-03-01T10:00:00Z", **fields: Any) -> bytes:
    """Return a payload of an instance."""
    header = {"uuid": f"u-{number}", "hostname": "h", "recorded_at": recorded, "version": f"{release}.0-ee"}
    return json.dumps(header | fields).encode()


def chosen(sample: KeySample) -> list[tuple[str, list[str]]]:
    """Return the files and keys of the payloads that were looked at."""
    [batch] = sample.rows()
    return [(row["file"], row["key_paths"]) for row in batch.to_pylist()]


@pytest.mark.parametrize(
    ("fields", "unknown"),
    [
        ({"counts": {"issues": 1}}, set()),
        # What lies below a key that is known is its value.
        ({"topology": {"nodes": [{"a": 1}], "duration": 1}}, set()),
        ({"brand_new": 1, "usage": {"by": {"stage": None}}}, {"brand_new", "usage.by.stage"}),
        ({"empty": {}, "a list": [1]}, {"empty", "a list"}),
        ({"x" * 300: 1}, set()),
    ],
)
def test_keys_that_are_unknown(fields: dict[str, Any], unknown: set[str]) -> None:
    """R16.2 A key counts with its path; objects are their leaves."""
    assert unknown_in(payload(1, **fields), DICTIONARY) == unknown


@pytest.mark.parametrize("line", [b"", b"{", b"[1]", b'"text"', b"\xff", b'{"a": ' * 5000])
def test_lines_that_are_no_payload_have_no_keys(line: bytes) -> None:
    """R16.2 What is quarantined says so elsewhere."""
    assert unknown_in(line, DICTIONARY) == set()
    sample = KeySample(DICTIONARY)
    sample.look("f", DAY, [line, None])
    assert sample.chosen == {}


def test_one_payload_per_instance_and_release() -> None:
    """R16.2 The same one, in whatever order they are read."""
    lines = [payload(1, recorded=f"2026-03-0{day}T10:00:00Z", **{f"key_{day}": 1}) for day in range(1, 8)]
    lines += [payload(1, "17.2", other=1), payload(2, another=1)]
    found = set()
    for seed in range(5):
        random.Random(seed).shuffle(lines)
        sample = KeySample(DICTIONARY)
        sample.look("f", DAY, lines)
        assert len(sample.chosen) == 3
        found.add(str(chosen(sample)))
    assert len(found) == 1


def test_no_more_than_the_maximum_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """R16.2, R1.4 Of many instances always the same few, in whatever order and however split they are read."""
    monkeypatch.setattr(unknown_keys, "MAXIMUM_PAYLOADS", 20)
    lines = [payload(number) for number in range(200)]
    at_once = KeySample(DICTIONARY)
    at_once.look("f", DAY, lines)
    assert len(at_once.chosen) == 20
    random.Random(1).shuffle(lines)
    parts = [KeySample(DICTIONARY) for _ in range(4)]
    for place, part in enumerate(parts):
        part.look("f", DAY, lines[place::4])
    merged = sorted(group for part in parts for group in part.chosen)[:20]
    assert merged == sorted(at_once.chosen)


def test_the_dictionary_knows_whole_payloads() -> None:
    """R16.2 What GitLab documents of a payload, its header too, is not called unknown."""
    known = known_key_paths(SEEDS)
    assert len(known) > 4000
    assert {"uuid", "recorded_at", "licensee", "settings.collected_data_categories", "active_user_count"} <= known
