"""The demo generator keeps the landing contract, and writes the same bytes for the same arguments."""

import csv
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from scripts.cli import DEMO_AS_OF, main
from scripts.demo import cast, world
from scripts.demo.landing import MARKER, Landing
from scripts.demo.payloads import Dictionary
from scripts.settings import PROJECT_ROOT

REQUIRED = {
    "saas/namespaces": {"namespace_id"},
    "saas/namespace_metrics/*": {"namespace_ultimate_parent_id", "ping_name"},
    "saas/namespace_seats/*": {"namespace_id", "seats_in_use"},
    "zuora/account": {"id", "crmid"},
    "zuora/subscription": {"id", "name", "accountid", "version", "status", "subscriptionstartdate"},
    "zuora/rate_plan": {"id", "subscriptionid", "name"},
    "zuora/rate_plan_charge": {"id", "rateplanid", "chargetype", "effectivestartdate"},
    "customers_dot/licenses": {"id"},
    "customers_dot/orders": set(),
    "salesforce/account": {"id"},
    "gainsight/instance_info": {"instance_uuid", "instancetype"},
    "gainsight/scorecard_inputs": {"account_id", "measure", "updated_at"},
    "operations/exchange_rates": {"currency", "valid_from", "rate"},
    "operations/license_overrides": {"license_hash", "zuora_subscription_name"},
    "operations/usage_reports": {"report_id", "reported_at"},
    "operations/purge_requests": {"subject_type", "subject_id"},
}


def make(folder: Path, *arguments: str) -> Path:
    """Run the command in this process; it must succeed."""
    assert main(["demo", "--landing", str(folder), *arguments]) == 0
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Read all files of a folder by their path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def landed_lines(landing: Path) -> Iterator[bytes]:
    """Yield all lines of all ping files, an upload being one."""
    for path in sorted((landing / "service_ping").rglob("*.*")):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        yield from [data] if path.suffix == ".json" else data.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:-1]


def pings(landing: Path) -> list[dict]:
    """Return the payloads that instances of the cast sent, without the lines that are broken on purpose."""
    sound = []
    for line in landed_lines(landing):
        try:
            payload = json.loads(line)
        except ValueError:
            continue
        if isinstance(payload, dict) and payload.get("hostname") != "odd.example":
            sound.append(payload)
    return sound


def leaves(tree: dict, prefix: str = "") -> Iterator[str]:
    """Yield the key paths of a payload: dots lead into nested objects."""
    for key, value in tree.items():
        yield prefix + key
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")


def latest(landing: Path, host: str) -> dict:
    """Return the newest ping of a host."""
    return max(
        (ping for ping in pings(landing) if ping["hostname"].lower() == host), key=lambda ping: ping["recorded_at"][:10]
    )


def header(path: Path) -> set[str]:
    """Return the column names of a table file, in lower case."""
    if path.suffix == ".parquet":
        return {name.lower() for name in duckdb.sql(f"from read_parquet('{path}')").columns}
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return {name.lower() for name in next(csv.reader(text.decode().splitlines()))}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All stories, over four months, with few metrics."""
    return make(tmp_path_factory.mktemp("demo") / "landing", "--months", "4", "--metrics", "0")


@pytest.fixture(scope="module")
def full_size(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One month of the first stories with every metric."""
    return make(tmp_path_factory.mktemp("full") / "landing", "--accounts", "25", "--months", "1", "--metrics", "1")


def test_equal_arguments_give_equal_bytes(demo: Path, tmp_path: Path) -> None:
    """Neither the process, the hash seed, the time zone nor the folder's name leaves a trace."""
    command = [sys.executable, "-m", "scripts", "demo", "--landing", str(tmp_path / "again"), "--months", "4"]
    environment = os.environ | {"PYTHONHASHSEED": "99", "TZ": "Asia/Tokyo"}
    run = subprocess.run(
        [*command, "--metrics", "0"], cwd=PROJECT_ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert contents(tmp_path / "again") == contents(demo)
    assert run.stderr == ""
    assert len(run.stdout.splitlines()) == 1


def test_another_seed_gives_other_bytes(tmp_path: Path) -> None:
    """The seed is not for show."""
    one, two = (
        make(tmp_path / seed, "--accounts", "2", "--months", "1", "--metrics", "0", "--seed", seed) for seed in "12"
    )
    assert contents(one) != contents(two)


def test_larger_demos_hold_more_accounts_months_and_metrics(tmp_path: Path) -> None:
    """Beyond the stories, ordinary customers fill the demo up."""
    small = make(tmp_path / "small", "--accounts", "3", "--months", "1", "--metrics", "0")
    large = make(tmp_path / "large", "--accounts", "70", "--months", "1", "--metrics", "0.3")
    assert len(pings(large)) > 5 * len(pings(small))
    with (large / "salesforce/account.csv").open(newline="") as file:
        names = [row["Name"] for row in csv.DictReader(file)]
    assert len(names) >= 70
    assert len(set(names)) == len(names)
    host = "gitlab.northlight-optics.example"
    assert len(set(leaves(latest(large, host)))) > 3 * len(set(leaves(latest(small, host))))


def test_as_of_date_moves_the_whole_demo(tmp_path: Path) -> None:
    """All dates hang on the as-of date, releases too."""
    landing = make(tmp_path / "landing", "--as-of", "2025-02-28", "--accounts", "4", "--months", "2", "--metrics", "0")
    days = sorted(path.name.removeprefix("received_date=") for path in (landing / "service_ping").iterdir())
    assert days[0] >= "2025-01-01"
    assert days[-1] <= "2025-02-28"
    assert latest(landing, "gitlab.northlight-optics.example")["version"].startswith("17.")


@pytest.mark.parametrize("table", sorted(REQUIRED))
def test_every_table_has_its_required_columns(demo: Path, table: str) -> None:
    """The landing contract, file by file."""
    folder = demo / table
    files = [path for pattern in (f"{table}.csv", f"{table}.csv.gz", f"{table}.parquet") for path in demo.glob(pattern)]
    files += sorted(demo.glob(f"{table}/*")) if "*" in table else sorted(folder.glob("*"))
    assert files
    for path in files:
        assert header(path) >= REQUIRED[table], path


def test_tables_come_in_all_formats(demo: Path) -> None:
    """Every format that a landing folder may hold occurs."""
    assert (demo / "zuora/rate_plan_charge.csv.gz").is_file()
    assert (demo / "customers_dot/orders.parquet").is_file()
    assert len(list((demo / "zuora/subscription").iterdir())) > 1
    for pattern in ("*.ndjson", "*.ndjson.gz", "*.json"):
        assert list((demo / "service_ping").glob(f"received_date=*/{pattern}")), pattern


def test_offline_uploads_are_pretty_printed_and_late(demo: Path) -> None:
    """Manual uploads are one object over many lines, and weeks old."""
    for path in (demo / "service_ping").rglob("*.json"):
        payload = json.loads(path.read_text())
        received = date.fromisoformat(path.parent.name.removeprefix("received_date="))
        assert path.read_text().count("\n") > 100
        assert (received - date.fromisoformat(payload["recorded_at"][:10])).days >= 14


def test_broken_lines_are_of_every_kind(demo: Path) -> None:
    """R1.2: each reason for quarantine has a line."""
    lines = list(landed_lines(demo))
    kinds = {"blank": any(not line.strip() for line in lines), "utf8": False, "malformed": False, "no object": False}
    uuids, times = [], []
    for line in lines:
        try:
            payload = json.loads(line.decode())
        except UnicodeDecodeError:
            kinds["utf8"] = True
        except json.JSONDecodeError:
            kinds["malformed"] |= bool(line.strip())
        else:
            kinds["no object"] |= not isinstance(payload, dict)
            if isinstance(payload, dict):
                uuids.append(payload.get("uuid", "absent"))
                times.append(payload.get("recorded_at", "absent"))
    assert all(kinds.values()), kinds
    assert {"absent", None, "   ", 42} <= set(uuids)
    assert {"absent", None, 1767225600, "yesterday", "2026-01-15"} <= set(times)
    assert any(isinstance(text, str) and "2026-07" in text for text in times), "one is recorded in the future"


def test_metrics_nest_by_key_path(full_size: Path) -> None:
    """A dot in a key path is a level of the payload."""
    payload = latest(full_size, "gitlab.northlight-optics.example")
    assert isinstance(payload["counts"]["issues"], int)
    assert payload["redis_hll_counters"]["manage"]["unique_active_users_monthly"] == round(0.93 * 180)
    assert payload["settings"]["collected_data_categories"] == ["standard", "subscription", "operational", "optional"]
    assert payload["license_billable_users"] == 180
    assert payload["database"]["pg_system_id"] > 2**53
    assert list(payload)[:4] == ["recorded_at", "uuid", "hostname", "version"]


def test_tracked_metrics_are_always_carried(demo: Path) -> None:
    """However small the share, what the marts read is there."""
    metrics = Dictionary(0, 7)
    present = set(leaves(latest(demo, "gitlab.northlight-optics.example")))
    expected = {key for key in metrics.tracked if metrics.by_key[key].exists_in((18, 11))}
    assert expected <= present


def test_a_full_payload_of_a_recent_release_has_its_real_size(full_size: Path) -> None:
    """With every metric, a payload is as large as a real one."""
    payload = latest(full_size, "gitlab.northlight-optics.example")
    assert len(json.dumps(payload, separators=(",", ":"))) >= 60_000


def test_no_metric_outside_its_release(full_size: Path, demo: Path) -> None:
    """R5.1: an instance sends only what its release collects."""
    known = Dictionary(0, 7).by_key
    releases = set()
    for payload in pings(full_size) + pings(demo):
        if payload["version"] == "unknown":
            continue
        release = tuple(map(int, payload["version"].split(".")[:2]))
        releases.add(release)
        outside = [key for key in leaves(payload) if key in known and not known[key].exists_in(release)]
        assert outside == [], payload["version"]
    assert min(releases) == (13, 9)
    assert max(releases) == (19, 0)


def test_licence_hashes_follow_the_release(demo: Path) -> None:
    """Old releases name their licence by md5, new ones by sha256."""
    assert "license_sha256" not in latest(demo, "gitlab.tamarack-outdoors.example")
    assert "license_md5" in latest(demo, "gitlab.tamarack-outdoors.example")
    assert "license_md5" not in latest(demo, "gitlab.northlight-optics.example")
    assert "license_sha256" in latest(demo, "gitlab.northlight-optics.example")


def test_stories_end_on_the_edges_they_teach(demo: Path) -> None:
    """The latest figures are exact, so that a band's edge is met and not missed."""
    edge = latest(demo, "gitlab.corvid-security.example")
    users, monthly = edge["license_billable_users"], edge["counts_monthly"]
    assert edge["redis_hll_counters"]["manage"]["unique_active_users_monthly"] / users == 0.5
    assert monthly["deployments"] / users == 2
    assert monthly["successful_deployments"] / monthly["deployments"] == 0.25
    silent = latest(demo, "gitlab.copperline-freight.example")["recorded_at"][:10]
    assert (date.fromisoformat(DEMO_AS_OF) - date.fromisoformat(silent)).days == 60


def test_every_story_says_what_it_teaches() -> None:
    """Names are unique, in a large demo too."""
    everybody = cast.cast(500, 7)
    assert len({story.name for story in everybody}) == len(everybody)
    assert all(story.teaches for story in everybody)


def test_a_crm_id_of_18_characters_ends_in_its_checksum() -> None:
    """R8.8: both spellings of an id must agree."""
    assert world.crm_id_18("001A0000006Vm9r") == "001A0000006Vm9rIAC"


def test_a_rerun_with_equal_arguments_is_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A complete demo is kept, one of other arguments replaced."""
    landing = make(tmp_path / "landing", "--accounts", "1", "--months", "1", "--metrics", "0")
    before = landing.stat().st_ino
    make(landing, "--accounts", "1", "--months", "1", "--metrics", "0")
    assert "nothing to do" in capsys.readouterr().out.splitlines()[-1]
    assert landing.stat().st_ino == before
    make(landing, "--accounts", "2", "--months", "1", "--metrics", "0")
    assert landing.stat().st_ino != before
    assert json.loads((landing / MARKER).read_text())["accounts"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["landing"]


def test_a_foreign_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no demo is never deleted."""
    landing = tmp_path / "landing"
    landing.mkdir()
    (landing / "precious.csv").write_text("id\n1\n")
    assert main(["demo", "--landing", str(landing)]) == 1
    assert contents(landing) == {"precious.csv": b"id\n1\n"}
    output = capsys.readouterr()
    assert output.out == ""
    assert len(output.err.splitlines()) == 1
    assert "demo" in output.err


def test_a_run_that_fails_leaves_the_former_demo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A demo appears whole or not at all."""
    landing = make(tmp_path / "landing", "--accounts", "1", "--months", "1", "--metrics", "0")
    before = contents(landing)

    def fail(*_: object) -> int:
        raise OSError("No space left on device")

    monkeypatch.setattr(Landing, "write_pings", fail)
    assert main(["demo", "--landing", str(landing), "--accounts", "2"]) == 1
    assert capsys.readouterr().err == "demo: No space left on device\n"
    assert contents(landing) == before
    assert [path.name for path in tmp_path.iterdir()] == ["landing"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--accounts", "0"),
        ("--accounts", "many"),
        ("--months", "-1"),
        ("--metrics", "1.5"),
        ("--metrics", "nan"),
        ("--as-of", "17.06.2026"),
        ("--seed", "1.5"),
        ("--unheard-of", "1"),
    ],
)
def test_wrong_arguments_give_one_line(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No usage, no stack trace."""
    assert main(["demo", option, value]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("as_of", ["2019-07-01", "9999-12-31"])
def test_an_as_of_date_outside_known_releases_is_refused(
    as_of: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is nothing to run before the first release, and no calendar after the last year."""
    assert main(["demo", "--landing", str(tmp_path / "landing"), "--as-of", as_of]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
