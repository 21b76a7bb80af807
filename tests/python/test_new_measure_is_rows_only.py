"""R11.1 A measure is data: rows of seeds bring it into the score, and no model is touched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from building import Built, settings_in
from conftest import DEMO_AS_OF, PROJECT_ROOT
from scripts.scorecard_diff import build_after, changed_seeds

pytestmark = pytest.mark.slow

SEEDS = PROJECT_ROOT / "seeds"
METRIC = "usage_activity_by_stage_monthly.plan.issues"

# The weight of the new use case is taken from source code management, so that the group's still add up to 1.
WEIGHT_OF_SCM = "2026.1,product,scm,0.5,0.15,", "2026.1,product,scm,0.5,0.1,"
NEW_ROWS: Mapping[str, tuple[str, ...]] = {
    "scorecard_weights": ("2026.1,product,plan,0.5,0.05,false,false",),
    "scorecard_measures": (
        "2026.1,plan,product,plan,usage,true,true,,,percent,Planning,"
        "{numerator} of {denominator} billable users worked on issues in 28 days",
    ),
    "scorecard_components": (
        f"2026.1,plan,numerator,sum,1,{METRIC}",
        "2026.1,plan,denominator,sum,1,billable_users",
    ),
    "scorecard_bands": (
        "2026.1,plan,-Infinity,Infinity,-Infinity,false,0.1,true,Red,25",
        "2026.1,plan,-Infinity,Infinity,0.1,false,0.3,true,Yellow,62.5",
        "2026.1,plan,-Infinity,Infinity,0.3,false,Infinity,false,Green,87.5",
    ),
}


@pytest.fixture(scope="module")
def database(demo: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the demo in a copy of the project whose seeds have a measure more; their tests pass."""
    folder = tmp_path_factory.mktemp("new_measure")
    seeds = shutil.copytree(SEEDS, folder / "seeds")
    for name, rows in NEW_ROWS.items():
        file = seeds / f"{name}.csv"
        text = file.read_text(encoding="utf-8").replace(*WEIGHT_OF_SCM)
        file.write_text(text + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    settings = replace(settings_in(folder), landing=PROJECT_ROOT / "landing", as_of=DEMO_AS_OF)
    with patch.dict(os.environ):
        return build_after(settings, folder, seeds, demo.database, changed_seeds(SEEDS, seeds))


def test_measure_is_in_the_mart(demo: Built, database: Path) -> None:
    """Values, weights and colours of the new measure stand in the mart, and the score is made with it."""
    after = Built(demo.run, database)
    rows = after.query(
        "select account_id, value, numerator, denominator, color, weight, measure_group, use_case"
        " from fct_account_health_measures_monthly"
        " where month = date '2026-06-01' and measure = 'plan' and value is not null"
    )
    assert rows
    for account, value, numerator, denominator, color, weight, group, use_case in rows:
        assert value == pytest.approx(numerator / denominator), account
        assert color == ("Red" if value <= 0.1 else "Yellow" if value <= 0.3 else "Green")
        assert (weight, group, use_case) == (pytest.approx(0.025), "product", "plan")
    assert after.query(
        "select count(*) from fct_account_health_monthly as health"
        " inner join ("
        "     select account_id, month, sum(contribution) as added, sum(weight) as weights"
        "     from fct_account_health_measures_monthly group by all"
        " ) as measures using (account_id, month)"
        " where abs(added - health_score_before_override) > 1e-6 or abs(weights - 1) > 1e-9"
    ) == [(0,)]
    assert demo.query("select count(*) from fct_account_health_measures_monthly where measure = 'plan'") == [(0,)]


def test_numerator_is_what_the_instances_gave(demo: Built, database: Path) -> None:
    """The components of the new measure are those that the marts have for the tracked metric."""
    assert Built(demo.run, database).query(
        "select count(*), count(*) filter (where components.value is distinct from metrics.value)"
        " from intermediate.int_measure_components as components"
        " inner join intermediate.int_instance_metric_values as metrics"
        "     on components.instance_id = metrics.instance_id"
        "     and components.metrics_usage_month = metrics.usage_month"
        "     and components.metric = metrics.key_path"
        f" where components.measure = 'plan' and components.metric = '{METRIC}'"
    )[0][1:] == (0,)
