"""Payloads that were public before this project was: what real instances and the documentation send.

Where they come from and under which licences: tests/fixtures/payloads/README.md.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from building import Built, try_dbt
from conftest import PROJECT_ROOT, LandingWriter

pytestmark = pytest.mark.slow

PAYLOADS = PROJECT_ROOT / "tests" / "fixtures" / "payloads"
AS_OF = date(2026, 1, 31)
FIRST_MONTH = "2020-04-01"

COMPLETE = "gdk_queries_13.9_complete"
# The day each one arrives, and why it is no ping (None: it is one).
ARRIVALS: Mapping[str, tuple[str, str | None]] = {
    COMPLETE: ("2021-02-10", None),
    "docs_example_12.10": ("2020-04-18", None),
    "docs_fragment_2024": ("2024-01-16", "missing_uuid"),
    "docs_queries_13.11": ("2021-03-23", "missing_uuid"),
    "docs_non_sql_13.11": ("2021-03-26", "missing_uuid"),
    "go_client_non_sql_13.11": ("2021-03-26", "missing_uuid"),
    "mcp_client_non_sql_16.8": ("2026-01-16", "invalid_recorded_at"),
    "mcp_client_queries_16.8": ("2026-01-16", None),
    "mcp_client_queries_ce": ("2026-01-16", "missing_recorded_at"),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build a landing of all payloads, each as a file of its own."""
    folder = tmp_path_factory.mktemp("payloads")
    landing = LandingWriter(folder / "landing")
    landing.required_tables()
    for name, (received, _) in ARRIVALS.items():
        target = landing.root / "service_ping" / f"received_date={received}" / f"{name}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PAYLOADS / f"{name}.json", target)
    built = try_dbt(["run", "--vars", json.dumps({"first_month": FIRST_MONTH})], landing.root, AS_OF, folder)
    assert built.run.problems == []
    return built


def readings(built: Built, uuid: str, month: str) -> dict[str, tuple[int | None, str | None]]:
    """Return value and reason of every tracked metric of an instance in a month."""
    rows = built.query(
        "select key_path, value, missing_reason from fct_instance_metrics_monthly"
        " inner join dim_instances using (instance_id) where instance_uuid = ? and month = cast(? as date)",
        uuid,
        month,
    )
    return {key_path: (value, reason) for key_path, value, reason in rows}


def read_seed(name: str) -> list[dict[str, str]]:
    """Return the rows of a seed."""
    with (PROJECT_ROOT / "seeds" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def value_at(payload: Any, key_path: str) -> Any:
    """Follow a key path; None where it leads nowhere."""
    return reduce(lambda value, key: value.get(key) if isinstance(value, dict) else None, key_path.split("."), payload)


def test_every_payload_is_accepted_or_quarantined(built: Built) -> None:
    """Without uuid or time a payload is no ping; a date alone is no time (R1.1, R1.2)."""
    assert all((PAYLOADS / f"{name}.json").exists() for name in ARRIVALS)
    rows = built.query(
        "select file, received_date, landed, accepted, quarantined, reason, line"
        " from fct_ping_loads left join fct_quarantined_pings using (file, received_date)"
    )
    assert {Path(file).stem: (str(received), *rest) for file, received, *rest in rows} == {
        name: (received, 1, int(reason is None), int(reason is not None), reason, None if reason is None else 1)
        for name, (received, reason) in ARRIVALS.items()
    }


def test_quarantined_text_is_the_original(built: Built) -> None:
    """It can be mended and replayed (R1.2)."""
    for file, text in built.query(
        "select file, raw_text from staging.stg_service_ping__pings where quarantine_reason is not null"
    ):
        assert text == (PAYLOADS / Path(file).name).read_text(encoding="utf-8")


def test_instances_are_as_their_payloads_say(built: Built) -> None:
    """Ruby's time with a zone in words, a development release, a licence that nobody knows (R1.3, R3, R7.3)."""
    rows = built.query(
        "select instance_uuid, hostname, release, is_prerelease, delivery_type, unmapped_reason,"
        " strftime(last_ping_at, '%Y-%m-%d %H:%M:%S.%g') from dim_instances order by last_ping_at"
    )
    assert rows == [
        (
            "0000000-0000-0000-0000-000000000000",
            "example.com",
            "12.10",
            True,
            "Self-Managed",
            "license_unknown",
            "2020-04-17 07:43:54.162",
        ),
        (
            "b4002b0e-666a-43ba-9422-6cc2cab3baff",
            "127.0.0.1",
            "13.9",
            True,
            "Self-Managed",
            "license_unknown",
            "2021-02-09 13:25:42.000",
        ),
        ("abc-123", "gitlab.example.com", "16.8", False, "Self-Managed", "no_license", "2026-01-15 10:00:00.000"),
    ]


def test_complete_payload_metric_by_metric(built: Built) -> None:
    """SQL text and objects are no numbers, -1000 is a failure, what 13.9 did not have yet is not shown (R4.2, R5.1)."""
    payload = json.loads((PAYLOADS / f"{COMPLETE}.json").read_text(encoding="utf-8"))
    found = readings(built, payload["uuid"], "2021-02-01")
    tracked = {row["key_path"] for row in read_seed("tracked_metrics")}
    since_ever = {
        row["key_path"]
        for row in read_seed("metric_definitions")
        if row["key_path"] in tracked and row["introduced_release"] == "<13.9" and not row["removed_release"]
    }
    assert set(found) == tracked
    assert len(since_ever) > 80
    for key_path in since_ever:
        value = value_at(payload, key_path)
        if value is None:
            expected = None, "not_reported"
        elif not isinstance(value, int):
            expected = None, "not_numeric"
        else:
            expected = (value, None) if value >= 0 else (None, "collection_failed")
        assert found[key_path] == expected, key_path
    assert {reason for _, reason in found.values()} == {
        None,
        "not_instrumented_in_release",
        "not_numeric",
        "collection_failed",
        "not_reported",
    }


def test_complete_payload_by_hand(built: Built) -> None:
    """A few of its metrics, looked up in the file by eye."""
    found = readings(built, "b4002b0e-666a-43ba-9422-6cc2cab3baff", "2021-02-01")
    assert found["license_user_count"] == (30, None)
    assert found["historical_max_users"] == (66, None)
    assert found["active_user_count"] == (None, "not_numeric")
    assert found["counts.ci_builds"] == (None, "not_numeric")
    assert found["usage_activity_by_stage_monthly.create.action_monthly_active_users_project_repo"] == (
        None,
        "not_numeric",
    )
    assert found["usage_activity_by_stage_monthly.manage.issues_imported.jira"] == (None, "collection_failed")
    assert found["license_billable_users"] == (None, "not_instrumented_in_release")
    assert found["redis_hll_counters.manage.unique_active_users_monthly"] == (None, "not_instrumented_in_release")


def test_release_before_the_dictionary_begins(built: Built) -> None:
    """12.10 has what was introduced before 13.9, and none of what came later (R5.1, R5.2)."""
    found = readings(built, "0000000-0000-0000-0000-000000000000", "2020-04-01")
    assert found["active_user_count"] == (999, None)
    assert found["license_user_count"] == (999, None)
    assert found["license_billable_users"] == (None, "not_instrumented_in_release")
    assert found["counts_monthly.ci_builds"] == (None, "not_instrumented_in_release")


def test_queries_of_a_new_release(built: Built) -> None:
    """What is instrumented but sent as SQL is no number; what is left out is not reported (R4.2)."""
    found = readings(built, "abc-123", "2026-01-01")
    assert found["active_user_count"] == (None, "not_numeric")
    assert found["license_billable_users"] == (None, "not_reported")
    assert found["license_user_count"] == (0, None)
