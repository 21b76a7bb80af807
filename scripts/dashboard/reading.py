"""Read the published file as its readers should: read-only, briefly, and anew once there is another (R15.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from scripts.settings import SeatwiseError, read_settings
from scripts.tables import open_published

REMEMBERED_ANSWERS = 300

PUBLICATION = """
    select as_of_date, built_at, published_at, marts_version, scorecard_version, reporting_currency, account_count
    from dim_publication
"""


@dataclass(frozen=True)
class Published:
    """One publication: its file, what tells it from the next one, and what it says of itself."""

    file: Path
    version: tuple[int, int, int]
    as_of_date: date
    published_at: datetime | None
    scorecard_version: str | None
    reporting_currency: str | None

    @property
    def month(self) -> date:
        """The as-of month, by its first day."""
        return self.as_of_date.replace(day=1)

    def ask(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Return the rows of a query on this publication; parameters that it does not name are left out."""
        used = {name: value for name, value in (parameters or {}).items() if f"${name}" in sql}
        return answer(str(self.file), self.version, sql, used)


@st.cache_data(max_entries=REMEMBERED_ANSWERS, show_spinner=False)
def answer(file: str, version: tuple[int, int, int], sql: str, parameters: dict[str, Any]) -> pd.DataFrame:
    """Return the rows of a query, remembered until the file is another one.

    A query made while the next publication takes the file's place is answered by one of the two, never by half of each.
    """
    del version
    with open_published(Path(file)) as connection:
        return connection.execute(sql, parameters).df()


def open_publication() -> Published:
    """Return the publication that readers see now.

    Raises SeatwiseError, one line, where there is none or where it says nothing of itself.
    """
    file = read_settings().published_file
    if not file.is_file():
        raise SeatwiseError(f"{file} does not exist: run make build")
    stat = file.stat()
    version = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    row = answer(str(file), version, PUBLICATION, {}).iloc[0]
    return Published(
        file=file,
        version=version,
        as_of_date=row["as_of_date"].date(),
        published_at=None if pd.isna(row["published_at"]) else row["published_at"].to_pydatetime(),
        scorecard_version=row["scorecard_version"],
        reporting_currency=None if pd.isna(row["reporting_currency"]) else row["reporting_currency"],
    )
