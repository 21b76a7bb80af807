"""`make build`'s engine: publishes what passed, and says in one line each what did not (R15.1).

The models here are the tests' own: small, and broken on purpose.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from conftest import SmallProject
from scripts.dbt_runner import error_line, problem_lines
from scripts.settings import ExitCode

pytestmark = pytest.mark.slow

PING_LOADS = "select 'f' as file, 4 as landed, 2 as accepted, 1 as duplicates, 1 as quarantined"
QUARANTINED = "select 'f' as file, 1 as line, 'malformed_json' as reason, '{' as raw_text"
ACCOUNTS = "select '001' as account_id, 'Acme [EMEA]' as account_name union all select '002', 'Bolt'"
UTILIZATION = """
    select
        '001' as account_id, date '2026-03-01' as month, 50 as billable_user_count, 100 as licenses_sold,
        0.5 as license_utilization, null as not_available_reason, null as not_available_subscriptions,
        1000 as arr_reporting, 'available' as availability_status
    union all
    select '002', date '2026-03-01', null, 40, null, 'no_ping_received', 'A-S2, A-S3', 500, 'no_ping_received'
"""
ACTIONS = """
    select
        1 as action_rank, '002' as account_id, 'A-S2' as subscription_name, 'enable' as action, 'CS' as owner,
        'Switch Service Ping on.' as instruction, 'no_ping_received' as availability_status,
        500 as arr_in_view, 'USD' as currency, 550 as arr_in_view_reporting, 'EUR' as reporting_currency
"""
FINDINGS = "select 'uuid_shared' as finding from range(2) union all select 'repeated_id'"
PUBLICATION = """
    select
        {{ as_of_date() }} as as_of_date, cast(null as timestamp) as published_at, cast(null as varchar) as git_commit,
        cast(null as boolean) as git_has_changes, cast(null as varchar) as seatwise_version,
        cast(null as bigint) as publication_number
"""
MARTS = {
    "dim_accounts": ACCOUNTS,
    "dim_publication": PUBLICATION,
    "fct_account_utilization_monthly": UTILIZATION,
    "fct_availability_actions": ACTIONS,
    "fct_data_quality_findings": FINDINGS,
    "fct_ping_loads": PING_LOADS,
    "fct_quarantined_pings": QUARANTINED,
}
CONFIG = "{{ config(contract={'enforced': false}) }}\n"


@pytest.fixture
def project(small_project: SmallProject) -> SmallProject:
    """Return the module's project with marts that are well, and nothing built."""
    shutil.rmtree(small_project.root / "models" / "marts", ignore_errors=True)
    shutil.rmtree(small_project.root / "tests", ignore_errors=True)
    shutil.rmtree(small_project.warehouse, ignore_errors=True)
    for name, query in MARTS.items():
        small_project.write(f"models/marts/core/{name}.sql", CONFIG + query)
    return small_project


def published_accounts(project: SmallProject) -> int:
    """Return how many accounts readers see."""
    with duckdb.connect(project.warehouse / "seatwise.duckdb", read_only=True) as connection:
        return connection.execute("select count(*) from dim_accounts").fetchall()[0][0]


def test_sound_build_is_published_and_summed_up(project: SmallProject) -> None:
    """The summary tells what arrived, what is known, what is not and why, and what to do next."""
    done = project.run_anew("build")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "note: service_ping holds no payloads: counts as empty" in lines
    assert "Pings: 4 landed in 1 file = 2 accepted + 1 duplicates + 1 quarantined" in lines
    assert "quarantined: 1 malformed_json" in lines
    assert "available 1" in lines
    assert "Acme [EMEA] 50 100 50.0%" in lines
    assert "Bolt N/A 40 N/A no_ping_received: A-S2, A-S3" in lines
    assert lines[lines.index("Data-quality findings") + 2 :][:2] == ["uuid_shared 2", "repeated_id 1"]
    assert "1. Switch Service Ping on. (Bolt, A-S2, 550 EUR of ARR; CS)" in lines
    assert "out/seatwise.duckdb" in lines
    assert sum("counts as empty" in line and "gainsight/instance_info" in line for line in lines) == 1
    manifest = json.loads((project.warehouse / "seatwise.manifest.json").read_text())
    assert manifest["as_of_date"] == "2026-03-31"
    assert published_accounts(project) == 2


def test_paths_may_be_relative(project: SmallProject) -> None:
    """Relative SEATWISE_* paths start where the command is called."""
    done = project.run("build", SEATWISE_LANDING="landed", SEATWISE_WAREHOUSE="./out/../out")
    assert (done.returncode, done.stderr) == (0, "")
    assert published_accounts(project) == 2


def test_variables_of_another_dbt_project_change_nothing(project: SmallProject, tmp_path: Path) -> None:
    """Who has set dbt's own variables for a project of theirs gets this project's profile, target and folders."""
    elsewhere = tmp_path / "elsewhere"
    done = project.run_anew(
        "build",
        DBT_PROFILES_DIR=str(elsewhere),
        DBT_PROJECT_DIR=str(elsewhere),
        DBT_PROFILE="other",
        DBT_TARGET="prod",
        DBT_ENGINE_TARGET="prod",
        DBT_LOG_PATH=str(elsewhere),
        DBT_RESOURCE_TYPES="seed",
        DBT_WARN_ERROR="1",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert published_accounts(project) == 2
    assert not elsewhere.exists()


def test_failed_data_test_publishes_nothing(project: SmallProject) -> None:
    """The test is named with its rule, its rows and the first of them; readers keep the last good copy (R15.1)."""
    assert project.run("build").returncode == 0
    project.write("models/marts/core/dim_accounts.sql", CONFIG + ACCOUNTS + " union all select '003', 'Bolt'")
    project.write(
        "tests/accounts_have_names_of_their_own.sql", "select 'x' as name from {{ ref('dim_accounts') }} limit 2"
    )
    project.write(
        "tests/tests.yml",
        "version: 2\ndata_tests:\n"
        "  - name: accounts_have_names_of_their_own\n    description: R99.1 an account has a name of its own\n",
    )
    done = project.run("build")
    assert done.returncode == ExitCode.DATA_TEST
    assert done.stderr.splitlines()[0] == (
        "failed: test accounts_have_names_of_their_own (tests/accounts_have_names_of_their_own.sql):"
        " R99.1 an account has a name of its own: 2 rows found,"
        " see target/compiled/seatwise/tests/accounts_have_names_of_their_own.sql; first: name x"
    )
    assert "readers keep the last good copy" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "accounts_have_names_of_their_own" in (project.root / "logs" / "dbt.log").read_text(encoding="utf-8")
    assert published_accounts(project) == 2

    done = project.run("publish")
    assert (done.returncode, done.stdout) == (ExitCode.PUBLICATION, "")
    assert done.stderr == (
        "publish: the last build is not sound (accounts_have_names_of_their_own: fail): mend it and run make build\n"
    )


def test_warning_is_told_and_published(project: SmallProject) -> None:
    """A test of warning severity holds nothing back."""
    project.write("tests/odd.sql", "{{ config(severity='warn') }} select 1 from {{ ref('dim_accounts') }}")
    done = project.run("build")
    assert (done.returncode, done.stderr) == (0, "")
    assert "warning: test odd (tests/odd.sql): 2 rows found, see target/compiled/seatwise/tests/odd.sql" in done.stdout
    assert published_accounts(project) == 2


@pytest.mark.parametrize(
    ("query", "line"),
    [
        (
            "select 'x' as a, cast('Acme' as integer) as b",
            "failed: model dim_broken (models/marts/core/dim_broken.sql):"
            " Conversion Error: Could not convert string 'Acme' to INT32",
        ),
        (
            "select from_nowhere",
            "failed: model dim_broken (models/marts/core/dim_broken.sql):"
            ' Binder Error: Referenced column "from_nowhere" was not found because the FROM clause is missing',
        ),
        (
            "select {{ nothing_of_that_name() }}",
            "failed: model dim_broken (models/marts/core/dim_broken.sql): 'nothing_of_that_name' is undefined.",
        ),
        (
            "select * from {{ ref('dim_missing') }}",
            "failed: Model 'model.seatwise.dim_broken' (models/marts/core/dim_broken.sql) depends on a node named"
            " 'dim_missing' which was not found",
        ),
    ],
)
def test_broken_model_is_one_line(project: SmallProject, query: str, line: str) -> None:
    """The model's file and the first line of the error, whether dbt or DuckDB found it."""
    project.write("models/marts/core/dim_broken.sql", CONFIG + query)
    done = project.run("build")
    assert done.returncode == ExitCode.ENGINE
    assert done.stderr.splitlines()[0].startswith(line)
    assert len(done.stderr.splitlines()) == 2
    assert "Traceback" not in done.stderr + done.stdout
    assert not (project.warehouse / "seatwise.duckdb").exists()


def test_what_the_landing_lacks_is_a_line_each(project: SmallProject, tmp_path: Path) -> None:
    """The preflight's problems, without dbt's words around them."""
    done = project.run("build", SEATWISE_LANDING=str(tmp_path))
    assert done.returncode == ExitCode.LANDING
    lines = done.stderr.splitlines()
    assert (
        lines[0]
        == f"failed: salesforce/account: no such file (.csv, .csv.gz, .parquet or a folder of them) in {tmp_path}"
    )
    assert len(lines) == 6

    done = project.run("preflight", SEATWISE_LANDING=str(tmp_path))
    assert done.returncode == ExitCode.LANDING
    assert done.stderr.splitlines() == [line.replace("failed", "problem") for line in lines[:5]]


def test_two_builds_at_once(project: SmallProject) -> None:
    """While another process has the private file, a build ends with one line that names it."""
    assert project.run("build").returncode == 0
    holder = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(project.warehouse / "build" / "seatwise.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        done = project.run("build")
        process.communicate("\n", timeout=60)
    assert done.returncode == ExitCode.LOCKED
    first, last = done.stderr.splitlines()
    assert first.startswith(f"failed: another process (process {process.pid}) has ")
    assert last.startswith("Nothing was published")
    assert published_accounts(project) == 2


def test_stopped_build_is_one_line(project: SmallProject) -> None:
    """Who interrupts a build sees no trace of calls, and readers nothing of the build."""
    assert project.run("build").returncode == 0
    project.write("models/marts/core/dim_slow.sql", CONFIG + "select count(*) as n from range(1000000000000) as r(i)")
    # SIGALRM stands for Ctrl-C: a shell in the background may have had SIGINT ignored for all it starts.
    runner = "import signal, sys; from scripts.cli import main;"
    runner += "signal.signal(signal.SIGALRM, signal.default_int_handler);"
    runner += "sys.exit(main(['build']))"
    # Where the tests themselves are told to build is not where this project builds.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "SEATWISE_"))}
    environment |= {"SEATWISE_LANDING": str(project.landing.root), "SEATWISE_WAREHOUSE": str(project.warehouse)}
    environment |= {"SEATWISE_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", runner],
        cwd=project.root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = project.root / "logs" / "dbt.log"
    while process.poll() is None and "model main.dim_slow" not in log.read_text(encoding="utf-8"):
        time.sleep(0.2)
    # dbt tells of a model shortly before DuckDB has its query; only a query that runs can be stopped.
    time.sleep(4)
    process.send_signal(signal.SIGALRM)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors.splitlines()[-1]) == (130, "build: stopped")
    assert "Traceback" not in errors
    assert published_accounts(project) == 2
    assert project.run("publish").returncode == ExitCode.PUBLICATION


def test_publish_again_after_a_preflight(project: SmallProject) -> None:
    """A preflight writes to no warehouse: what was built can still be published."""
    assert project.run("build").returncode == 0
    assert project.run("preflight").returncode == 0
    done = project.run("publish")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{project.warehouse / 'seatwise.duckdb'}: 7 marts, 11 rows, as of 2026-03-31\n"


@pytest.mark.parametrize(
    ("text", "where", "line"),
    [
        (
            "Runtime Error in model m (m.sql)\n  Binder Error: no such column\n\n  LINE 1: ...",
            "model m (m.sql)",
            "Binder Error: no such column",
        ),
        ("\x1b[31mCompilation Error\x1b[0m\n  broken", "", "broken"),
        (
            "Parsing Error\n  Error reading seatwise: m.yml - Runtime Error\n    Syntax error near line 3",
            "",
            "Error reading seatwise: m.yml - Runtime Error: Syntax error near line 3",
        ),
        (
            "Runtime Error in model m (m.sql)\n  Invalid Error: Unknown error: a/b.csv: vanished: run again. Detail:"
            " Python exception: Traceback (most recent call last):\n    File 'x.py'",
            "model m (m.sql)",
            "a/b.csv: vanished: run again",
        ),
        ("", "", "no reason given"),
        ("Runtime Error", "", "Runtime Error"),
    ],
)
def test_error_line(text: str, where: str, line: str) -> None:
    """Dbt's titles and excerpts are left out."""
    assert error_line(text) == (where, line)


def test_preflight_problems_are_split() -> None:
    """The preflight raises all it found as one error."""
    text = "Compilation Error in operation x (./dbt_project.yml)\n  Preflight: a: missing; b: missing\n\n  > in macro y"
    assert problem_lines(text) == ["a: missing", "b: missing"]
