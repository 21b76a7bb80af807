"""A landing in a bucket, and publications put into one: on a real S3 server of this machine (R23.1, R15.1)."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from building import Built, try_dbt
from conftest import PROJECT_ROOT, LandingWriter
from scripts import buckets
from scripts.buckets import open_bucket
from scripts.landing import readers, streams
from scripts.landing.contract import Column
from scripts.landing.files import file_system
from scripts.publish import publish
from scripts.settings import ExitCode, SeatwiseError, read_settings
from scripts.upload import upload
from test_publish import MARTS as OWN_MARTS
from test_publish import PUBLICATION, Warehouse

# Those of a warehouse made by hand; the last one has no number of its build.
# Each load is a dbt run of its own.
pytestmark = pytest.mark.deep
MARTS = (*OWN_MARTS, PUBLICATION)
AS_OF = date(2026, 3, 31)
KEY, SECRET = "LANDINGKEY", "a-secret-of-the-landing"
RCLONE = Path(sys.executable).with_name("rclone")
PINGS = "service_ping/received_date=2026-03-02"
PAYLOAD = {
    "uuid": "11111111-2222-4333-8444-555555555555",
    "hostname": "git.example.com",
    "version": "17.9.1-ee",
    "edition": "EEP",
    "recorded_at": "2026-03-02T10:00:00Z",
    "counts": {"issues": 7},
}


@dataclass
class Server:
    """An S3 server over a folder, whose folders are its buckets."""

    folder: Path
    port: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [RCLONE, "serve", "s3", "--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{KEY},{SECRET}"]
        command += ["--config", os.devnull, "--vfs-cache-mode", "off", "--dir-cache-time", "0s", self.folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            except OSError:
                assert process.poll() is None, "the server did not start"
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Kill the server."""
        while self.processes:
            process = self.processes.pop()
            process.kill()
            process.wait(timeout=30)

    @property
    def environment(self) -> dict[str, str]:
        """Return what the cloud's own tools would need to know, and nothing of who runs the tests."""
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_MAX_ATTEMPTS": "1",
        }


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server for the module."""
    server = Server(tmp_path_factory.mktemp("s3"), free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Return the server, running, with the environment that opens it."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "SEATWISE_", "FSSPEC_"))]:
        monkeypatch.delenv(name)
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    if not running.processes:
        running.start()
    return running


@pytest.fixture
def bucket(server: Server, tmp_path: Path) -> str:
    """Return the name of a bucket that is this test's own."""
    name = tmp_path.name.replace("_", "-").lower()
    (server.folder / name).mkdir()
    return name


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Return an empty warehouse."""
    values = {"SEATWISE_WAREHOUSE": str(tmp_path / "warehouse"), "DBT_TARGET_PATH": str(tmp_path / "target")}
    return Warehouse(read_settings(values))


def landed(root: Path) -> LandingWriter:
    """Write a small landing: the required tables, one of them in another format, and payloads of two kinds."""
    landing = LandingWriter(root)
    landing.required_tables()
    (root / "salesforce" / "account.csv").unlink()
    landing.table("salesforce/account/part-1", [{"Id": "001000000000001AAA", "Name": "Acme"}], ".parquet")
    landing.pings("2026-03-02", [PAYLOAD, "{"])
    landing.pings("2026-03-02", [PAYLOAD | {"hostname": "two.example.com"}], "more.ndjson.gz")
    (root / "zuora" / "_SUCCESS").touch()
    return landing


def ledger(built: Built) -> dict[str, tuple[Any, ...]]:
    """Return what the ledger knows of each file."""
    rows = built.query("select file, landing_root, etag, read_at, rows from landing.files")
    return {row[0]: row[1:] for row in rows}


def test_bucket_gives_what_the_folder_gives(server: Server, bucket: str, tmp_path: Path) -> None:
    """R23.1 The same rows; a later build reads what is new by its etag, and no secret is left anywhere."""
    landing = landed(server.folder / bucket / "landing")
    url = f"s3://{bucket}/landing"
    # All that reads the landing, and marts upon it.
    select = ["run", "--select", "path:models/staging", "+fct_ping_loads", "+dim_subscriptions"]
    of_bucket = try_dbt(select, url, AS_OF, tmp_path / "bucket")
    of_folder = try_dbt(select, landing.root, AS_OF, tmp_path / "folder")
    assert (of_bucket.run.problems, of_folder.run.problems) == ([], [])
    relations = of_folder.query(
        "select table_schema || '.' || table_name from information_schema.tables"
        " where table_schema not in ('landing', 'seeds') order by all"
    )
    assert ("main.fct_ping_loads",) in relations
    for (relation,) in relations:
        rows = [sorted(map(repr, built.query(f"select * from {relation}"))) for built in (of_bucket, of_folder)]
        # The ledger says where from and when files were read.
        assert relation.endswith("stg_landing__files") or rows[0] == rows[1], relation
    assert of_bucket.query("select sum(accepted), sum(quarantined) from fct_ping_loads") == [(2, 1)]

    first = ledger(of_bucket)
    assert {root for root, *_ in first.values()} == {url}
    assert all(etag for _, etag, *_ in first.values())

    # Only times change, as when a bucket is copied: the etag says that nothing is new. But one payload is another of
    # the same length: neither its size nor its time tells.
    pings = landing.root / PINGS / "pings.ndjson"
    times = pings.stat()
    pings.write_text(pings.read_text().replace("git.example", "hub.example"))
    for file in landing.root.rglob("*.*"):
        os.utime(file, (1_700_000_000, 1_700_000_000))
    os.utime(pings, ns=(times.st_atime_ns, times.st_mtime_ns))
    again = try_dbt(["run", "--select", "stg_service_ping__pings"], f"{url}/", AS_OF, tmp_path / "bucket")
    assert again.run.problems == []
    second = ledger(again)
    assert {file for file, row in second.items() if row != first[file]} == {f"{PINGS}/pings.ndjson"}
    secrets = [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert secrets == []


def test_server_that_dies_while_it_is_read(
    server: Server, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R23.1 One line says so; what was read before stays as it was, and the next run reads the rest."""
    landing = landed(server.folder / bucket)
    select = ["run", "--select", "stg_service_ping__pings"]
    before = try_dbt(select, f"s3://{bucket}", AS_OF, tmp_path)
    assert before.run.problems == []
    ledger_before = ledger(before)
    count = "select count(*), count(distinct file) from staging.stg_service_ping__pings"
    rows_before = before.query(count)

    landing.pings("2026-03-03", [PAYLOAD | {"filler": "x" * 1000}] * 2000, "many.ndjson")
    monkeypatch.setattr(readers, "BLOCK_BYTES", 1 << 16)
    read_lines = streams.read_lines

    def die(*arguments: Any) -> Iterator[pa.RecordBatch]:
        for batch in read_lines(*arguments):
            server.stop()
            yield batch

    with monkeypatch.context() as patched:
        patched.setattr(streams, "read_lines", die)
        failed = try_dbt(select, f"s3://{bucket}", AS_OF, tmp_path)
    (problem,) = failed.run.problems
    assert re.fullmatch(
        r"(model stg_service_ping__pings \(.*\): )?service_ping/received_date=2026-03-03/many\.ndjson:"
        r" the bucket does not answer as it should \(\w+\): check the network and its address, then run again",
        problem,
    )
    assert (failed.query(count), ledger(failed)) == (rows_before, ledger_before)

    server.start()
    after = try_dbt(select, f"s3://{bucket}", AS_OF, tmp_path)
    assert after.run.problems == []
    assert ledger(after).keys() - ledger_before.keys() == {"service_ping/received_date=2026-03-03/many.ndjson"}


def test_local_file_that_vanishes_while_it_is_read(
    landing: LandingWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line names it: neither Arrow's words nor a trace."""
    landed(landing.root)
    read_lines = streams.read_lines

    def vanish(*arguments: Any) -> Iterator[pa.RecordBatch]:
        (landing.root / PINGS / "pings.ndjson").unlink(missing_ok=True)
        yield from read_lines(*arguments)

    monkeypatch.setattr(streams, "read_lines", vanish)
    failed = try_dbt(["run", "--select", "stg_service_ping__pings"], landing.root, AS_OF, tmp_path)
    (problem,) = failed.run.problems
    assert problem.endswith(f"{PINGS}/pings.ndjson: vanished while it was read: run the build again")
    assert "Unknown error" not in problem


def test_parquet_is_not_called_damaged_when_the_server_dies(server: Server, bucket: str, tmp_path: Path) -> None:
    """What the network does is no fault of the file."""
    file = tmp_path / "part.parquet"
    pq.write_table(pa.table({"Id": [os.urandom(4_000).hex() for _ in range(3_000)]}), file, row_group_size=100)
    shutil.copy(file, server.folder / bucket / file.name)
    fs, _ = file_system(f"s3://{bucket}")
    landed_at = datetime.fromisoformat("2026-03-02")
    found = readers.LandedFile("zuora/part.parquet", f"{bucket}/{file.name}", file.stat().st_size, landed_at)
    batches = readers.read_table(found, fs, [Column("Id")], frozenset())
    next(batches)
    server.stop()
    with pytest.raises(SeatwiseError, match=r"^zuora/part\.parquet: the bucket does not answer as it should") as error:
        list(batches)
    assert not isinstance(error.value, readers.DamagedFileError)


@pytest.mark.parametrize(
    ("variables", "name", "line"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "another-secret"}, "", r"access was refused \(SignatureDoesNotMatch\): check the"),
        ({"AWS_ACCESS_KEY_ID": "ANOTHERKEY"}, "", r"access was refused \(InvalidAccessKeyId\): check the credentials"),
        (
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "",
            r"no credentials were found \(NoCredentialsError\)",
        ),
        ({}, "no-such-bucket", r"there is no such bucket, or nothing in it under this prefix$"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "", r"the bucket does not answer as it should \(Endpoint"),
    ],
)
def test_what_is_wrong_is_one_line(
    server: Server, bucket: str, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str, line: str
) -> None:
    """It names the landing, and neither keys nor requests."""
    landed(server.folder / bucket / "landing")
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    url = f"s3://{name or bucket}/landing"
    with pytest.raises(SeatwiseError, match=f"^{url}: {line}") as error:
        file_system(url)
    assert "\n" not in str(error.value)
    assert not any(value and value in str(error.value) for value in variables.values())


def test_preflight_tells_the_line(server: Server, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, not table by table."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-secret")
    run = try_dbt(["run-operation", "open_landing"], f"s3://{bucket}/landing", AS_OF, tmp_path).run
    (problem,) = run.problems
    assert problem.startswith(f"s3://{bucket}/landing: access was refused (SignatureDoesNotMatch)")


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("https://bucket/prefix", "SEATWISE_LANDING begins with https://: give a folder, or a bucket as one of s3://"),
        ("s3://", "SEATWISE_LANDING is 's3://': give the name of a bucket, as s3://bucket/prefix"),
        ("s3://KEY:hidden@bucket/prefix", "SEATWISE_LANDING holds more than a bucket and a prefix: credentials belong"),
    ],
)
def test_url_that_is_none(url: str, line: str) -> None:
    """It is told before dbt starts, and what may be a key is not told back."""
    with pytest.raises(SeatwiseError) as error:
        read_settings({"SEATWISE_LANDING": url})
    assert str(error.value).startswith(line)
    assert "hidden" not in str(error.value)


def test_settings_keep_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no path of this machine; what is missing to read it is named by its extra."""
    settings = read_settings({"SEATWISE_LANDING": "s3://bucket/a/b/", "SEATWISE_PUBLISH_TO": "s3://marts"})
    assert (settings.landing, settings.publish_to, settings.is_demo) == ("s3://bucket/a/b", "s3://marts", False)
    assert settings.environment()["SEATWISE_LANDING"] == "s3://bucket/a/b"
    with pytest.raises(SeatwiseError, match=r"^SEATWISE_PUBLISH_TO is '/marts': give a bucket"):
        read_settings({"SEATWISE_PUBLISH_TO": "/marts"})
    monkeypatch.setattr(buckets, "find_spec", lambda name: None)
    for scheme in ("s3", "gs", "az"):
        with pytest.raises(
            SeatwiseError, match=rf"^SEATWISE_LANDING is a bucket of .* the extra '{scheme}' \("
        ) as error:
            read_settings({"SEATWISE_LANDING": f"{scheme}://bucket"})
        assert "\n" not in str(error.value)


def test_publication_in_a_bucket(server: Server, bucket: str, warehouse: Warehouse) -> None:
    """R15.1 The manifest leads to one whole publication, before, while and after another one is put there."""
    prefix = server.folder / bucket / "marts"
    variables = server.environment | {"SEATWISE_PUBLISH_TO": f"s3://{bucket}/marts/"}
    warehouse.build(1)
    done = publish_with(warehouse, variables)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == f"s3://{bucket}/marts/seatwise.manifest.json"
    assert seen_in(prefix) == 1

    warehouse.build(2)
    done = publish_with(warehouse, variables | {"AWS_SECRET_ACCESS_KEY": "another-secret"})
    assert (done.returncode, done.stderr.count("\n")) == (ExitCode.PUBLICATION, 1)
    assert done.stderr.startswith(
        f"publish: s3://{bucket}/marts: access was refused (SignatureDoesNotMatch): check the"
    )
    assert done.stderr.endswith("readers of the bucket keep the publication before\n")
    assert (warehouse.seen(), seen_in(prefix)) == (2, 1)

    warehouse.build(3)
    assert publish_with(warehouse, variables).returncode == 0
    assert seen_in(prefix) == 3
    assert len(list((prefix / "parquet").iterdir())) == 2, "nothing older is removed"


def test_upload_that_stops_half_way(
    server: Server, bucket: str, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R15.1 Whichever object fails: the manifest is the last one, so readers see the publication before."""
    prefix = server.folder / bucket
    settings = replace(warehouse.settings, publish_to=f"s3://{bucket}")
    warehouse.build(1)
    upload(settings, publish(settings))
    warehouse.build(2)
    objects = len(MARTS) + 2
    for stop_at in range(1, objects + 1):
        manifest = publish(settings)
        fs, root = open_bucket(settings.publish_to)
        calls = itertools.count(1)

        def failing(method: Callable[..., Any], calls: Iterator[int], stop_at: int) -> Callable[..., Any]:
            def call(*arguments: Any, **options: Any) -> Any:
                if next(calls) == stop_at:
                    raise OSError("a request with its signature")
                return method(*arguments, **options)

            return call

        for name in ("put_file", "pipe_file"):
            monkeypatch.setattr(fs, name, failing(getattr(fs, name), calls, stop_at))
        monkeypatch.setattr("scripts.upload.open_bucket", lambda url, opened=(fs, root): opened)
        with pytest.raises(SeatwiseError, match="the bucket does not answer as it should") as error:
            upload(settings, manifest)
        assert "signature" not in str(error.value)
        assert (warehouse.seen(), seen_in(prefix)) == (2, 1), stop_at
    monkeypatch.undo()


def publish_with(warehouse: Warehouse, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `make publish`'s command with variables more."""
    return subprocess.run(
        [sys.executable, "-m", "scripts", "publish"],
        cwd=PROJECT_ROOT,
        env=warehouse.environment() | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def seen_in(prefix: Path) -> int:
    """Return which build a reader sees who follows the manifest; make sure that all marts are of it."""
    manifest = json.loads((prefix / "seatwise.manifest.json").read_text())
    folder = prefix / manifest["parquet_folder"]
    assert {file["name"]: file["bytes"] for file in manifest["parquet_files"]} == {
        file.name: file.stat().st_size for file in folder.glob("*.parquet")
    }
    builds = set()
    for mart in MARTS[:-1]:
        builds |= {build for (build,) in duckdb.sql(f"select distinct build from '{folder / mart}.parquet'").fetchall()}
    (number,) = builds
    return number
