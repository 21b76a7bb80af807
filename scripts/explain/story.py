"""All rows that explain the score of one account and month, read from the published file (R12.6, R15.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

import duckdb

from scripts.settings import SeatwiseError
from scripts.tables import Row, open_published, query

MOST_CANDIDATES = 8

HEALTH = "select * from fct_account_health_monthly where account_id = $account and month = $month"

UTILIZATION = "select * from fct_account_utilization_monthly where account_id = $account and month = $month"

MEASURES = """
    select
        measures.*,
        scorecard.* exclude (scorecard_version, measure, measure_group, use_case, weight)
    from fct_account_health_measures_monthly as measures
    inner join dim_scorecard_measures as scorecard
        on measures.scorecard_version = scorecard.scorecard_version and measures.measure = scorecard.measure
    where measures.account_id = $account and measures.month = $month
    order by
        scorecard.group_weight desc, measures.measure_group, scorecard.use_case_weight desc, measures.use_case,
        measures.measure
"""

BANDS = """
    select bands.*
    from dim_scorecard_bands as bands
    inner join fct_account_health_monthly as health
        on bands.scorecard_version = health.scorecard_version
    where health.account_id = $account and health.month = $month
    order by bands.measure, bands.band_number
"""

COMPONENTS = """
    select *
    from fct_account_health_components_monthly
    where account_id = $account and month = $month
    order by measure, side = 'denominator', subscription_name, delivery_type, position
"""

INSTANCES = """
    select instances.*
    from dim_instances as instances
    where
        instances.account_id = $account
        or instances.instance_id in (
            select instance_id from fct_account_health_components_monthly
            where account_id = $account and month = $month
        )
    order by instances.subscription_name, instances.delivery_type, instances.instance_type = 'Production' desc,
        instances.last_ping_at desc, instances.instance_id
"""

SUBSCRIPTIONS = """
    select *
    from fct_subscription_utilization_monthly
    where account_id = $account and month = $month
    order by subscription_name
"""

RENEWALS = "select * from fct_renewals_current where account_id = $account order by renewal_date, subscription_name"

METRICS = """
    select key_path, introduced_release, removed_release, data_category
    from dim_metrics
    where key_path in (select metric from fct_account_health_components_monthly where account_id = $account)
    union all
    select 'billable_users', introduced_release, removed_release, data_category
    from dim_metrics
    where column_name = 'billable_user_count'
"""

REASONS = "select * from dim_reasons"


@dataclass(frozen=True)
class Story:
    """All rows that the page is made of: those of one account and month, and what the scorecard says."""

    account: Row
    month: date
    as_of: str | None
    health: Row
    utilization: Row
    measures: Sequence[Row]
    bands: Sequence[Row]
    components: Sequence[Row]
    instances: Sequence[Row]
    subscriptions: Sequence[Row]
    renewals: Sequence[Row]
    metrics: Mapping[str, Row]
    reasons: Mapping[tuple[str, str], Row]

    @cached_property
    def scored(self) -> list[Row]:
        """The measures that have points."""
        return [measure for measure in self.measures if measure["points"] is not None]

    @cached_property
    def instance_marks(self) -> dict[str, str]:
        """A short mark for each instance, #1 being the first."""
        return {instance["instance_id"]: f"#{number}" for number, instance in enumerate(self.instances, start=1)}

    def measures_of(self, **values: str) -> list[Row]:
        """Return the scored measures whose columns have these values."""
        return [one for one in self.scored if all(one[name] == value for name, value in values.items())]

    def bands_of(self, measure: str) -> list[Row]:
        """Return the bands of a measure, in order."""
        return [band for band in self.bands if band["measure"] == measure]


def read_story(database: Path, wanted: str, month: date | None) -> Story:
    """Read all that explains one account; `month` is a month's first day, None the account's latest.

    Raises SeatwiseError, one line: no file, no such account, several, no score in the month.
    """
    with open_published(database) as connection:
        try:
            account = find_account(query(connection, "select * from dim_accounts"), wanted)
            keys = {"account": account["account_id"], "month": month or latest_month(connection, account)}
            health = query(connection, HEALTH, keys)
            if not health:
                reason = "no live subscription of it carried seats"
                raise SeatwiseError(f"{name_of(account)} has no score in {keys['month']:%Y-%m}: {reason}")
            return Story(
                account=account,
                month=keys["month"],
                as_of=as_of_date(database),
                health=health[0],
                utilization=query(connection, UTILIZATION, keys)[0],
                measures=query(connection, MEASURES, keys),
                bands=query(connection, BANDS, keys),
                components=query(connection, COMPONENTS, keys),
                instances=query(connection, INSTANCES, keys),
                subscriptions=query(connection, SUBSCRIPTIONS, keys),
                renewals=query(connection, RENEWALS, keys),
                metrics={row["key_path"]: row for row in query(connection, METRICS, keys)},
                reasons={(row["kind"], row["reason"]): row for row in query(connection, REASONS)},
            )
        except duckdb.Error as error:
            line = str(error).splitlines()[0]
            raise SeatwiseError(f"{database} is no published file of this version: {line}") from error


def latest_month(connection: duckdb.DuckDBPyConnection, account: Row) -> date:
    """Return the last month in which an account has a score."""
    rows = query(
        connection,
        "select month from fct_account_health_current where account_id = $account",
        {"account": account["account_id"]},
    )
    if not rows:
        raise SeatwiseError(f"{name_of(account)} has no score: no live subscription of it ever carried seats")
    return rows[0]["month"]


def as_of_date(database: Path) -> str | None:
    """Return the date that the publication speaks for, None where no manifest lies beside the file (R15.2)."""
    try:
        return str(json.loads(database.with_suffix(".manifest.json").read_text(encoding="utf-8"))["as_of_date"])
    except (OSError, ValueError, KeyError):
        return None


def find_account(accounts: Sequence[Row], wanted: str) -> Row:
    """Return the account that an id of 15 or 18 characters (R8.8), a name or a part of one means.

    A full name goes before parts of names. Raises SeatwiseError with the candidates, one line.
    """
    wanted = wanted.strip()
    if len(wanted) in (15, 18):
        # The last three characters only repeat which of the others are capitals.
        same = [account for account in accounts if account["account_id"][:15] == wanted[:15]]
        if same:
            return same[0]
    folded = wanted.casefold()
    named = [account for account in accounts if account["account_name"]]
    whole = [account for account in named if account["account_name"].casefold() == folded]
    matches = whole or [account for account in named if folded and folded in account["account_name"].casefold()]
    if len(matches) == 1:
        return matches[0]
    if matches:
        what = "the name" if whole else "in the names"
        raise SeatwiseError(f"'{wanted}' is {what} of {len(matches)} accounts: {candidates(matches)}")
    by_name = {account["account_name"].casefold(): account for account in named}
    near = [by_name[name] for name in get_close_matches(folded, list(by_name), n=MOST_CANDIDATES, cutoff=0.5)]
    raise SeatwiseError(f"no account has the id or name '{wanted}'" + (f"; near: {candidates(near)}" if near else ""))


def candidates(accounts: Sequence[Row]) -> str:
    """Write accounts in one line, not more than a few."""
    names = sorted(f"{name_of(account)} ({account['account_id']})" for account in accounts)
    more = len(names) - MOST_CANDIDATES
    return ", ".join(names[:MOST_CANDIDATES]) + (f" and {more} more" if more > 0 else "")


def name_of(account: Row) -> str:
    """Return an account's name, its id where it has none."""
    return account["account_name"] or account["account_id"]
