"""What changed seeds do to accounts, told before they are merged (R11, R12)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from rich.console import Console

from building import Built, settings_in
from conftest import DEMO_AS_OF, PROJECT_ROOT
from scripts.cli import main
from scripts.scorecard_diff import (
    build_after,
    changed_seeds,
    compare,
    measure_change,
    print_changes,
    seeds_of_revision,
)
from scripts.settings import SeatwiseError

pytestmark = pytest.mark.slow

SEEDS = PROJECT_ROOT / "seeds"
YELLOW_SCM = "2026.1,scm,-Infinity,Infinity,0.1,false,0.33,true,Yellow,62.5\n"
GREEN_SCM = "2026.1,scm,-Infinity,Infinity,0.33,false,Infinity,false,Green,87.5\n"

Rebuild = Callable[[Path], Path]


@pytest.fixture(autouse=True)
def _own_environment() -> Iterator[None]:
    """Undo what a run sets: dbt reads the environment of this process."""
    with patch.dict(os.environ):
        yield


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """Return a copy of the seeds that may be changed."""
    return shutil.copytree(SEEDS, tmp_path / "seeds")


@pytest.fixture(scope="module")
def rebuild(demo: Built, tmp_path_factory: pytest.TempPathFactory) -> Rebuild:
    """Return a function that builds the demo with other seeds; all share a folder, so that dbt parses once."""
    folder = tmp_path_factory.mktemp("diff")
    settings = replace(settings_in(folder), landing=PROJECT_ROOT / "landing", as_of=DEMO_AS_OF)

    def build(seeds: Path) -> Path:
        shutil.rmtree(folder / "after", ignore_errors=True)
        return build_after(settings, folder, seeds, demo.database, changed_seeds(SEEDS, seeds))

    return build


def rewrite(file: Path, *changes: tuple[str, str]) -> None:
    """Replace texts in a file, each of which must be in it."""
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def test_moved_band_changes_colors(
    demo: Built, rebuild: Rebuild, seeds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """R11.3 Who falls is told with the measure that made it fall; months before only when asked for."""
    moved = (YELLOW_SCM, YELLOW_SCM.replace("0.33", "0.6")), (GREEN_SCM, GREEN_SCM.replace("0.33", "0.6"))
    rewrite(seeds / "scorecard_bands.csv", *moved)
    after = rebuild(seeds)
    changes, counts = compare(demo.database, after, all_months=False)
    expected = demo.query(
        "select account_id from fct_account_health_measures_monthly"
        " where month = date '2026-06-01' and measure = 'scm' and value > 0.33 and value <= 0.6 order by 1"
    )
    fallen = [change for change in changes if change["part"] == "scm"]
    assert [(change["account_id"],) for change in fallen] == expected
    assert {(one["from_color"], one["to_color"], one["through"]) for one in fallen} == {
        ("Green", "Yellow", "scm Green → Yellow")
    }
    assert all(change["through"].startswith("scm Green → Yellow") for change in changes)

    print_changes(changes, counts, Console(width=160))
    out = capsys.readouterr().out
    health = sum(change["part"] == "health" for change in changes)
    assert f"{health} of {counts['accounts']} accounts change the colour of their health, {len(expected)} that" in out

    everything, all_counts = compare(demo.database, after, all_months=True)
    assert len(everything) > len(changes)
    assert all_counts["months"] > 1


def test_nothing_changes_nothing(demo: Built) -> None:
    """Equal databases have no changes."""
    changes, counts = compare(demo.database, demo.database, all_months=True)
    assert changes == []
    assert counts["accounts"] > 0


def test_bad_seed_is_told_by_its_line(rebuild: Rebuild, seeds: Path) -> None:
    """A value that a test of the seeds forbids stops the comparison."""
    rewrite(seeds / "scorecard_bands.csv", (YELLOW_SCM, YELLOW_SCM.replace("Yellow", "Purple")))
    with pytest.raises(SeatwiseError, match=r"(?m)^scorecard_bands.csv, line 14: color 'Purple' breaks the test"):
        rebuild(seeds)


def test_seed_that_cannot_be_read(rebuild: Rebuild, seeds: Path) -> None:
    """A text where a number belongs is told with its line."""
    rewrite(seeds / "scorecard_bands.csv", (YELLOW_SCM, YELLOW_SCM.replace("0.1,", "a tenth,")))
    with pytest.raises(SeatwiseError, match=r"scorecard_bands.csv.*Line: 14.*a tenth"):
        rebuild(seeds)


def test_changed_seeds(seeds: Path) -> None:
    """Only files that differ count; a change of the columns' types concerns all."""
    assert changed_seeds(SEEDS, seeds) == []
    rewrite(seeds / "scorecard_bands.csv", ("87.5", "90"))
    assert changed_seeds(SEEDS, seeds) == ["scorecard_bands"]
    (seeds / "_seeds.yml").write_text("version: 2\n", encoding="utf-8")
    assert changed_seeds(SEEDS, seeds) == sorted(file.stem for file in SEEDS.glob("*.csv"))
    (seeds / "scorecard_colors.csv").unlink()
    with pytest.raises(SeatwiseError, match=r"lacks scorecard_colors.csv: "):
        changed_seeds(SEEDS, seeds)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 1, "nothing to compare: give --seeds DIR, --git REV, or both"),
        (["--seeds", "nowhere"], 1, "holds no seeds"),
        (["--git", "no-such-revision"], 1, "--git no-such-revision: "),
        (["--seeds", str(SEEDS)], 0, "The seeds are the same"),
    ],
)
def test_arguments(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, told: str) -> None:
    """What needs no build is answered at once, in one line."""
    assert main(["scorecard-diff", *arguments]) == code
    out, err = capsys.readouterr()
    assert told in out + err
    assert (out + err).count("\n") == 1


def test_seeds_of_a_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeds of a revision are those that git has, not those of the folder."""
    project = tmp_path / "project"
    (project / "seeds").mkdir(parents=True)
    (project / "seeds" / "a.csv").write_text("b\n1\n", encoding="utf-8")
    who = ["-c", "user.name=test", "-c", "user.email=test@test.example"]
    for command in (["init", "--quiet"], ["add", "seeds"], [*who, "commit", "--quiet", "--message", "seeds"]):
        subprocess.run(["git", *command], cwd=project, check=True)
    (project / "seeds" / "a.csv").write_text("b\n2\n", encoding="utf-8")
    monkeypatch.setattr("scripts.scorecard_diff.PROJECT_ROOT", project)
    assert (seeds_of_revision("HEAD", tmp_path / "out") / "a.csv").read_text(encoding="utf-8") == "b\n1\n"


def test_change_of_a_measure_in_words() -> None:
    """Colour goes before points, points before weight."""
    row = {
        "measure": "scm",
        "is_new": False,
        "is_gone": False,
        "from_color": "Green",
        "to_color": "Green",
        "from_points": 87.5,
        "to_points": 87.5,
        "from_weight": 0.075,
        "to_weight": 0.1,
    }
    assert measure_change(row) == "scm weight 0.075 → 0.1"
    assert measure_change(row | {"to_points": 90}) == "scm 87.5 → 90 points"
    assert measure_change(row | {"to_points": None, "to_color": None}) == "scm Green → N/A"
    assert measure_change(row | {"is_new": True}) == "scm is new, Green"
