"""Which columns of the landing hold which ids, and how two spellings of one id compare (R8.8, R7.1)."""

from __future__ import annotations

import csv
import hmac
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scripts.settings import SeatwiseError, parse_key

PURGE_KEY = "SEATWISE_PURGE_KEY"
TOMBSTONES = Path(".purge") / "tombstones"
# Its hash stands first in the file: with another key nothing that was purged would be known again.
PROOF_OF_KEY = "the key of this file"

HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^@/]*@)?(\[[^\]]*\]|[^:/?#\\]*)")

Action = Literal["remove", "blank"]
# A subject's ids by kind, each as `comparable` has it.
Ids = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Key:
    """A column of a table of the landing that holds ids of a kind, and what becomes of a row that has a purged one."""

    column: str
    kind: str
    action: Action


def read_keys(seeds: Path) -> dict[str, list[Key]]:
    """Return the columns with ids of each table, by its path below the landing root; nothing without the seed."""
    keys: dict[str, list[Key]] = {}
    file = seeds / "purge_keys.csv"
    if not file.exists():
        return {}
    with file.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            action: Action = "blank" if row["action"] == "blank" else "remove"
            keys.setdefault(row["table_name"], []).append(Key(row["column_name"].lower(), row["kind"], action))
    return keys


def comparable(kind: str, text: str | None) -> str:
    """Return an id as it compares with others of its kind; blank for none."""
    value = (text or "").strip().lower() if kind != "account" else crm_id(text or "")
    if kind == "license_hash":
        value = value.replace("-", "")
    if kind == "hostname":
        value = host_of(value)
    if kind == "namespace":
        whole, _, zeros = value.partition(".")
        value = whole if not zeros.strip("0") else value
    return value


def crm_id(text: str) -> str:
    """Return a CRM id with 18 characters, in lower case: the last three tell apart what differs in case alone."""
    value = text.strip()
    if len(value) == 15:
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
        for start in (0, 5, 10):
            value += letters[sum(2**place for place in range(5) if "A" <= text.strip()[start + place] <= "Z")]
    return value.lower()


def server_id(uuid: str, hostname: str) -> str:
    """Return what stands for a server: one uuid may have several hostnames, and one hostname several uuids."""
    return f"{uuid.strip().lower()}|{host_of(hostname.strip().lower())}"


def host_of(text: str) -> str:
    """Return a host as labels are matched by (R6.2): without scheme, user, port, path and a dot at the end."""
    found = HOST.match(text)
    return (found[1] if found else text).rstrip(". ")


@dataclass(frozen=True)
class Tombstones:
    """Keyed hashes of all ids that were purged: they tell a purged id, and nobody reads one out of them."""

    key: bytes
    hashes: frozenset[str]

    def hash_of(self, kind: str, value: str) -> str:
        """Return the keyed hash of an id."""
        return hmac.digest(self.key, f"{kind}|{value}".encode(), "sha256").hex()

    def has(self, kind: str, text: str | None) -> bool:
        """Tell whether an id was purged."""
        if not self.hashes or not text:
            return False
        value = comparable(kind, text)
        return bool(value) and self.hash_of(kind, value) in self.hashes

    def among(self, kind: str, texts: Iterable[str | None]) -> frozenset[str]:
        """Return those of many texts that are purged ids of a kind; each is looked at once."""
        return frozenset(text for text in set(texts) if text and self.has(kind, text))


def purge_key() -> bytes:
    """Return the key of the tombstones; raise SeatwiseError, one line, where there is none."""
    key = parse_key(PURGE_KEY, os.environ.get(PURGE_KEY, "").strip())
    if not key:
        raise SeatwiseError(
            f"{PURGE_KEY} is not set: what was purged is known again by hashes with that key, the same for every run"
        )
    return key.encode()


def read_tombstones(warehouse: Path) -> Tombstones:
    """Return what was purged from a warehouse.

    Raises SeatwiseError, one line, where something was and the key is missing or another one: it would come back.
    """
    file = warehouse / TOMBSTONES
    if not file.exists():
        return Tombstones(b"", frozenset())
    proof, *hashes = file.read_text(encoding="ascii").split()
    tombstones = Tombstones(purge_key(), frozenset(hashes))
    if proof != tombstones.hash_of("key", PROOF_OF_KEY):
        raise SeatwiseError(f"{PURGE_KEY} is another key than that of {file}: what was purged would come back")
    return tombstones


def write_tombstones(warehouse: Path, ids: Iterable[Ids]) -> Tombstones:
    """Add the ids of purged subjects to the tombstones of a warehouse, whole or not at all."""
    before = read_tombstones(warehouse)
    made = Tombstones(purge_key(), frozenset())
    hashes = set(before.hashes)
    for subject in ids:
        hashes |= {made.hash_of(kind, value) for kind, values in subject.items() for value in values}
    file = warehouse / TOMBSTONES
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, "\n".join([made.hash_of("key", PROOF_OF_KEY), *sorted(hashes)]).encode() + b"\n")
    return Tombstones(made.key, frozenset(hashes))


def write_whole(file: Path, content: bytes) -> None:
    """Write a file by a rename, so that it is there whole or as it was; no part is left under another name."""
    aside = file.with_name(f".{file.name}.purging")
    with aside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    if file.exists():
        aside.chmod(file.stat().st_mode & 0o777)
    aside.replace(file)
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
