"""A landing in any order and any split, with corrections and removals, ends as one full load (R1.4, R23.1)."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from building import Built
from conftest import PROJECT_ROOT, LandingWriter
from incremental import Loads, differences

# Each load is a dbt run of its own.
pytestmark = pytest.mark.deep
AS_OF = date(2025, 4, 30)
GOLDEN = PROJECT_ROOT / "tests" / "golden" / "landing"
FILES = sorted(path.relative_to(GOLDEN) for path in GOLDEN.rglob("*") if path.is_file())
EXAMPLES = 3
STREAMED = {
    "stg_service_ping__pings": "(file, line_number)",
    "stg_saas__namespace_metrics": "(_file, _row)",
    "stg_saas__namespace_seats": "(_file, _row)",
}

# What a file is like in the loads before the last, by which all of it is there.
STATES = ("absent", "in part", "whole")
HISTORIES = st.fixed_dictionaries(
    {
        file: st.lists(st.sampled_from(STATES), min_size=2, max_size=2)
        for file in FILES
        if file.parts[0] in ("service_ping", "saas", "gainsight")
    }
)


def put(root: Path, file: Path, state: str) -> None:
    """Bring a file of the landing into a state; one that is in it already is written again, as a loader may."""
    target = root / file
    content = (GOLDEN / file).read_bytes()
    if state == "absent":
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    lines = content.splitlines(keepends=True)
    target.write_bytes(b"".join(lines[: max(len(lines) // 2, 1)]) if state == "in part" else content)


def assert_holds_what_is_there(built: Built, root: Path) -> None:
    """Check that the ledger lists the files that are there, each once, and staging each of their rows once.

    A later load mends a ledger that is not as it should be, so the last one alone would hide what one before got wrong.
    """
    files = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    assert [file for (file,) in built.query("select file from landing.files order by file")] == files
    for model, key in STREAMED.items():
        rows = built.query(f"select count(*), count(distinct {key}) from staging.{model}")
        assert len(set(rows[0])) == 1, model


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return the build of the whole landing from nothing."""
    folder = tmp_path_factory.mktemp("at-once")
    shutil.copytree(GOLDEN, folder / "landing")
    return Loads(LandingWriter(folder / "landing"), folder, AS_OF).from_nothing()


@given(histories=HISTORIES)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_split_and_order_is_one_full_load(
    at_once: Built, tmp_path_factory: pytest.TempPathFactory, histories: dict[Path, list[str]]
) -> None:
    """R1.4, R23.1 files in any order, half-written ones that are completed, removed ones that return: mart by mart."""
    folder = tmp_path_factory.mktemp("loads")
    loads = Loads(LandingWriter(folder / "landing"), folder, AS_OF)
    for load in range(2):
        for file in FILES:
            put(folder / "landing", file, histories.get(file, ["whole", "whole"])[load])
        assert_holds_what_is_there(loads.run(SEATWISE_ACCEPT_VANISHED="1"), folder / "landing")
    for file in FILES:
        put(folder / "landing", file, "whole")
    assert differences(loads.run(), at_once) == []
