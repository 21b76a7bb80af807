"""What publications changed of months that were closed (R23.3): figures kept beside the published copy, and compared.

Each publication leaves, in a folder of its own number, what the next one compares itself with: its figures, what they
rested on, and all changes so far. The published file says which number it is, so the one rename that publishes decides
which folder counts, whenever a publisher is killed; what a build writes may be lost.

    <warehouse>/.history/<number>/{figures,instances,subscriptions,publication,restatements}.parquet
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from scripts.settings import Settings
from scripts.tables import quoted_name, quoted_text

HISTORY = ".history"
CHANGES = Path(__file__).with_suffix(".sql")
MART = "fct_restatements"
PUBLICATION_MART = "dim_publication"
# Accounts that a purge has left other figures to; it writes them beside what the publication before kept (R14.2).
PURGED = "purged"
# What a publication keeps for the next one, and what is empty where there is none before.
KEPT = {
    "figures": "account_id varchar, month date, figure varchar, number double, text varchar, scorecard varchar",
    "instances": (
        "instance_id varchar, month date, account_id varchar, subscription_name varchar, usage_count bigint,"
        " usage_fingerprint varchar, label_fingerprint varchar"
    ),
    "subscriptions": "subscription_name varchar, account_id varchar, subscription_fingerprint varchar",
    "publication": (
        "publication_number bigint, published_at timestamp, as_of_date date, first_month date, seatwise_version varchar"
    ),
}
# Models and seeds of the build that are read, by what they are called here.
RELATIONS = (
    "fct_account_health_monthly",
    "int_evidence_instances",
    "int_evidence_scorecards",
    "int_evidence_subscriptions",
    "restatement_figures",
)


@dataclass(frozen=True)
class Before:
    """The publication before: its number, 0 for none, and the folder of what it kept, None where that is lost."""

    number: int
    folder: Path | None


def find_before(settings: Settings) -> Before:
    """Find what the publication before has kept: what readers have open says which it was.

    Where that file is gone or of a version that did not count, the latest folder is taken.
    """
    folders = {int(path.name): path for path in (settings.warehouse / HISTORY).glob("[0-9]*") if path.name.isdigit()}
    published = published_number(settings.published_file)
    if published is not None:
        folders = {number: path for number, path in folders.items() if number <= published}
    latest = max(folders, default=None)
    return Before(max(published or 0, latest or 0), None if latest is None else folders[latest])


def published_number(file: Path) -> int | None:
    """Return the number of the publication that readers have, None where they have none that says so."""
    try:
        with duckdb.connect(file, read_only=True) as connection:
            row = connection.execute(f"select publication_number from {PUBLICATION_MART}").fetchone()
    except duckdb.Error:
        return None
    return row[0] if row else None


def restate(
    connection: duckdb.DuckDBPyConnection,
    relations: Mapping[str, str],
    before: Before,
    known: Mapping[str, Any],
    kept: Path,
) -> None:
    """Fill the mart of restatements, and write what the next publication needs into the folder `kept`.

    `connection` has the build attached and an empty mart; `relations` are the names of the build's relations in SQL;
    `known` are the columns of `dim_publication` that only the publisher knows.
    """
    kept.mkdir(parents=True)
    for name, columns in KEPT.items():
        connection.execute(f"create temp table {name}_before ({columns})")
        file = before.folder / f"{name}.parquet" if before.folder else None
        if file and file.exists():
            connection.execute(f"insert into {name}_before by name from {quoted_text(file)}")
    purged = before.folder / f"{PURGED}.parquet" if before.folder else None
    connection.execute("create temp table purged_accounts (account_id varchar)")
    if purged and purged.exists():
        connection.execute(f"insert into purged_accounts select account_id from {quoted_text(purged)}")
    restatements = before.folder / f"{MART}.parquet" if before.folder else None
    if restatements and restatements.exists():
        connection.execute(f"insert into {MART} by name from {quoted_text(restatements)}")

    connection.execute(f"create temp table figures_now as {figures_query(connection, relations)}")
    for name in ("instances", "subscriptions"):
        columns = ", ".join(column.split()[0] for column in KEPT[name].split(", "))
        connection.execute(f"create temp table {name}_now as select {columns} from {relations[f'int_evidence_{name}']}")
    publication = f"select as_of_date, first_month from {relations[PUBLICATION_MART]}"
    connection.execute(
        "create temp table publication_now as select $number as publication_number, $at as published_at, as_of_date,"
        f" first_month, $version as seatwise_version from ({publication})",
        {
            "number": known["publication_number"],
            "at": known["published_at"],
            "version": known["seatwise_version"],
        },
    )
    connection.execute(f"insert into {MART} by name {CHANGES.read_text(encoding='utf-8')}")
    for name in KEPT:
        file = quoted_text(kept / f"{name}.parquet")
        connection.execute(f"copy {name}_now to {file} (format parquet, compression zstd)")
        connection.execute(f"drop table {name}_now")
        connection.execute(f"drop table {name}_before")
    connection.execute("drop table purged_accounts")
    file = quoted_text(kept / f"{MART}.parquet")
    connection.execute(f"copy {MART} to {file} (format parquet, compression zstd)")


def figures_query(connection: duckdb.DuckDBPyConnection, relations: Mapping[str, str]) -> str:
    """Return the SQL of all figures that are known, a row each: a number, or else its text.

    A score follows the scorecard of its month, so its row says which that was and what it said.
    """
    rows = connection.execute(
        f"select figure, mart, follows_scorecard from {relations['restatement_figures']} order by figure"
    ).fetchall()
    queries = []
    for figure, mart, follows_scorecard in rows:
        column = quoted_name(figure)
        join, scorecard = "", "cast(null as varchar)"
        if follows_scorecard:
            join = f" left join {relations['int_evidence_scorecards']} as scorecards using (scorecard_version)"
            scorecard = "concat(marts.scorecard_version, ' ', scorecards.scorecard_fingerprint)"
        queries.append(
            f"select marts.account_id, marts.month, {quoted_text(figure)} as figure,"
            f" try_cast(marts.{column} as double) as number, cast(marts.{column} as varchar) as text,"
            f" {scorecard} as scorecard from {relations[mart]} as marts{join} where marts.{column} is not null"
        )
    return " union all ".join(queries)


def put_in_place(settings: Settings, made: Path, number: int) -> None:
    """Put what a publication has kept where the next one looks for it, once the published file says its number."""
    history = settings.warehouse / HISTORY
    history.mkdir(exist_ok=True)
    # What a publisher of the same number left that was killed before it published.
    shutil.rmtree(history / str(number), ignore_errors=True)
    made.rename(history / str(number))


def remove_others(settings: Settings, number: int) -> None:
    """Remove what publications before have kept: the latest has all that they knew of changes."""
    for folder in (settings.warehouse / HISTORY).glob("*"):
        if folder.name != str(number):
            shutil.rmtree(folder, ignore_errors=True)


def in_words(settings: Settings, manifest: Mapping[str, Any]) -> str | None:
    """Return in a line how many figures of closed months a publication changed, and through what; None for none."""
    if not manifest["row_counts"].get(MART):
        return None
    changes = changes_of(settings.published_file, manifest["publication_number"])
    if not changes:
        return None
    total = sum(changes.values())
    causes = ", ".join(f"{count:,} {cause}" for cause, count in changes.items())
    return f"{total:,} figures of closed months differ from the publication before ({causes}): see {MART}"


def changes_of(file: Path, number: int) -> dict[str, int]:
    """Return how many figures of closed months a published file's own publication changed, by cause."""
    with duckdb.connect(file, read_only=True) as connection:
        rows = connection.execute(
            f"select cause, count(*) from {MART} where publication_number = ? group by all order by 2 desc, 1", [number]
        ).fetchall()
    return dict(rows)
