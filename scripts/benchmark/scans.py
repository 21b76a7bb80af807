"""What a build is compared with: `python -m scripts.benchmark.scans NAME FOLDER`, each a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

PAYLOAD_LINES = """
    select count(*), sum(strlen(line))
    from read_csv(
        '{landing}/service_ping/received_date=*/*.ndjson*', columns = {{line: 'VARCHAR'}}, delim = '\x01', quote = '',
        escape = '', header = false, auto_detect = false, max_line_size = 16000000, ignore_errors = true
    )
"""

SAAS_LINES = """
    select count(*), sum(strlen(counter_value))
    from read_csv('{landing}/saas/namespace_metrics/*/*.csv', all_varchar = true)
"""


def scan_payloads(landing: str) -> tuple[int, int]:
    """Read every payload line and nothing more; return how many lines and bytes there are."""
    with duckdb.connect() as database:
        return database.execute(PAYLOAD_LINES.format(landing=landing)).fetchone()


def scan_saas(landing: str) -> tuple[int, int]:
    """Read every row of the namespaces' metrics and nothing more."""
    with duckdb.connect() as database:
        return database.execute(SAAS_LINES.format(landing=landing)).fetchone()


def write_metric_rows(warehouse: str) -> tuple[int]:
    """Write the rows of fct_instance_metrics_monthly once, from a published file into a new one."""
    file = Path(warehouse) / "rewritten.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(file) as database:
        database.execute(f"attach '{warehouse}/seatwise.duckdb' as published (read_only)")
        written = database.execute(
            "create table rows_again as select * from published.fct_instance_metrics_monthly"
        ).fetchone()
    file.unlink()
    return written


def utilization(landing: str, as_of: str) -> tuple[int]:
    """Compute licence utilisation of accounts by the hand-written script; return how many accounts have a row."""
    script = Path(__file__).with_name("utilization.sql").read_text(encoding="utf-8")
    script = script.replace("$landing", landing).replace("$as_of", as_of)
    with duckdb.connect() as database:
        return (len(database.execute(script).fetchall()),)


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    print(*{
        "payloads": scan_payloads,
        "saas": scan_saas,
        "metric_rows": write_metric_rows,
        "utilization": utilization,
    }[name](*arguments))  # fmt: skip
