"""What people wrote into the inputs ends at staging, and hostnames where they are hidden (R14.1).

An address, a name, a company and an IP address are planted wherever an input can carry them: in every column but those
that the marts are about, in columns and keys that nobody asked for, and in lines that are quarantined. Then everything
that a build leaves to readers, and what it writes about itself, is searched for them.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from building import Built, manifest, settings_in, try_dbt
from conftest import PROJECT_ROOT, REQUIRED_TABLES, LandingWriter
from scripts import publish
from scripts.landing.contract import declared_tables
from scripts.settings import SeatwiseError, Settings, read_settings

pytestmark = pytest.mark.slow

STAGING = PROJECT_ROOT / "models/staging"
AS_OF = date(2026, 3, 31)
PERSONAL = ("jane.roe@initech.example", "Jane Roe", "Initech Holdings", "203.0.113.77")
PLANTED = re.compile(r"jane|initech|203\.0\.113", re.IGNORECASE)
HOSTNAME = "gitlab.hidden-host.example"
KEY = "a key of enough letters"

# Good rows beside the planted ones: a run stops where more than 1 of 20 values of a required column are unreadable.
GOOD_ROWS = 100

# The columns that the marts are about, as they are: names of customers and of what they bought, who looks after them,
# and the ids that everything hangs on. Whatever is not listed here must not get through.
PUBLISHED = {
    "salesforce/account": {"Id", "Name", "Segment", "Region", "Owner", "CsmName"},
    "zuora/subscription": {"Id", "Name", "Status"},
    "zuora/account": {"Id", "Currency"},
    "zuora/rate_plan": {"Id", "Name"},
    "zuora/rate_plan_charge": {"Id", "ChargeNumber"},
    "customers_dot/licenses": {"id"},
    "customers_dot/orders": {"id"},
    "saas/namespaces": {"namespace_id", "namespace_name"},
    "saas/namespace_metrics": {"namespace_ultimate_parent_id", "ping_name"},
    "saas/namespace_seats": {"namespace_id"},
    "operations/license_overrides": {"license_hash"},
}
GOOD_VALUES = {"date": "2025-01-01", "time": "2025-01-01T00:00:00Z", "number": "1", "rate": "1", "flag": "false"}
EXTRA_COLUMNS = ("contact_name", "contact_email", "note", "ip_address")


def plant(landing: LandingWriter) -> None:
    """Write every table of the contract with planted rows beside good ones, and payloads of every kind."""
    for table in declared_tables(PROJECT_ROOT):
        if table.layout == "lines":
            continue
        partition = "/ping_date=2026-03-02/rows" if table.layout == "partitioned" else ""
        known = REQUIRED_TABLES.get(table.path, {})
        names = [column.name for column in table.columns]
        good = {column.name: known.get(column.name, GOOD_VALUES.get(column.kind, "")) for column in table.columns}
        keys = PUBLISHED.get(table.path, set())
        rows = []
        for number, text in enumerate([*PERSONAL, *[""] * GOOD_ROWS], start=1):
            planted = {name: text for name in names if name not in keys} if text else {}
            ids = {name: f"{number:032}" for name in names if name.lower() == "id" or name == "namespace_id"}
            rows.append(good | ids | planted | dict.fromkeys(EXTRA_COLUMNS, text))
        landing.table(f"{table.path}{partition}", [good | dict.fromkeys(EXTRA_COLUMNS, PERSONAL[0]), *rows])
    landing.table("gainsight/instance_info", [*labels()])
    landing.pings("2026-03-02", [*payloads()])
    landing.pings("2026-03-03", [*bad_lines()], name="bad.ndjson")
    (landing.root / "service_ping/received_date=2026-03-03/cut.ndjson.gz").write_bytes(b"\x1f\x8b jane.roe@initech")
    landing.table("crm/contacts", [{"email": PERSONAL[0]}])


def labels() -> Iterator[dict[str, str]]:
    """Give labels whose every column holds what it should not, and one of a hostname that never reported."""
    columns = (
        "crm_acct_id",
        "instance_uuid",
        "hostname",
        "instancetype",
        "Namespace_ID",
        "included_in_health_measures",
    )
    good = dict.fromkeys((*columns, "updated_at"), "")
    for column in (*columns, "updated_at"):
        # The hostname that is labelled is published, without user and path.
        for text in PERSONAL if column != "hostname" else ("https://jane.roe@gitlab.example/initech",):
            yield {**good, "instance_uuid": "u-1", column: text}
    yield {**good, "instance_uuid": "u-9", "hostname": f"https://{HOSTNAME}/"}


def payloads() -> Iterator[dict[str, Any]]:
    """Give payloads that are accepted: a licensee, keys that nobody reads, and texts where numbers belong."""
    key_paths = [row["key_path"] for row in read_seed("tracked_metrics")]
    for number, text in enumerate(PERSONAL, start=1):
        payload: dict[str, Any] = {
            "uuid": f"u-{number}",
            "hostname": HOSTNAME,
            "recorded_at": "2026-03-01T10:00:00Z",
            "version": "17.1.0-ee",
            "licensee": {"Name": PERSONAL[1], "Email": PERSONAL[0], "Company": PERSONAL[2]},
            "company": text,
            "license_md5": text,
            "license_sha256": text,
            "license_subscription_id": text,
            "license_id": text,
            "ip": PERSONAL[3],
            "settings": {"collected_data_categories": [text]},
        }
        for path in key_paths:
            place = payload
            *folders, name = path.split(".")
            for folder in folders:
                place = place.setdefault(folder, {})
            place[name] = text
        yield payload


def bad_lines() -> Iterator[str]:
    """Give a line for each reason of the quarantine, each with a licensee."""
    licensee = {"licensee": {"Name": PERSONAL[1], "Email": PERSONAL[0], "Company": PERSONAL[2]}, "hostname": HOSTNAME}
    named = {"uuid": "u-1"} | licensee
    yield f"{{ {PERSONAL[0]}"
    yield json.dumps([licensee])
    yield json.dumps({"recorded_at": "2026-03-01T10:00:00Z"} | licensee)
    yield json.dumps(named)
    yield json.dumps({"recorded_at": PERSONAL[0]} | named)
    yield json.dumps({"recorded_at": "2027-03-01T10:00:00Z"} | named)


def read_seed(name: str) -> list[dict[str, str]]:
    """Return the rows of a seed."""
    lines = (PROJECT_ROOT / "seeds" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return [dict(zip(lines[0].split(","), line.split(","), strict=False)) for line in lines[1:]]


@dataclass(frozen=True)
class Left:
    """What a build has left: its settings, and what it said."""

    settings: Settings
    built: Built
    told: Mapping[str, Any]

    def found(self, pattern: re.Pattern[str]) -> list[str]:
        """Return where a pattern is found in what readers open and in what the build writes about itself."""
        folder = self.settings.warehouse
        places = [*in_database(self.settings.published_file, pattern)]
        for file in sorted(self.settings.parquet_folder.glob("*.parquet")):
            places += [f"{file.name}: {text}" for text in in_relation(f"'{file}'", pattern)]
        beside = (path for path in folder.rglob("*") if (folder / "build") not in path.parents)
        for file in (*beside, *self.settings.target.rglob("*"), *self.settings.logs.rglob("*")):
            if file.is_file() and (hit := pattern.search(file.read_bytes().decode("latin-1"))):
                places.append(f"{file}: {hit[0]}")
        said = json.dumps([self.built.run.notes, self.built.run.problems, self.built.run.warnings, self.told])
        return places + [f"said: {text}" for text in pattern.findall(said)]


def in_database(file: Path, pattern: re.Pattern[str]) -> Iterator[str]:
    """Give the cells and comments of a database that a pattern is found in."""
    with duckdb.connect(file, read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        comments = connection.execute(
            "select comment from duckdb_tables() union all select comment from duckdb_columns() where not internal"
        ).fetchall()
        for schema, table in tables:
            yield from (f"{table}: {text}" for text in in_relation(f"{schema}.{table}", pattern, connection))
    yield from (f"comment: {text}" for (text,) in comments if text and pattern.search(text))


def in_relation(
    relation: str, pattern: re.Pattern[str], connection: duckdb.DuckDBPyConnection | None = None
) -> Iterator[str]:
    """Give the cells of a table or file that a pattern is found in, whatever their type."""
    query = (connection or duckdb).execute(f"select * from {relation}")
    columns = [column[0] for column in query.description]
    for row in query.fetchall():
        for column, value in zip(columns, row, strict=True):
            if value is not None and pattern.search(str(value)):
                yield f"{column} = {value}"


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> LandingWriter:
    """Return a landing with something planted in every input."""
    landing = LandingWriter(tmp_path_factory.mktemp("planted") / "landing")
    landing.root.mkdir()
    plant(landing)
    return landing


def leave(landing: LandingWriter, folder: Path, variables: Mapping[str, bool], **told: str) -> Left:
    """Build a landing in a folder, publish it, and return what is left of it."""
    arguments = ["run", "--vars", json.dumps(variables)]
    built = try_dbt(arguments, landing.root, AS_OF, folder, **told)
    assert not built.run.problems, built.run.problems
    settings = replace(settings_in(folder), landing=landing.root, is_demo=False, as_of=AS_OF)
    nodes = [node.to_dict() for node in manifest().nodes.values()]
    marts = [publish.mart_of(node) for node in nodes if publish.is_mart(node)]
    relations = publish.relations_of(nodes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "last_build", lambda _: publish.Build(marts, "invocation", relations))
        return Left(settings, built, publish.publish(settings))


@pytest.fixture(scope="module")
def left(landed: LandingWriter, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """Return what a build leaves that is told nothing."""
    return leave(landed, tmp_path_factory.mktemp("left"), {})


@pytest.fixture(scope="module")
def left_hidden(landed: LandingWriter, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """Return what a build leaves that hides hostnames; text is to be published, but would show them."""
    variables = {"hide_hostnames": True, "publish_raw_text": True}
    return leave(landed, tmp_path_factory.mktemp("hidden"), variables, hostname_key=KEY)


def test_what_was_planted_is_published_nowhere(left: Left) -> None:
    """R14.1 No mart, Parquet file, manifest, log or line of a build holds what people wrote into its inputs."""
    assert left.built.query("select count(*) from fct_quarantined_pings where raw_text is null") == [(7,)]
    assert left.built.query("select count(*) from dim_instances") >= [(4,)]
    assert left.found(PLANTED) == []


def test_the_search_finds_what_is_there(left: Left) -> None:
    """R14.1 The same search finds hostnames in each store that has them, and the planted text at staging."""
    stores = {place.split(":")[0] for place in left.found(re.compile(re.escape(HOSTNAME)))}
    assert stores >= {"dim_instances", "dim_instances.parquet", "fct_data_quality_findings"}
    private = {place.split(":")[0] for place in in_database(left.settings.private_file, PLANTED)}
    assert "stg_service_ping__pings" in private
    tables = {table.path for table in declared_tables(PROJECT_ROOT)}
    assert len([path for path in left.settings.landing.rglob("*.csv") if PLANTED.search(path.read_text())]) >= (
        len(tables) - 1
    )


def test_no_step_after_staging_holds_quarantined_text(left: Left) -> None:
    """R14.1 Text ends at staging, also in the file that no reader opens."""
    rows = left.built.query("select distinct raw_text from intermediate.int_ping_deliveries")
    assert rows == [(None,)]


def test_hidden_hostnames_are_published_nowhere(left_hidden: Left) -> None:
    """R14.1 A keyed hash stands for each, in findings too; neither host nor key is in anything a build leaves."""
    assert left_hidden.found(re.compile("hidden-host", re.IGNORECASE)) == []
    assert left_hidden.found(PLANTED) == []
    assert left_hidden.found(re.compile(re.escape(KEY))) == []
    private = left_hidden.settings.private_file
    assert [*in_database(private, re.compile(re.escape(KEY)))] == []
    assert KEY.encode() not in private.read_bytes()


def test_hidden_hostnames_can_still_be_told_apart(left_hidden: Left) -> None:
    """R14.1 Alike hosts have one hash, of labels too; who has the key can look a host up."""
    expected = hmac.digest(KEY.encode(), HOSTNAME.encode(), "sha256").hex()[:32]
    rows = left_hidden.built.query("select distinct hostname, shares_hostname from dim_instances where hostname <> ''")
    assert rows == [(expected, True)]
    findings = "select count(*) from fct_data_quality_findings where finding = ? and contains(detail, ?)"
    assert left_hidden.built.query(findings, "hostname_shared", expected) == [(4,)]
    assert left_hidden.built.query(findings, "label_without_instance", expected) == [(1,)]


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("", "hide_hostnames is set, SEATWISE_HOSTNAME_KEY is not: give a key, the same for every run"),
        ("too short", "SEATWISE_HOSTNAME_KEY has 9 characters: give 16 or more, chosen at random"),
    ],
)
def test_hostnames_are_not_hidden_without_a_key(landed: LandingWriter, tmp_path: Path, key: str, line: str) -> None:
    """R14.1 A run stops with a line that does not show what it was given."""
    arguments = ["run-operation", "open_landing", "--vars", '{"hide_hostnames": true}']
    run = try_dbt(arguments, landed.root, AS_OF, tmp_path, hostname_key=key).run
    assert run.problems == [line]


def test_settings_do_not_show_the_key() -> None:
    """R14.1 A trace or a log of the settings tells nothing."""
    assert read_settings({"SEATWISE_HOSTNAME_KEY": KEY}).hostname_key == KEY
    assert KEY not in repr(read_settings({"SEATWISE_HOSTNAME_KEY": KEY}))
    with pytest.raises(SeatwiseError, match="has 5 characters"):
        read_settings({"SEATWISE_HOSTNAME_KEY": "short"})


def test_columns_of_licensees_end_at_staging() -> None:
    """R14.1 No model of a source reads a column that its description keeps there."""
    kept = set()
    for path in STAGING.glob("*/_*__sources.yml"):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                for column in table.get("columns", []):
                    if "R14.1" in column.get("description", ""):
                        kept.add((path.parent / f"stg_{source['name']}__{table['name']}.sql", column["name"]))

    assert {name for _, name in kept} >= {"company", "email"}
    assert [
        (model.name, name)
        for model, name in kept
        if re.search(rf"\b{name}\b", model.read_text(encoding="utf-8"), re.IGNORECASE)
    ] == []
