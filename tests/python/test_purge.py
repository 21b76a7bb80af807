"""A purge takes a subject out of everything, proves it by search, and keeps it out (R14.2, R23.4)."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from building import manifest, settings_in, try_dbt
from conftest import PROJECT_ROOT, LandingWriter
from scripts import export, publish, restatements
from scripts.dbt_runner import DbtRun
from scripts.landing.contract import declared_tables
from scripts.purge import keys, rewrite, run
from scripts.purge.keys import Tombstones, comparable, crm_id, read_tombstones, server_id, write_tombstones
from scripts.purge.search import search_for
from scripts.purge.subjects import Subject
from scripts.settings import SeatwiseError, Settings

AS_OF = date(2026, 3, 31)
KEY = "a key of enough letters"
GONE, STAYS = "0010000000000GoAAI", "0010000000000StAAI"
# What tells the account that goes, wherever it stands: its CRM id in each spelling, ids of what is billed, its servers.
TRACES = re.compile(r"0010000000000go|gone-|s-gone|d41d8cd98f00b204|gone\.example", re.IGNORECASE)
LICENCE = "d41d8cd9-8f00-b204-e980-0998ecf8427e"


def instance_id(uuid: str, hostname: str) -> str:
    """Return the id of an instance (R2.1)."""
    return hashlib.md5(f"instance|{uuid}|{hostname}".encode(), usedforsecurity=False).hexdigest()


def ping(uuid: str, hostname: str, licence: str = "", **fields: Any) -> dict[str, Any]:
    """Return a payload."""
    payload = {"uuid": uuid, "hostname": hostname, "recorded_at": "2026-03-01T10:00:00Z", "version": "17.1.0-ee"}
    return payload | {"license_md5": licence, "license_billable_users": 5} | fields


def write(landing: LandingWriter) -> None:
    """Write a landing of an account that goes and one that stays, with what the two share."""
    day = "2025-01-01"
    crm = [{"Id": GONE[:15], "ParentId": ""}, {"Id": STAYS, "ParentId": GONE}]
    crm.append({"Id": "0010000000000MeAAI", "ParentId": "", "MasterRecordId": GONE, "IsDeleted": "true"})
    landing.table("salesforce/account", [{"MasterRecordId": "", "IsDeleted": ""} | row for row in crm])
    landing.table("zuora/account", [{"Id": "gone-billing", "CrmId": GONE}, {"Id": "stays-billing", "CrmId": STAYS}])
    subscription = {"Version": "1", "Status": "Active", "SubscriptionStartDate": day}
    landing.table(
        "zuora/subscription",
        [
            {"Id": f"{name}-version", "Name": f"S-{name}", "AccountId": f"{name}-billing", **subscription}
            for name in ("gone", "stays")
        ],
        suffix=".parquet",
    )
    plan = "Self-Managed - Premium"
    plans = [{"Id": f"{n}-plan", "SubscriptionId": f"{n}-version", "Name": plan} for n in ("gone", "stays")]
    landing.table("zuora/rate_plan", plans, suffix=".csv.gz")
    charge = {"ChargeType": "Recurring", "UOM": "Seat", "Quantity": "10", "MRR": "10", "EffectiveStartDate": day}
    charges = [{"Id": f"{n}-charge", "RatePlanId": f"{n}-plan", **charge} for n in ("gone", "stays")]
    landing.table("zuora/rate_plan_charge", charges)
    licences = [
        {"id": "1", "license_file_md5": LICENCE, "zuora_subscription_name": "S-gone"},
        {"id": "2", "license_file_md5": "2" * 32, "zuora_subscription_name": "S-stays"},
    ]
    landing.table("customers_dot/licenses", licences)
    labels = [
        {"crm_acct_id": GONE, "instance_uuid": "gone-uuid", "hostname": "", "instancetype": "Production"},
        {
            "crm_acct_id": "",
            "instance_uuid": "shared-uuid",
            "hostname": "https://gone.example/",
            "instancetype": "Obsolete",
        },
        {"crm_acct_id": "", "instance_uuid": "shared-uuid", "hostname": "", "instancetype": "Production"},
    ]
    landing.table("gainsight/instance_info", labels)
    requests = [{"subject_type": "Account", "subject_id": GONE, "requested_at": "2026-03-20"}]
    landing.table("operations/purge_requests", requests)
    landing.pings(
        "2026-03-02",
        [
            ping("gone-uuid", "gone.example", LICENCE),
            ping("stays-uuid", "stays.example", "2" * 32),
            # One uuid on two hostnames: a clone, of which one is theirs.
            ping("shared-uuid", "gone.example", LICENCE),
            ping("shared-uuid", "stays.example", "2" * 32),
            '{"uuid": "gone-uuid", "hostname": "gone.example", "recorded_at"',
            '{"uuid": "stays-uuid", "hostname"',
        ],
        name="pings.ndjson.gz",
    )
    # Files that are no longer there when the purge comes, and whose rows are kept.
    landing.pings("2026-02-02", [ping("gone-uuid", "gone.example", LICENCE, recorded_at="2026-02-01T10:00:00Z")] * 1)
    landing.pings("2026-02-03", [ping("stays-uuid", "stays.example", "2" * 32, recorded_at="2026-02-02T10:00:00Z")])
    landing.table("operations/archived_files", [{"path_pattern": "*2026-02-*"}])


@dataclass
class Purged:
    """A landing and its warehouse, and the command that purges it in this process."""

    landing: LandingWriter
    folder: Path
    settings: Settings

    def build(self, *_: Any, **__: Any) -> DbtRun:
        """Build the landing, in place of dbt with all its tests."""
        arguments = ["build", "--resource-type", "seed", "--resource-type", "model"]
        return try_dbt(arguments, self.landing.root, AS_OF, self.folder, purge_key=KEY).run

    def publish(self) -> None:
        """Build and publish."""
        made = self.build()
        assert not made.problems, made.problems
        publish.publish(self.settings)

    def purge(self, is_dry: bool = False) -> int:
        """Run the command."""
        return run.main(is_dry)

    def found(self) -> dict[str, int]:
        """Return where traces are found, by a search that knows nothing of what was purged."""
        search = search_for([], [], [])
        search.lowered = TRACES
        for name in ("landing", "warehouse", "target"):
            search.store(name, {"landing": self.landing.root}.get(name, self.folder / name))
        return search.hits

    def rows(self, query: str) -> list[Any]:
        """Ask what readers have."""
        with duckdb.connect(self.settings.published_file, read_only=True) as connection:
            return [value for (value,) in connection.execute(query).fetchall()]


@pytest.fixture
def purged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Purged]:
    """Return a landing that was built and published, and is to be purged."""
    landing = LandingWriter(tmp_path / "landing")
    landing.root.mkdir()
    write(landing)
    settings = replace(settings_in(tmp_path), landing=landing.root, is_demo=False, as_of=AS_OF, purge_key=KEY)
    made = Purged(landing, tmp_path, settings)
    nodes = [node.to_dict() for node in manifest().nodes.values()]
    marts = [publish.mart_of(node) for node in nodes if publish.is_mart(node)]
    built = publish.Build(marts, "invocation", publish.relations_of(nodes))
    monkeypatch.setattr(publish, "last_build", lambda _: built)
    monkeypatch.setattr(run, "build", made.build)
    monkeypatch.setattr(run, "read_settings", lambda: settings)
    monkeypatch.setenv(keys.PURGE_KEY, KEY)
    made.publish()
    for file in (landing.root / "service_ping").glob("received_date=2026-02-*/*"):
        file.unlink()
    yield made
    run.remove_traces(settings)


@pytest.mark.deep
def test_an_account_goes_and_stays_away(
    purged: Purged, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """R14.2, R23.4 Dry run, interruptions at every step, the purge, its proof, and exports that bring all back."""
    before = purged.found()
    assert min(before["landing"], before["warehouse"]) > 0
    root = purged.landing.root
    files = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert purged.purge(is_dry=True) == 0
    said = capsys.readouterr().out
    assert "nothing was written" in said
    assert "service_ping: 3 rows" in said
    assert not TRACES.search(said)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == files
    assert purged.found() == before

    assert_other_systems_are_told_first(purged)
    steps = ("search", "write_tombstones", "", "shrink_private_file", "forget_history", "build", "publish")
    for step in steps:
        with monkeypatch.context() as broken:
            if step:
                broken.setattr(run, step, interrupted)
            else:
                broken.setattr(rewrite, "write_whole", write_two(purged))
            with pytest.raises(InterruptedError):
                purged.purge()
        assert (purged.settings.warehouse / run.JOURNAL).exists()

    assert purged.purge() == 0
    said = capsys.readouterr().out
    assert purged.found() == {"landing": 0, "warehouse": 0, "target": 0}
    assert not TRACES.search(said)
    assert not (purged.settings.warehouse / run.JOURNAL).exists()
    told = json.loads(next((purged.settings.warehouse / run.PURGES).iterdir()).read_text())
    assert sum(told["hits_after"].values()) == 0
    assert told["subjects"] == {"account": 1, "instance": 0}
    assert told["bytes_searched"] > 0

    # What is of others is as it was: rows of archived files, the clone, the child without its parent.
    assert purged.rows("select account_id from dim_accounts") == [STAYS]
    assert purged.rows("select parent_account_id from dim_accounts") == [None]
    assert sorted(purged.rows("select instance_uuid || hostname from dim_instances")) == [
        "shared-uuidstays.example",
        "stays-uuidstays.example",
    ]
    assert purged.rows("select sum(accepted) from fct_ping_loads") == [3]
    assert purged.rows("select file from fct_quarantined_pings") == [
        "service_ping/received_date=2026-03-02/pings.ndjson.gz"
    ]
    assert purged.rows("select instance_type from dim_instances where instance_uuid = 'shared-uuid'") == ["Production"]

    # Tomorrow's exports bring all of it back, in files of other names too.
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    purged.landing.pings("2026-03-05", [ping("gone-uuid", "gone.example"), ping("new-uuid", "n.example", LICENCE)])
    purged.publish()
    assert purged.found()["landing"] > 0
    for place in (purged.settings.published_file, purged.settings.parquet_folder.resolve()):
        search = search_for([], [], [])
        search.lowered = TRACES
        search.store("published", place)
        assert search.files == []
    assert purged.rows("select count(*) from dim_instances") == [2]


def assert_other_systems_are_told_first(purged: Purged) -> None:
    """R23.4 A purge waits until what other systems have of the subject is cleared, and until that is acknowledged."""
    settings = purged.settings
    first = export.export(settings)["run"]
    with pytest.raises(SeatwiseError, match=f"if it was taken, make export-ack RUN={first}"):
        purged.purge()
    export.acknowledge(settings, first)
    for _ in range(2):
        with pytest.raises(SeatwiseError, match="export 000002 clears them; once it is taken"):
            purged.purge()
    cleared = duckdb.read_csv(str(settings.exports_folder / "runs" / "000002" / "account.csv"), all_varchar=True)
    assert set(cleared.project('"Account ID", "Operation"').fetchall()) == {(GONE, "clear")}
    assert not (settings.warehouse / run.JOURNAL).exists()
    export.acknowledge(settings, "000002")


def interrupted(*_: Any, **__: Any) -> None:
    """Stop where a purge stands."""
    raise InterruptedError


def write_two(purged: Purged) -> Callable[[Path, bytes], None]:
    """Return what stops a purge after two files of the landing: each is whole, as it was or as it is to be."""
    written: list[Path] = []

    def write(file: Path, content: bytes) -> None:
        if len(written) == 2:
            assert not [path for path in purged.landing.root.rglob("*") if path.name.endswith(".purging")]
            raise InterruptedError
        written.append(file)
        keys.write_whole(file, content)

    return write


def test_what_was_purged_needs_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R23.4 Without the key, or with another, a build would take purged rows in again: it stops with a line."""
    monkeypatch.setenv(keys.PURGE_KEY, KEY)
    assert read_tombstones(tmp_path) == Tombstones(b"", frozenset())
    write_tombstones(tmp_path, [{"account": frozenset([comparable("account", GONE)])}])
    assert read_tombstones(tmp_path).has("account", GONE[:15])
    assert not read_tombstones(tmp_path).has("account", STAYS)
    assert not read_tombstones(tmp_path).has("account", None)
    text = (tmp_path / keys.TOMBSTONES).read_text()
    assert not TRACES.search(text)
    monkeypatch.setenv(keys.PURGE_KEY, "another key, long enough")
    with pytest.raises(SeatwiseError, match="another key than that of"):
        read_tombstones(tmp_path)
    monkeypatch.delenv(keys.PURGE_KEY)
    with pytest.raises(SeatwiseError, match="SEATWISE_PURGE_KEY is not set"):
        read_tombstones(tmp_path)


@pytest.mark.parametrize(
    ("kind", "one", "other", "are_alike"),
    [
        ("account", GONE, GONE[:15], True),
        ("account", GONE, GONE.lower(), True),
        ("account", GONE[:15], GONE[:15].lower(), False),
        ("license_hash", LICENCE, LICENCE.replace("-", "").upper(), True),
        ("namespace", "77", "77.0", True),
        ("namespace", "77", "770", False),
        ("hostname", "https://me@Gone.example:8080/x", "gone.example.", True),
        ("subscription", "Gone-Version", "gone-version ", True),
    ],
)
def test_spellings_of_an_id(kind: str, one: str, other: str, are_alike: bool) -> None:
    """R23.4, R8.8, R7.1 Ids compare as the models compare them."""
    assert (comparable(kind, one) == comparable(kind, other)) is are_alike


def test_ids_of_the_crm_have_the_suffix_that_the_models_give_them() -> None:
    """R8.8 15 characters become the same 18."""
    assert crm_id("001000000000001") == "001000000000001aaa"
    assert crm_id("0015000000MeOwA") == "0015000000meowaaav"


def ids(**kinds: str) -> list[keys.Ids]:
    """Return a subject by a few ids."""
    return [
        {kind: frozenset([comparable(kind, value) if kind != "server" else value]) for kind, value in kinds.items()}
    ]


@pytest.mark.parametrize(
    ("line", "goes"),
    [
        (b'{"uuid": "u1", "hostname": "h1.example"}', True),
        (b'{"uuid": "U1", "hostname": "H1.example"}', True),
        (b'\xef\xbb\xbf{"uuid": "u1", "hostname": "h1.example"}', True),
        (b'{"uuid": "\\u0075\\u0031", "hostname": "h1.example"}', True),
        (b'{"uuid": "u1", "hostname": "h2.example"}', False),
        (b'{"uuid": "u2", "hostname": "h1.example"}', False),
        # Of a repeated key the first one holds (R1.1).
        (b'{"uuid": "u2", "uuid": "u1", "hostname": "h1.example"}', False),
        (b'{"uuid": "u2", "license_md5": "d41d8cd98f00b204e9800998ecf8427e"}', True),
        (b'{"uuid": "u2", "license_subscription_id": "the-subscription"}', True),
        (b'{"hostname": "only-host.example"}', True),
        (b'{"uuid": "u1", "hostname": "only-host.ex', True),
        (b'{"uuid": "u1", "hostname": "other.ex', False),
        (b"[1]", False),
        (b'{"uuid": 1, "hostname": null}', False),
        (b"", False),
    ],
)
def test_lines_of_a_subject(line: bytes, goes: bool) -> None:
    """R23.4 A line is of the subject by its server or licence; one that is no payload by any id in it."""
    subjects = ids(
        server=server_id("u1", "h1.example"),
        license_hash=LICENCE,
        subscription="the-subscription",
        hostname="only-host.example",
    )
    subjects[0] = {**subjects[0], "hostname": frozenset(["only-host.ex", "only-host.example"])}
    data = b"first\n" + line + b"\nlast"
    made, count = rewrite.rewritten_lines(data, is_whole=False, ids=subjects)
    assert count == int(goes)
    assert made == (b"first\n\nlast" if goes else data)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_rows_of_a_subject(tmp_path: Path, suffix: str) -> None:
    """R23.4 Its rows go, its id in rows of others is blanked, and the rest keeps its bytes."""
    landing = LandingWriter(tmp_path)
    rows = [
        {"ID": GONE[:15], "Name": 'a "quoted", name', "parentid": ""},
        {"ID": STAYS, "Name": "of two\nlines", "parentid": GONE.lower()},
        {"ID": "0010000000000XyAAI", "Name": 'a "quoted", name', "parentid": STAYS},
    ]
    file = landing.table("salesforce/account", rows, suffix)
    [table] = [table for table in declared_tables(PROJECT_ROOT) if table.path == "salesforce/account"]
    read: Callable[[Path], list[Any]] = lambda path: duckdb.execute(  # noqa: E731
        f"select * from '{path}'" if suffix == ".parquet" else f"select * from read_csv('{path}', all_varchar = true)"
    ).fetchall()
    content = file.read_bytes()
    made, count, cells = rewrite.rewritten(
        table, file.name, content, keys.read_keys(run.SEEDS)["salesforce/account"], ids(account=GONE)
    )
    assert (count, cells) == (1, 1)
    file.write_bytes(made)
    assert read(file) == [(STAYS, "of two\nlines", None), ("0010000000000XyAAI", 'a "quoted", name', STAYS)]
    if suffix == ".csv":
        assert made.endswith(content.splitlines(keepends=True)[-1])


def test_files_that_cannot_be_read_stay(tmp_path: Path) -> None:
    """R23.4 Of a damaged archive nobody can say what it holds; the proof by search looks at its bytes."""
    [table] = [table for table in declared_tables(PROJECT_ROOT) if table.path == "saas/namespaces"]
    for name, content in (
        ("a.csv.gz", gzip.compress(b"x")[:-4]),
        ("a.parquet", b"PAR1"),
        ("a.csv", b"namespace_id\n\xe9"),
    ):
        key = [keys.Key("namespace_id", "namespace", "remove")]
        assert rewrite.rewritten(table, name, content, key, ids(namespace="77")) == (content, 0, 0)


def test_history_forgets_a_subject(tmp_path: Path) -> None:
    """R23.4, R23.3 Its figures, its instances and its subscriptions go; accounts that it shared are to change by it."""
    settings = replace(settings_in(tmp_path), is_demo=False)
    folder = settings.warehouse / restatements.HISTORY / "7"
    folder.mkdir(parents=True)
    rows = {
        "figures": "select unnest([$gone, $stays]) as account_id, 10 as number",
        "instances": "select unnest(['i-gone', 'i-stays']) as instance_id, $stays as account_id, $gone is null as x",
        "subscriptions": "select unnest(['S-gone', 'S-stays']) as subscription_name, $stays || $gone as x",
        "publication": "select 7 as publication_number, $gone || $stays as x",
        restatements.MART: "select unnest([$gone, $stays]) as account_id, 7 as publication_number",
    }
    for name, query in rows.items():
        connection = duckdb.connect()
        connection.execute(f"create table kept as {query}", {"gone": GONE, "stays": STAYS})
        connection.execute(f"copy kept to '{folder / name}.parquet' (format parquet)")
    subject = Subject("account", touched={STAYS})
    for kind, text in {"account": GONE, "instance": "i-gone", "subscription_name": "S-gone"}.items():
        subject.add(kind, [text])
    run.forget_history(settings, [subject], [subject.frozen()])

    def read(name: str, column: str) -> list[Any]:
        return [value for (value,) in duckdb.execute(f"select {column} from '{folder / name}.parquet'").fetchall()]

    assert read("figures", "account_id") == read(restatements.MART, "account_id") == [STAYS]
    assert read("instances", "instance_id") == ["i-stays"]
    assert read("subscriptions", "subscription_name") == ["S-stays"]
    assert read("publication", "publication_number") == [7]
    assert read(restatements.PURGED, "account_id") == [STAYS]
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_keys_are_columns_of_the_contract() -> None:
    """R23.4 Every table of the landing that has ids says which; a column that is named there exists."""
    known = {table.path: {column.name.lower() for column in table.columns} for table in declared_tables(PROJECT_ROOT)}
    named = keys.read_keys(run.SEEDS)
    assert {
        (path, key.column)
        for path, own in named.items()
        if path in known
        for key in own
        if key.column not in known[path]
    } == set()
    without = {"service_ping", "operations/exchange_rates", "operations/archived_files"}
    assert set(known) - set(named) == without
