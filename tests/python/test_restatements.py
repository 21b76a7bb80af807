"""What publications changed of months that were closed, and through what (R23.3).

Histories are scripted here: each publication is a handful of figures and what they rest on. That the models give the
publisher what it reads is a history of builds, at the end.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from building import manifest, settings_in, try_dbt
from conftest import LandingWriter
from scripts import publish, restatements

JANUARY, FEBRUARY, MARCH, APRIL = (f"2026-0{month}-01" for month in range(1, 5))
VERSION = "1.0"
FIGURES = ("billable_user_count", "licenses_sold", "license_utilization", "health_score", "health_color")

# A figure of the mart of utilisation or of health: account, month, column, value.
Figure = tuple[str, str, str, Any]
Change = tuple[str, str, str, str | None, str | None, str]


@dataclass
class Published:
    """What a publication says and rests on; a test changes a copy of the one before."""

    as_of: str = "2026-04-15"
    first_month: str = JANUARY
    version: str = VERSION
    scorecard: str = "cards"
    figures: list[Figure] = field(default_factory=lambda: [("A", month, FIGURES[0], 10) for month in (JANUARY, MARCH)])
    # Instance, month, account, subscription, number of pings, what they say, label.
    instances: list[tuple[str, str, str | None, str | None, int, str, str]] = field(
        default_factory=lambda: [("i", month, "A", "S", 4, "pings", "label") for month in (JANUARY, FEBRUARY, MARCH)]
    )
    # Subscription, account, what is sold by it.
    subscriptions: list[tuple[str, str | None, str]] = field(default_factory=lambda: [("S", "A", "seats")])

    def but(self, **changes: Any) -> Published:
        """Return another publication, with changes."""
        return replace(self, **changes)


class History:
    """Publications one after the other, in a folder."""

    def __init__(self, folder: Path) -> None:
        """Begin without a publication."""
        self.folder = folder
        self.number = 0
        self.kept: Path | None = None

    def publish(self, made: Published) -> list[Change]:
        """Compare a publication with the one before, keep it, and return what it changed."""
        before = restatements.Before(self.number, self.kept)
        self.number += 1
        known = {
            "publication_number": self.number,
            "published_at": datetime(2026, 5, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(days=self.number),
            "seatwise_version": made.version,
        }
        kept = self.folder / str(self.number)
        with duckdb.connect() as connection:
            relations = self.build(connection, made)
            restatements.restate(connection, relations, before, known, kept)
            self.kept = kept
            return connection.execute(
                "select account_id, strftime(month, '%Y-%m-%d'), figure, value_before, value_after, cause"
                f" from {restatements.MART} where publication_number = ? order by all",
                [self.number],
            ).fetchall()

    def build(self, connection: duckdb.DuckDBPyConnection, made: Published) -> dict[str, str]:
        """Write the relations of a build and an empty mart; return their names."""
        connection.execute("attach ':memory:' as built")
        marts = {"fct_account_utilization_monthly": FIGURES[:3], "fct_account_health_monthly": FIGURES[3:]}
        connection.execute(
            "create table built.restatement_figures (figure varchar, mart varchar, follows_scorecard bool)"
        )
        for mart, columns in marts.items():
            kinds = [f"{name} {'varchar' if name == 'health_color' else 'double'}" for name in columns]
            names = ["account_id varchar", "month date", *kinds, "scorecard_version varchar default 'v1'"]
            connection.execute(f"create table built.{mart} ({', '.join(names)})")
            rows: dict[tuple[str, str], dict[str, Any]] = {}
            for account, month, figure, value in made.figures:
                if figure in columns:
                    rows.setdefault((account, month), {})[figure] = value
            for (account, month), values in rows.items():
                places = ", ".join("?" * (len(values) + 2))
                connection.execute(
                    f"insert into built.{mart} (account_id, month, {', '.join(values)}) values ({places})",
                    [account, month, *values.values()],
                )
            for name in columns:
                row = [name, mart, mart == "fct_account_health_monthly"]
                connection.execute("insert into built.restatement_figures values (?, ?, ?)", row)
        for name in ("instances", "subscriptions"):
            connection.execute(f"create table built.int_evidence_{name} ({restatements.KEPT[name]})")
            for row in getattr(made, name):
                places = ", ".join("?" * len(row))
                connection.execute(f"insert into built.int_evidence_{name} values ({places})", list(row))
        connection.execute(
            "create table built.int_evidence_scorecards as"
            " select 'v1' as scorecard_version, ? as scorecard_fingerprint",
            [made.scorecard],
        )
        connection.execute(
            "create table built.dim_publication as"
            " select cast(? as date) as as_of_date, cast(? as date) as first_month",
            [made.as_of, made.first_month],
        )
        connection.execute(
            f"create table {restatements.MART}"
            " (account_id varchar, month date, figure varchar, publication_number bigint, value_before varchar,"
            " value_after varchar, difference double, cause varchar, published_at timestamp,"
            " as_of_date date, previous_published_at timestamp, previous_as_of_date date)"
        )
        return {name: f"built.{name}" for name in (*restatements.RELATIONS, *marts, "dim_publication")}


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Return a history without publications."""
    return History(tmp_path)


def told(value: Any) -> Figure:
    """Return the figure of March that most tests change."""
    return ("A", MARCH, FIGURES[0], value)


BASE = Published()
CHANGED = BASE.but(figures=[BASE.figures[0], told(12)])
MOVED = [("i", JANUARY, "A", "S", 4, "pings", "label"), ("i", MARCH, "B", "T", 4, "pings", "label")]


def test_first_publication_changes_nothing(history: History) -> None:
    """R23.3 There is nothing before it; the same again changes nothing either."""
    assert history.publish(BASE) == []
    assert history.publish(BASE) == []


@pytest.mark.parametrize(
    ("made", "cause"),
    [
        (CHANGED, "other"),
        (CHANGED.but(version="1.1"), "version_changed"),
        (CHANGED.but(as_of="2026-04-14"), "as_of_earlier"),
        (CHANGED.but(as_of="2026-04-16"), "other"),
        # The scorecard changes scores and colours alone.
        (CHANGED.but(scorecard="others"), "other"),
        (CHANGED.but(instances=[("i", MARCH, "A", "S", 5, "more", "label")]), "late_usage"),
        (CHANGED.but(instances=[("i", MARCH, "A", "S", 4, "others", "label")]), "late_usage"),
        (
            CHANGED.but(
                instances=[
                    *BASE.instances,
                    ("j", FEBRUARY, "A", "S", 1, "new", "label"),
                    ("j", MARCH, "A", "S", 0, "none", "label"),
                ]
            ),
            "late_usage",
        ),
        (CHANGED.but(instances=[*BASE.instances[:2], ("i", MARCH, "A", "S", 3, "less", "label")]), "other"),
        (
            CHANGED.but(instances=[*BASE.instances[:2], ("i", MARCH, "A", "S", 4, "pings", "relabelled")]),
            "label_changed",
        ),
        (CHANGED.but(subscriptions=[("S", "A", "more seats")]), "subscription_changed"),
        (CHANGED.but(subscriptions=[("S", "B", "seats of B")]), "subscription_changed"),
        (CHANGED.but(subscriptions=[*BASE.subscriptions, ("T", "A", "seats")]), "subscription_changed"),
        (CHANGED.but(subscriptions=[*BASE.subscriptions, ("T", "B", "seats")]), "other"),
        (CHANGED.but(instances=MOVED), "mapping_changed"),
    ],
)
def test_causes(history: History, made: Published, cause: str) -> None:
    """R23.3 What changed with the figure is its cause; what changed elsewhere is not."""
    history.publish(BASE)
    assert history.publish(made) == [("A", MARCH, FIGURES[0], "10.0", "12.0", cause)]


def test_first_cause_that_applies(history: History) -> None:
    """R23.3 Of several changes the first in the order of the seed counts."""
    everything: dict[str, Any] = {
        "instances": [("i", MARCH, "A", "T", 5, "more", "relabelled")],
        "subscriptions": [("S", "A", "more seats")],
        "scorecard": "others",
        "as_of": "2026-04-14",
        "version": "1.1",
    }
    base = BASE.but(figures=[told(10), ("A", MARCH, "health_color", "Red")])
    made = base.but(figures=[told(12), ("A", MARCH, "health_color", "Green")], **everything)
    undone: list[tuple[str, Any]] = [
        ("version_changed", {"version": base.version}),
        ("as_of_earlier", {"as_of": base.as_of}),
        ("late_usage", {"scorecard": base.scorecard, "instances": [("i", MARCH, "A", "T", 4, "pings", "relabelled")]}),
        ("label_changed", {"instances": [("i", MARCH, "A", "T", 4, "pings", "label")]}),
        ("subscription_changed", {"subscriptions": base.subscriptions}),
        ("mapping_changed", {"instances": [("i", MARCH, "A", "S", 4, "pings", "label")]}),
        ("other", {}),
    ]
    for cause, change in undone:
        history.publish(base)
        causes = {figure: found for _, _, figure, _, _, found in history.publish(made)}
        assert causes["billable_user_count"] == cause
        by_scorecard = made.scorecard != base.scorecard and cause not in ("version_changed", "as_of_earlier")
        assert causes["health_color"] == ("scorecard_changed" if by_scorecard else cause)
        made = made.but(**change)


def test_what_a_purge_changed(history: History) -> None:
    """R23.3, R23.4 Of the accounts that a purge names, in the publication after it alone."""
    history.publish(BASE)
    assert history.kept is not None
    file = history.kept / f"{restatements.PURGED}.parquet"
    duckdb.execute(f"copy (select 'A' as account_id) to '{file}' (format parquet)")
    late = CHANGED.but(instances=[("i", MARCH, "A", "S", 5, "more", "label")], as_of="2026-04-14")
    assert [cause for *_, cause in history.publish(late)] == ["purged"]
    assert [cause for *_, cause in history.publish(late.but(figures=BASE.figures))] == ["other"]


def test_usage_speaks_for_two_months_after_its_own(history: History) -> None:
    """R23.3, R9.1 A late ping of January changes January to March, and no April."""
    months = (JANUARY, FEBRUARY, MARCH, APRIL)
    base = Published(
        as_of="2026-05-15",
        figures=[("A", month, FIGURES[0], 10) for month in months],
        instances=[("i", month, "A", "S", 4, "pings", "label") for month in months],
    )
    late = [("i", JANUARY, "A", "S", 5, "more", "label"), *base.instances[1:]]
    history.publish(base)
    made = base.but(figures=[("A", month, FIGURES[0], 11) for month in months], instances=late)
    assert {month: cause for _, month, *_, cause in history.publish(made)} == {
        JANUARY: "late_usage",
        FEBRUARY: "late_usage",
        MARCH: "late_usage",
        APRIL: "other",
    }


def test_usage_that_leaves_an_account_is_told_of_both(history: History) -> None:
    """R23.3 A late ping with another licence moves an instance: both accounts changed through it."""
    base = BASE.but(figures=[told(10), ("B", MARCH, FIGURES[0], 1)])
    history.publish(base)
    moved = [*base.instances[:2], ("i", MARCH, "B", "T", 5, "more", "label")]
    changes = history.publish(base.but(figures=[told(9), ("B", MARCH, FIGURES[0], 2)], instances=moved))
    assert [(account, cause) for account, *_, cause in changes] == [("A", "late_usage"), ("B", "late_usage")]


def test_scores_follow_the_scorecard(history: History) -> None:
    """R23.3 Scores and colours alone; also a score that is N/A by the new scorecard."""
    figures: list[Figure] = [told(10), ("A", MARCH, "health_score", 50.0), ("A", MARCH, "health_color", "Red")]
    history.publish(BASE.but(figures=figures))
    made = BASE.but(figures=[told(11), ("A", MARCH, "health_color", "No data")], scorecard="others")
    assert history.publish(made) == [
        ("A", MARCH, "billable_user_count", "10.0", "11.0", "other"),
        ("A", MARCH, "health_color", "Red", "No data", "scorecard_changed"),
        ("A", MARCH, "health_score", "50.0", None, "scorecard_changed"),
    ]


def test_only_closed_months_that_both_show(history: History) -> None:
    """R23.3 The running month may change; what enters or leaves the window of months is no change."""
    months = ("2025-12-01", JANUARY, FEBRUARY, MARCH, APRIL)
    history.publish(BASE.but(first_month=JANUARY, figures=[("A", month, FIGURES[0], 1) for month in months[1:]]))
    made = BASE.but(first_month="2025-12-01", figures=[("A", month, FIGURES[0], 2) for month in months])
    assert [month for _, month, *_ in history.publish(made)] == [JANUARY, FEBRUARY, MARCH]
    made = made.but(first_month=FEBRUARY, as_of="2026-03-31", figures=[("A", MARCH, FIGURES[0], 3)])
    changes = history.publish(made)
    assert [(month, before, after) for _, month, _, before, after, _ in changes] == [
        (FEBRUARY, "2.0", None),
        (MARCH, "2.0", "3.0"),
    ]


def test_accounts_that_come_and_go_are_told(history: History) -> None:
    """R23.3 N/A is not 0: a figure that is known for the first time, or no longer, changed."""
    history.publish(BASE)
    assert history.publish(BASE.but(figures=[("B", MARCH, FIGURES[0], 0)])) == [
        ("A", JANUARY, FIGURES[0], "10.0", None, "other"),
        ("A", MARCH, FIGURES[0], "10.0", None, "other"),
        ("B", MARCH, FIGURES[0], None, "0.0", "other"),
    ]


def test_numbers_are_alike_to_a_billionth(history: History) -> None:
    """R23.3, R23.1 The order in which numbers were added up is no change; the amount of one that is stands beside."""
    share = ("A", MARCH, "license_utilization", 0.1 + 0.2)
    history.publish(BASE.but(figures=[share]))
    assert history.publish(BASE.but(figures=[(*share[:3], 0.3)])) == []
    assert len(history.publish(BASE.but(figures=[(*share[:3], 0.300001)]))) == 1
    file = f"{history.kept}/{restatements.MART}.parquet"
    [(difference,)] = duckdb.execute(f"select difference from '{file}'").fetchall()
    assert difference == pytest.approx(1e-6)


def test_what_was_told_stays(history: History) -> None:
    """R23.3 Each publication has the changes of all before it, with both publications of each."""
    history.publish(BASE)
    history.publish(CHANGED)
    history.publish(BASE)
    history.publish(BASE)
    rows = duckdb.execute(
        "select publication_number, value_before, value_after, day(published_at), day(previous_published_at),"
        f" as_of_date, previous_as_of_date from '{history.kept}/{restatements.MART}.parquet' order by all"
    ).fetchall()
    as_of = date(2026, 4, 15)
    assert rows == [(2, "10.0", "12.0", 3, 2, as_of, as_of), (3, "12.0", "10.0", 4, 3, as_of, as_of)]


# ---- what the publisher does with it ----


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> LandingWriter:
    """Return a landing of accounts to which different things happen, each with one server and one subscription."""
    landing = LandingWriter(tmp_path_factory.mktemp("history") / "landing")
    landing.root.mkdir()
    write_tables(landing)
    for month in (1, 2, 3):
        landing.pings(f"2026-0{month}-20", [ping(name, f"2026-0{month}-19") for name in ACCOUNTS])
    return landing


ACCOUNTS = ("late", "label", "subscription", "mapping", "other", "none")


def crm_id(name: str) -> str:
    """Return the CRM id of an account."""
    return f"0010000000000{ACCOUNTS.index(name):02}AAA"


def ping(name: str, recorded: str, users: int = 50) -> dict[str, Any]:
    """Return a payload of the account's server."""
    return {
        "uuid": f"u-{name}",
        "hostname": f"{name}.example",
        "recorded_at": f"{recorded}T10:00:00Z",
        "version": "17.1.0-ee",
        "license_billable_users": users,
        "license_md5": f"{ACCOUNTS.index(name):032}",
    }


def write_tables(landing: LandingWriter, **changed: str) -> None:
    """Write the tables as they are before anything happens, or with `changed` cells."""
    number = {name: f"{ACCOUNTS.index(name) + 1:032}" for name in ACCOUNTS}
    day = "2025-01-01"
    landing.table("salesforce/account", [{"Id": crm_id(name), "CustomerSince": day} for name in ACCOUNTS])
    landing.table("zuora/account", [{"Id": number[name], "CrmId": crm_id(name)} for name in ACCOUNTS])
    subscriptions = {"Version": "1", "Status": "Active", "SubscriptionStartDate": day}
    landing.table(
        "zuora/subscription",
        [{"Id": number[name], "Name": f"S-{name}", "AccountId": number[name], **subscriptions} for name in ACCOUNTS],
    )
    landing.table(
        "zuora/rate_plan",
        [{"Id": number[name], "SubscriptionId": number[name], "Name": "Self-Managed - Premium"} for name in ACCOUNTS],
    )
    charge = {"ChargeType": "Recurring", "UOM": "Seat", "MRR": "10", "EffectiveStartDate": day}
    landing.table(
        "zuora/rate_plan_charge",
        [
            {
                "Id": number[name],
                "RatePlanId": number[name],
                "Quantity": changed.get(f"quantity_{name}", "100"),
                **charge,
            }
            for name in ACCOUNTS
        ],
    )
    licences = [
        (name, f"{ACCOUNTS.index(name):032}", f"S-{name}") for name in ACCOUNTS if name != changed.get("unmapped")
    ]
    landing.table(
        "customers_dot/licenses",
        [
            {"id": id_, "license_file_md5": id_, "zuora_subscription_name": subscription}
            for _, id_, subscription in licences
        ],
    )
    landing.table(
        "gainsight/instance_info",
        [
            {"instance_uuid": f"u-{name}", "instancetype": changed.get(f"type_{name}", "Production")}
            for name in ACCOUNTS
        ],
    )
    landing.table(
        "gainsight/scorecard_inputs",
        [
            {"account_id": crm_id("other"), "measure": "csm_sentiment", "color": changed.get("sentiment", "green")}
            | {"updated_at": "2026-02-01"}
        ],
    )


class Warehouse:
    """A warehouse that is built and published as a landing changes."""

    def __init__(self, landing: LandingWriter, folder: Path) -> None:
        """Begin with nothing built."""
        self.landing = landing
        self.folder = folder
        self.settings = replace(settings_in(folder), landing=landing.root, is_demo=False)

    def publish(self, as_of: str = "2026-04-15", **variables: Any) -> set[tuple[str, str]]:
        """Build and publish; return which accounts changed, and through what."""
        arguments = ["run", "--vars", json.dumps(variables)]
        run = try_dbt(arguments, self.landing.root, date.fromisoformat(as_of), self.folder).run
        assert not run.problems, run.problems
        nodes = [node.to_dict() for node in manifest().nodes.values()]
        marts = [publish.mart_of(node) for node in nodes if publish.is_mart(node)]
        built = publish.Build(marts, "invocation", publish.relations_of(nodes))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(publish, "last_build", lambda _: built)
            self.manifest = publish.publish(self.settings)
        names = {crm_id(name): name for name in ACCOUNTS}
        return {(names[account], cause) for account, cause in self.changes()}

    def changes(self) -> Iterator[tuple[str, str]]:
        """Give account and cause of each change of the publication that readers have."""
        with duckdb.connect(self.settings.published_file, read_only=True) as connection:
            yield from connection.execute(
                "select account_id, cause from fct_restatements"
                " inner join dim_publication using (publication_number) group by all"
            ).fetchall()


@pytest.mark.slow
def test_history_of_builds(landed: LandingWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R23.3 Each account's change is told with its cause, once, and outlives the private part of the warehouse."""
    warehouse = Warehouse(landed, tmp_path)
    assert warehouse.publish() == set()

    landed.pings("2026-04-10", [ping("late", "2026-03-28", users=60)], name="late.ndjson")
    write_tables(landed, quantity_subscription="120", type_label="Obsolete", unmapped="mapping", sentiment="red")
    expected = {
        ("late", "late_usage"),
        ("label", "label_changed"),
        ("subscription", "subscription_changed"),
        ("mapping", "mapping_changed"),
        ("other", "other"),
    }
    assert warehouse.publish() == expected
    assert warehouse.manifest["publication_number"] == 2

    # What a build writes is lost: everything is read again, and nothing has changed.
    shutil.rmtree(warehouse.settings.private_file.parent)
    assert warehouse.publish() == set()
    with duckdb.connect(warehouse.settings.published_file, read_only=True) as connection:
        told = connection.execute(
            "select count(*), count(distinct publication_number) from fct_restatements"
        ).fetchone()
    assert told is not None
    assert told[0] > len(expected)
    assert told[1] == 1


@pytest.mark.deep
def test_history_of_publications(landed: LandingWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R23.3 Another scorecard, an earlier date and another version of Seatwise are causes for every account."""
    warehouse = Warehouse(landed, tmp_path)
    warehouse.publish()
    assert {cause for _, cause in warehouse.publish(minimum_score_coverage=0.01)} == {"scorecard_changed"}
    assert {cause for _, cause in warehouse.publish(as_of="2026-03-15", minimum_score_coverage=0.01)} <= {
        "as_of_earlier"
    }
    monkeypatch.setattr(publish, "project_version", lambda: "next")
    assert {cause for _, cause in warehouse.publish(as_of="2026-03-15")} == {"version_changed"}
