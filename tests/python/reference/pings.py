"""Accepting pings and reading metrics out of them: R1, R3, R4, R5."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from .landing import BOM, Line, PingFile
from .values import JSON_NUMBER, MAX_WHOLE, MISSING, Open, Row, at_path, blank, parse_json, to_ping_time

Release = tuple[int, int]
Reading = tuple[int | None, str | None]

BILLABLE = "license_billable_users"
EARLIEST = date(2016, 1, 1)
MAXIMUM_LINE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Metric:
    """A metric of the dictionary with its release gate (R5.1, R5.2)."""

    key_path: str
    introduced: Release | None
    removed: Release | None
    category: str
    on_saas: bool


@dataclass
class Ping:
    """An accepted ping (R1.3)."""

    uuid: str
    hostname: str
    recorded_at: datetime
    line: Line
    payload: dict[str, Any]
    readings: dict[str, Reading] = field(default_factory=dict)

    @property
    def raw_hostname(self) -> str:
        """Give the hostname as it was sent (R1.3)."""
        value = self.payload.get("hostname")
        return value if isinstance(value, str) else ""

    @cached_property
    def release(self) -> Release | None:
        """Give the ping's release as numbers (R3.1)."""
        return to_release(self.payload.get("version"))

    @cached_property
    def is_dedicated(self) -> bool:
        """Tell whether the ping comes from a Dedicated instance (R2.2)."""
        return self.payload.get("gitlab_dedicated") is True

    @property
    def delivery_type(self) -> str:
        """Give what the ping says of its delivery (R2.2)."""
        return "SaaS" if self.is_dedicated else "Self-Managed"

    @property
    def deployment_type(self) -> str:
        """Give what the ping says of its deployment (R2.2)."""
        return "Dedicated" if self.is_dedicated else "Self-Managed"

    def read(self, metric: Metric) -> Reading:
        """Read one metric by release gate, category and value (R5.5)."""
        if metric.key_path not in self.readings:
            self.readings[metric.key_path] = read_metric(self.payload, self.release, metric)
        return self.readings[metric.key_path]


@dataclass
class Accepted:
    """The outcome of acceptance: pings, quarantine rows and counts per file (R1.1)."""

    pings: list[Ping]
    quarantined: list[Row]
    loads: list[Row]


def to_release(version: Any) -> Release | None:
    """Take the first two dot-separated numbers of a version text (R3.1)."""
    match = re.match(r"v?([0-9]+)\.([0-9]+)", version) if isinstance(version, str) else None
    return (int(match.group(1)), int(match.group(2))) if match else None


def is_prerelease(version: Any) -> bool | Open:
    """Tell whether a version is marked `-pre` or `-rcN` (R3.2)."""
    if to_release(version) is None:
        return Open(None, False)
    return re.search(r"-(?:pre|rc[0-9]*)(?![a-z0-9])", version) is not None


def release_text(release: Release | None) -> str | None:
    """Publish a release as text `major.minor` (R3.1)."""
    return f"{release[0]}.{release[1]}" if release else None


def read_metrics(path: Path) -> dict[str, Metric]:
    """Read the dictionary: `<X` introduced is no lower gate, `<X` removed is X (R5.2)."""
    with path.open(newline="", encoding="utf-8") as handle:
        return {
            row["key_path"]: Metric(
                key_path=row["key_path"],
                introduced=None if row["introduced_release"].startswith("<") else to_release(row["introduced_release"]),
                removed=to_release(row["removed_release"].removeprefix("<")),
                category=row["data_category"],
                on_saas=row["is_available_on_saas"].lower() == "true",
            )
            for row in csv.DictReader(handle)
        }


def classify(value: Any) -> Reading:
    """Read a JSON value as a whole number from 0 to 2^63-1, or say why not (R4.1, R4.2)."""
    if value is MISSING or value is None:
        return None, "not_reported"
    if isinstance(value, Decimal):
        if value < 0:
            return None, "collection_failed"
        if value <= MAX_WHOLE and value == value.to_integral_value():
            return int(value), None
    if isinstance(value, str) and re.fullmatch(r"[0-9]+", value, re.ASCII):
        digits = value.lstrip("0") or "0"
        if len(digits) <= 19 and int(digits) <= MAX_WHOLE:
            return int(digits), None
    return None, "not_numeric"


def read_metric(payload: dict[str, Any], release: Release | None, metric: Metric) -> Reading:
    """Read a metric of a ping, reasons in the order of R5.5."""
    if metric.introduced or metric.removed:
        if release is None:
            return None, "release_unknown"
        too_old = metric.introduced is not None and release < metric.introduced
        too_new = metric.removed is not None and release >= metric.removed
        if too_old or too_new:
            return None, "not_instrumented_in_release"
    value = at_path(payload, metric.key_path)
    if value is MISSING or value is None:
        shared = at_path(payload, "settings.collected_data_categories")
        if isinstance(shared, list) and metric.category not in [item for item in shared if isinstance(item, str)]:
            return None, "category_not_shared"
    return classify(value)


def classify_exported(counter: str | None) -> Reading:
    """Read a number exported as text as if it were a JSON number (R5.6)."""
    if counter is not None and JSON_NUMBER.fullmatch(counter):
        return classify(Decimal(counter))
    return classify(counter)


def failed(row: Row) -> bool:
    """Tell whether an export says that a metric could not be counted (R5.6)."""
    return not blank(row.get("error")) and row["error"] != "Success"


def read_exported(row: Row | None, metric: Metric, ever_usable: set[str]) -> Reading:
    """Read a metric of a namespace: no gates, reasons of their own (R5.6)."""
    if row and failed(row):
        return None, "collection_failed"
    counter = row.get("counter_value") if row else None
    if blank(counter):
        is_known = metric.on_saas or metric.key_path in ever_usable
        return None, "not_reported" if is_known else "not_available_on_saas"
    return classify_exported(counter)


def decode(line: Line) -> str | None:
    """Decode a line, a leading BOM tolerated; None for invalid UTF-8 (R1.2)."""
    try:
        return line.raw.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError:
        return None


def valid_texts(texts: list[str]) -> dict[str, bool]:
    """Ask the engine's JSON reader which texts it accepts (R1.2)."""
    verdicts: dict[str, bool] = {}
    with duckdb.connect() as connection:
        for start in range(0, len(texts), 500):
            part = texts[start : start + 500]
            rows = connection.execute("select unnest(list_transform($1, text -> json_valid(text)))", [part]).fetchall()
            verdicts.update(zip(part, (bool(row[0]) for row in rows), strict=True))
    return verdicts


def judge(line: Line, text: str | None, is_valid: bool) -> Ping | str:
    """Make a ping of a line, or give the first reason for quarantine that applies (R1.2)."""
    if text is None or not is_valid or len(line.raw) > MAXIMUM_LINE_BYTES:
        return "malformed_json"
    payload = parse_json(text)
    if not isinstance(payload, dict):
        return "not_an_object"
    uuid = payload.get("uuid")
    if not isinstance(uuid, str) or blank(uuid):
        return "missing_uuid"
    recorded = payload.get("recorded_at")
    if blank(recorded):
        return "missing_recorded_at"
    recorded_at = to_ping_time(recorded) if isinstance(recorded, str) else None
    if recorded_at is None or recorded_at.date() < EARLIEST:
        return "invalid_recorded_at"
    if recorded_at.date() > line.received + timedelta(days=1):
        return "recorded_in_future"
    hostname = payload.get("hostname")
    return Ping(uuid, hostname.lower() if isinstance(hostname, str) else "", recorded_at, line, payload)


def accept(files: Iterable[PingFile]) -> Accepted:
    """Sort every landed line into accepted, duplicate or quarantined (R1.1 to R1.4)."""
    files = list(files)
    texts = {line: decode(line) for item in files for line in item.lines}
    verdicts = valid_texts([text for text in texts.values() if text is not None])
    last: dict[tuple[str, str, datetime], Ping] = {}
    good: dict[str, int] = {item.file: 0 for item in files}
    quarantined: list[Row] = []
    for item in files:
        for line in item.lines:
            text = texts[line]
            outcome = judge(line, text, verdicts.get(text, False) if text is not None else False)
            if isinstance(outcome, Ping):
                good[line.file] += 1
                last[(outcome.uuid, outcome.hostname, outcome.recorded_at)] = outcome
            else:
                quarantined.append(
                    {
                        "file": line.file,
                        "line": line.number,
                        "reason": outcome,
                        "received_date": line.received,
                        # R14.1: the text stays behind, unless a run is told to publish it.
                        "raw_text": None,
                    }
                )
    kept: dict[str, int] = {}
    for ping in last.values():
        kept[ping.line.file] = kept.get(ping.line.file, 0) + 1
    loads = [
        {
            "file": item.file,
            "received_date": item.received,
            "landed": len(item.lines),
            "accepted": kept.get(item.file, 0),
            "duplicates": good[item.file] - kept.get(item.file, 0),
            "quarantined": len(item.lines) - good[item.file],
        }
        for item in files
    ]
    return Accepted(list(last.values()), quarantined, loads)
