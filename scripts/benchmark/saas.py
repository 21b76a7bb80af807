"""A landing of SaaS exports alone: namespaces with as many metrics and dates as asked for, and what they were sold."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb

from scripts.settings import PROJECT_ROOT

MARKER = ".seatwise-benchmark"
AS_OF = date(2026, 6, 17)
DAYS_BETWEEN_DATES = 14

# One subscription of 100 seats a namespace; ids are made of the namespace's number.
TABLES = {
    "saas/namespaces": "select n as namespace_id, 'group-' || n as namespace_name, '2024-01-01' as created_at",
    "zuora/account": """
        select
            format('{:032x}', n) as "Id", 'A' || n as "AccountNumber", 'Account ' || n as "Name",
            '001' || format('{:012d}', n) as "CrmId", 'USD' as "Currency", 'Active' as "Status", 'Batch1' as "Batch",
            'false' as "Deleted"
    """,
    "zuora/subscription": """
        select
            format('{:032x}', n) as "Id", format('A-S{:08d}', n) as "Name", format('{:032x}', n) as "AccountId",
            1 as "Version", 'Active' as "Status", '2025-01-01' as "SubscriptionStartDate",
            '2027-01-01' as "SubscriptionEndDate", n as "GitLabNamespaceId__c"
    """,
    "zuora/rate_plan": """
        select
            format('{:032x}', n) as "Id", format('{:032x}', n) as "SubscriptionId",
            'SaaS - Premium - 1 Year' as "Name"
    """,
    "zuora/rate_plan_charge": """
        select
            format('{:032x}', n) as "Id", format('{:032x}', n) as "RatePlanId", 'Recurring' as "ChargeType",
            100 as "Quantity", 2900 as "MRR", '2025-01-01' as "EffectiveStartDate", '2027-01-01' as "EffectiveEndDate"
    """,
    "salesforce/account": """
        select '001' || format('{:012d}', n) as "Id", 'Account ' || n as "Name", '2025-01-01' as "CustomerSince"
    """,
}

METRICS = """
    select
        n as namespace_ultimate_parent_id,
        unnest($keys) as ping_name,
        hash(n, ping_name) % 5000 as counter_value,
        'Success' as error
"""

SEATS = "select n as namespace_id, n % 120 as seats_in_use, 100 as seats, n % 150 as max_seats_used"


def make_saas_landing(folder: Path, namespaces: int, metrics: int, dates: int) -> None:
    """Write the landing, whole or not at all; one of the same size that is there already is kept."""
    size = {"namespaces": namespaces, "metrics": metrics, "dates": dates, "as_of": AS_OF.isoformat()}
    marker = folder / MARKER
    if marker.exists() and json.loads(marker.read_text(encoding="utf-8")) == size:
        return
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    numbers = f"from (select unnest(range(1, {namespaces + 1})) as n)"
    with duckdb.connect() as database:
        keys = saas_keys(database, metrics)
        for name, select in TABLES.items():
            write_csv(database, f"{select} {numbers}", partial / f"{name}.csv")
        for step in range(dates):
            day = AS_OF - timedelta(days=3 + step * DAYS_BETWEEN_DATES)
            day_folder = f"ping_date={day}"
            write_csv(database, f"{SEATS} {numbers}", partial / "saas/namespace_seats" / day_folder / "seats.csv")
            database.execute("create or replace temp table keys as select unnest($keys) as key", {"keys": keys})
            write_csv(
                database,
                METRICS.replace("unnest($keys)", "key") + f" {numbers} cross join keys",
                partial / "saas/namespace_metrics" / day_folder / "metrics.csv",
            )
    (partial / MARKER).write_text(json.dumps(size) + "\n", encoding="utf-8")
    partial.rename(folder)


def saas_keys(database: duckdb.DuckDBPyConnection, count: int) -> Sequence[str]:
    """Return so many tracked key paths that SaaS reports, in alphabetical order."""
    rows = database.execute(
        f"""
        select tracked.key_path
        from read_csv('{PROJECT_ROOT}/seeds/tracked_metrics.csv') as tracked
        inner join read_csv('{PROJECT_ROOT}/seeds/metric_definitions.csv', all_varchar = true) as definitions
            using (key_path)
        where definitions.is_available_on_saas = 'true'
        order by tracked.key_path
        limit {count}
        """
    ).fetchall()
    return [key for (key,) in rows]


def write_csv(database: duckdb.DuckDBPyConnection, select: str, file: Path) -> None:
    """Write what a query gives as one CSV file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    database.execute(f"copy ({select}) to '{file}' (format csv, header)")
