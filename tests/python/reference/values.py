"""Small readers of text, dates, numbers and JSON that every part of the reference uses."""

from __future__ import annotations

import calendar
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

MAX_WHOLE = 2**63 - 1
OLDEST = datetime.min  # noqa: DTZ901 (times are UTC without zone)
CASE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
PING_TIME = re.compile(
    r"\s*(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?\s*"
)


class Open:
    """A cell that the rulebook leaves open: any of the allowed values is right (none given: every value is)."""

    def __init__(self, *allowed: Any) -> None:
        """Remember the values that are right; no rule fixes one of them."""
        self.allowed = allowed

    def __repr__(self) -> str:
        """Show the choice, for the comparator's output (no rule)."""
        return f"Open{self.allowed!r}"


class NotFinite:
    """NaN or an infinity in a payload: accepted as JSON (R1.2), never a usable value (R4.2)."""


class Holds:
    """A text that the rulebook does not word, but whose parts it names: each of them stands in it."""

    def __init__(self, *parts: Any) -> None:
        """Remember the parts (R16.2)."""
        self.parts = [str(part) for part in parts]

    def __repr__(self) -> str:
        """Show the parts, for the comparator's output (no rule)."""
        return f"Holds{self.parts!r}"


MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()


def blank(value: Any) -> bool:
    """Tell whether a landed text is NULL or white space only (landing contract)."""
    return value is None or (isinstance(value, str) and not value.strip())


def utc_time(match: re.Match[str]) -> datetime | None:
    """Make a UTC time without zone of a matched one; no zone means UTC (R1.2)."""
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    second = int(match.group(6) or 0)
    micro = int((match.group(7) or "0").ljust(6, "0")[:6])
    try:
        moment = datetime(year, month, day, hour, minute, second, micro)  # noqa: DTZ001
    except ValueError:
        return None
    zone = match.group(8)
    if zone and zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        moment = moment - shift if zone[0] == "+" else moment + shift
    return moment


def to_ping_time(text: str) -> datetime | None:
    """Read `recorded_at`; a date alone is not a time (R1.2)."""
    match = PING_TIME.fullmatch(text)
    return utc_time(match) if match else None


def add_months(day: date, count: int) -> date:
    """Add months, clipped to the month's end (R11.6)."""
    index = day.year * 12 + day.month - 1 + count
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def month_of(day: date) -> date:
    """Give the first day of a day's month (words of the rulebook)."""
    return day.replace(day=1)


def month_end(month: date) -> date:
    """Give the last day of a month (words of the rulebook)."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def case_bits(text: str) -> str:
    """Give the suffix that says which of 15 characters are upper-case letters (R8.8)."""
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(1 << place for place, char in enumerate(text[start : start + 5]) if "A" <= char <= "Z")
        suffix += CASE_LETTERS[bits]
    return suffix


def with_case(text: str) -> str:
    """Give the first 15 of 18 characters their case back where they have lost it and the suffix can tell (R16.6)."""
    first, suffix = text[:15], text[15:].upper()
    if first not in (first.lower(), first.upper()) or case_bits(first) == suffix:
        return first
    if any(letter not in CASE_LETTERS for letter in suffix):
        return first
    marks = [CASE_LETTERS.index(suffix[place // 5]) >> place % 5 & 1 for place in range(15)]
    if any(mark and not char.isalpha() for char, mark in zip(first, marks, strict=True)):
        return first
    return "".join(char.upper() if mark else char.lower() for char, mark in zip(first, marks, strict=True))


def crm_id(text: str | None) -> str | None:
    """Give the 18-character form of a CRM id of 15 or 18 characters, whose case counts (R8.8, R16.6)."""
    if blank(text):
        return None
    text = str(text).strip()
    if len(text) not in (15, 18):
        return text
    text = with_case(text) if len(text) == 18 else text
    return text + case_bits(text)


def plain_hash(value: Any) -> str | None:
    """Normalise a licence hash: without hyphens, without case (R7.1); anything but text is none."""
    if not isinstance(value, str) or blank(value):
        return None
    return value.replace("-", "").lower() or None


def first_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object in which the first of repeated keys holds (R1.1)."""
    result: dict[str, Any] = {}
    for key, value in pairs:
        result.setdefault(key, value)
    return result


DECODER = json.JSONDecoder(
    object_pairs_hook=first_keys, parse_float=Decimal, parse_int=Decimal, parse_constant=lambda _: NotFinite()
)
STRICT_STRING = json.JSONDecoder()


def parse_json(text: str) -> Any:
    """Take a text apart that the engine's JSON reader called valid, with exact numbers (R1.2)."""
    try:
        return DECODER.decode(text)
    except ValueError:
        value, _ = parse_tolerant(text, skip_space(text, 0))
        return value


def skip_space(text: str, at: int) -> int:
    """Skip JSON white space (R1.2)."""
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def parse_tolerant(text: str, at: int) -> tuple[Any, int]:
    """Parse valid JSON with the engine's tolerances: trailing commas, NaN and infinities in any case (R1.2)."""
    if text[at] == "{":
        pairs = []
        at = skip_space(text, at + 1)
        while text[at] != "}":
            key, at = parse_tolerant(text, at)
            at = skip_space(text, skip_space(text, at) + 1)
            value, at = parse_tolerant(text, at)
            pairs.append((key, value))
            at = skip_space(text, at)
            if text[at] == ",":
                at = skip_space(text, at + 1)
        return first_keys(pairs), at + 1
    if text[at] == "[":
        items = []
        at = skip_space(text, at + 1)
        while text[at] != "]":
            value, at = parse_tolerant(text, at)
            items.append(value)
            at = skip_space(text, at)
            if text[at] == ",":
                at = skip_space(text, at + 1)
        return items, at + 1
    if text[at] == '"':
        return STRICT_STRING.raw_decode(text, at)
    match = re.compile(r"-?(?:nan|infinity|inf)", re.IGNORECASE).match(text, at)
    if match:
        return NotFinite(), match.end()
    match = JSON_NUMBER.match(text, at)
    if match:
        return Decimal(match.group()), match.end()
    for word, value in (("true", True), ("false", False), ("null", None)):
        if text.startswith(word, at):
            return value, at + len(word)
    raise ValueError(f"no JSON at {at}")


def at_path(payload: Any, key_path: str) -> Any:
    """Follow a dotted key path through objects; MISSING where it leads nowhere (R4.2)."""
    for key in key_path.split("."):
        if not isinstance(payload, dict) or key not in payload:
            return MISSING
        payload = payload[key]
    return payload


def now_utc_day() -> date:
    """Read the clock, as only the default of the as-of date may (words of the rulebook)."""
    return datetime.now(UTC).date()
