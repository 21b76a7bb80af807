"""What every part of the generator uses: dice, dates and flags in every spelling, rows of tables."""

from __future__ import annotations

import random
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scripts.settings import Settings

from ..rulebook import SEEDS, Options, read_csv
from ..values import add_months, month_end, month_of
from .words import AS_OF_DAYS, FALSE_FLAGS, TRUE_FLAGS, ZONES, Contract

REPORTING = (None, "EUR", None, "usd")


def options_of(seed: int) -> Options:
    """Give what a run on a seed's landing is told: a currency for some, a zone for some (R16.5, R17.1)."""
    return Options(reporting_currency=REPORTING[seed % len(REPORTING)], source_time_zone=ZONES[seed % len(ZONES)])


def told_in(seed: int) -> dict[str, str]:
    """Give the same as the settings of a run, as far as they know it (landing contract)."""
    known = {item.name for item in fields(Settings)}
    options = options_of(seed)
    told = {"source_time_zone": options.source_time_zone, "reporting_currency": options.reporting_currency}
    return {name: value for name, value in told.items() if value and name in known}


class Base:
    """The dates, tables and dice of a landing folder in the making."""

    def __init__(self, seed: int, months: int) -> None:
        """Set the dates (words of the rulebook)."""
        self.rng = random.Random(seed)
        self.zone = ZoneInfo(options_of(seed).source_time_zone)
        self.as_of = AS_OF_DAYS[seed % len(AS_OF_DAYS)]
        self.first = add_months(month_of(self.as_of), 1 - months)
        self.ends = [month_end(add_months(self.first, count)) for count in range(months - 1)] + [self.as_of]
        self.tables: dict[str, list[dict[str, str | None]]] = {}
        self.partitions: dict[str, dict[date, list[dict[str, str | None]]]] = {
            "saas/namespace_seats": {},
            "saas/namespace_metrics": {},
        }
        self.deliveries: list[tuple[date, bytes, bool]] = []
        self.crm_ids: list[str] = []
        self.contracts: list[Contract] = []
        self.licence_ids = 90
        self.tracked = [row["key_path"] for row in read_csv(SEEDS / "tracked_metrics.csv")]

    def chance(self, share: float) -> bool:
        """Throw a die."""
        return self.rng.random() < share

    def hex(self, length: int) -> str:
        """Make hexadecimal digits."""
        return "".join(self.rng.choice("0123456789abcdef") for _ in range(length))

    def day(self) -> date:
        """Choose one of the days that rows speak for."""
        return self.rng.choice(self.ends)

    def edge(self, *shifts: int) -> date:
        """Choose a day at or beside one that rows speak for."""
        return self.day() + timedelta(days=self.rng.choice(shifts or (-1, 0, 1)))

    def date_text(self, day: date | None) -> str | None:
        """Write a date alone, or as a midnight of the source's zone or of another one (R16.5)."""
        if day is None:
            return None
        here = datetime.combine(day, time.min, self.zone)
        there = here.astimezone(UTC)
        forms = [
            f"{day}",
            f"{day}",
            f"{day} 00:00:00",
            f"{day}T00:00",
            f"{there:%Y-%m-%dT%H:%M:%S}.000Z",
            f"{there:%Y-%m-%d %H:%M:%S} UTC",
            here.isoformat(),
        ]
        if self.chance(0.03):
            forms = [f"{day}T22:00:00Z", f"{day} 15:30", f"{day}T00:00:00+02:00", f"{day}T23:30:00.250-0500"]
        return self.rng.choice(forms)

    def time_text(self, day: date) -> str:
        """Write an `updated_at` (R16.5)."""
        hour = self.rng.randrange(24)
        return self.rng.choice(
            (
                f"{day} {hour:02}:15:30",
                f"{day}T{hour:02}:15:30.250Z",
                f"{day}",
                f"{day}T12:15:30+02:00",
                f"{day} {hour:02}:15",
            )
        )

    def flag(self, value: bool | None) -> str | None:
        """Write a flag in one of its spellings; blank is false where nothing else is said (R16.4)."""
        return self.rng.choice(TRUE_FLAGS if value else FALSE_FLAGS)

    def add(self, table: str, **values: Any) -> dict[str, str | None]:
        """Add a row to a table."""
        row = {key: None if value is None else str(value) for key, value in values.items()}
        self.tables.setdefault(table, []).append(row)
        return row

    def some_id(self, crm: str) -> str:
        """Write a CRM id with 15 or 18 characters, or with 18 that have lost their case (R8.8, R16.6)."""
        if self.chance(0.06):
            return self.rng.choice((crm.lower(), crm.upper(), crm[:15].lower() + crm[15:]))
        return self.rng.choice((crm, crm[:15]))
