"""Tell what changed seeds do to accounts: which colours change, from what to what, through which measures (R11, R12).

Both states are built in temporary folders, on the same landing and date: the warehouse and what is published stay as
they are. The second build makes only what the changed seeds touch.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from scripts.dbt_runner import FAILED_STATUSES, run_dbt
from scripts.explain.page import Grid, rich_table
from scripts.settings import PROJECT_ROOT, SeatwiseError, Settings, read_settings
from scripts.tables import Row, number, query, quoted_text

SEEDS = PROJECT_ROOT / "seeds"
HEALTH = "+fct_account_health_monthly +fct_account_health_measures_monthly +dim_scorecard_bands"
PAGE_WIDTH = 160
MOST_MEASURES = 3

# `part` is a use case, or health for the whole. A part that only one side has, has no colour on the other.
COLORS = """
    with
        before as (select * from parts where side = 'before'),
        after as (select * from parts where side = 'after')
    select
        coalesce(after.account_id, before.account_id) as account_id,
        coalesce(after.month, before.month) as month,
        coalesce(after.part, before.part) as part,
        before.color as from_color,
        after.color as to_color,
        before.score as from_score,
        after.score as to_score,
        before.is_overridden as from_override,
        after.is_overridden as to_override
    from before
    full join after
        on
            before.account_id = after.account_id
            and before.month = after.month
            and before.part = after.part
    where before.color is distinct from after.color
    order by all
"""

PARTS = """
    with
        health as (select * from {side}.main.fct_account_health_monthly where month >= $month),
        measures as (select * from {side}.main.fct_account_health_measures_monthly where month >= $month),
        bands as (select * from {side}.main.dim_scorecard_bands where measure = 'health'),
        use_cases as (
            select account_id, month, scorecard_version, use_case, round(avg(points), 6) as score
            from measures
            group by all
        )
    select
        '{side}' as side, account_id, month, 'health' as part, health_color as color, health_score as score,
        is_overridden
    from health
    union all
    select '{side}', account_id, month, use_case, bands.color, score, false
    from use_cases
    left join bands
        on
            use_cases.scorecard_version = bands.scorecard_version
            and (lower_bound is null or score > lower_bound or (is_lower_bound_closed and score = lower_bound))
            and (upper_bound is null or score < upper_bound or (is_upper_bound_closed and score = upper_bound))
"""

MEASURES = """
    select
        coalesce(after.account_id, before.account_id) as account_id,
        coalesce(after.month, before.month) as month,
        coalesce(after.use_case, before.use_case) as use_case,
        coalesce(after.measure, before.measure) as measure,
        before.measure is null as is_new,
        after.measure is null as is_gone,
        before.color as from_color,
        after.color as to_color,
        before.points as from_points,
        after.points as to_points,
        before.effective_weight as from_weight,
        after.effective_weight as to_weight,
        coalesce(after.contribution, 0) - coalesce(before.contribution, 0) as change
    from before.main.fct_account_health_measures_monthly as before
    full join after.main.fct_account_health_measures_monthly as after
        on
            before.account_id = after.account_id
            and before.month = after.month
            and before.measure = after.measure
    where
        coalesce(after.month, before.month) >= $month
        and (
            before.color is distinct from after.color
            or before.points is distinct from after.points
            or abs(coalesce(after.effective_weight, 0) - coalesce(before.effective_weight, 0)) > 1e-9
        )
    order by
        before.color is not distinct from after.color and before.points is not distinct from after.points,
        abs(change) desc,
        measure
"""


# ---- building ----


def seeds_of_revision(revision: str, folder: Path) -> Path:
    """Write the seeds of a git revision into a folder, and return where they are."""
    done = subprocess.run(  # noqa: S603
        ["git", "archive", "--format=tar", revision, "seeds"],  # noqa: S607
        cwd=PROJECT_ROOT,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise SeatwiseError(f"--git {revision}: {lines[0].removeprefix('fatal: ') if lines else 'git gave no seeds'}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder / "seeds"


def changed_seeds(before: Path, after: Path) -> list[str]:
    """Return the names of the seeds whose files differ; when their YAML does, all of them."""
    for folder in (before, after):
        if not any(folder.glob("*.csv")):
            raise SeatwiseError(f"{folder} holds no seeds: give a copy of the project's seeds folder")
    old, new = (
        {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix in (".csv", ".yml")}
        for folder in (before, after)
    )
    if absent := sorted(set(old) - set(new)):
        raise SeatwiseError(f"{after} lacks {', '.join(absent)}: give a copy of the whole seeds folder")
    changed = sorted(name for name in new if old.get(name) != new[name])
    if any(name.endswith(".yml") for name in changed):
        changed = sorted(new)
    return [name.removesuffix(".csv") for name in changed if name.endswith(".csv")]


def project_copy(folder: Path, seeds: Path) -> Path:
    """Return a project of its own that is this one with other seeds."""
    project = folder / "project"
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir()
    shutil.copy(PROJECT_ROOT / "dbt_project.yml", project)
    for name in ("models", "macros", "tests"):
        shutil.copytree(PROJECT_ROOT / name, project / name, ignore=shutil.ignore_patterns("python", "__pycache__"))
    shutil.copytree(seeds, project / "seeds")
    return project


def build_before(settings: Settings, folder: Path, seeds: Path) -> Path:
    """Build all that health needs with the seeds as they were, without tests, and return the database file."""
    built = replace(settings, warehouse=folder / "before", target=folder / "target")
    command = ["build", "--exclude-resource-type", "test", "unit_test", "--select", *HEALTH.split(), "+dim_accounts"]
    run = run_dbt([*command, "--project-dir", str(project_copy(folder, seeds))], built)
    if run.problems:
        raise SeatwiseError("\n".join(f"with the seeds as they were: {problem}" for problem in run.problems))
    return built.private_file


def build_after(settings: Settings, folder: Path, seeds: Path, before: Path, changed: Sequence[str]) -> Path:
    """Build on a copy of the first database what changed seeds touch, with their tests; return the database file.

    Raises SeatwiseError with a line for each test that fails and each seed that cannot be read.
    """
    built = replace(settings, warehouse=folder / "after", target=folder / "target")
    built.private_file.parent.mkdir(parents=True)
    shutil.copy(before, built.private_file)
    touched = [f"{seed}+,{part}" for seed in changed for part in HEALTH.split()]
    # Of tests only those of seeds; buildable: what they compare a changed seed with was built before.
    command = ["build", "--exclude-resource-type", "unit_test", "--indirect-selection", "buildable"]
    selection = ["--select", *changed, *touched, "--exclude", "path:models,resource_type:test"]
    run = run_dbt([*command, *selection, "--project-dir", str(project_copy(folder, seeds))], built)
    if run.problems:
        rows = failing_rows(built, seeds)
        lines = [rows.get(outcome.name, outcome.line) for outcome in run.outcomes if outcome.status in FAILED_STATUSES]
        raise SeatwiseError("\n".join(lines or run.problems))
    return built.private_file


def failing_rows(settings: Settings, seeds: Path) -> dict[str, str]:
    """Return for each failed test of the last run, by its name, the first row that breaks it, in one line."""
    results = json.loads((settings.target / "run_results.json").read_text(encoding="utf-8"))["results"]
    nodes = json.loads((settings.target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    lines: dict[str, str] = {}
    with duckdb.connect(settings.private_file, read_only=True) as connection:
        for result in results:
            node = nodes.get(result["unique_id"])
            if result["status"] == "fail" and node and node["resource_type"] == "test":
                rows = query(connection, f"select * from ({result['compiled_code']}) limit 1")
                if rows:
                    lines[node["name"]] = failing_row_line(node, rows[0], seeds)
    return lines


def failing_row_line(node: Mapping[str, Any], row: Row, seeds: Path) -> str:
    """Write a row that breaks a test: by file and line where the test is of a seed's column, else by its values."""
    file = seeds / f"{str(node.get('attached_node') or '').rpartition('.')[2]}.csv"
    column, value = node.get("column_name"), next(iter(row.values()))
    if column and file.is_file():
        with file.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            for cells in reader:
                if cells.get(column) == ("" if value is None else str(value)):
                    test = node["test_metadata"]["name"]
                    return f"{file.name}, line {reader.line_num}: {column} '{cells[column]}' breaks the test {test}"
    what = " ".join((node["description"] or node["name"]).split())
    return f"{what}: {', '.join(f'{name} {cell}' for name, cell in row.items())}"


# ---- comparing ----


def compare(before: Path, after: Path, all_months: bool) -> tuple[list[Row], Row]:
    """Return what changes colour, each with the measures through which (`through`), and the counts of the summary."""
    with duckdb.connect() as connection:
        for side, file in (("before", before), ("after", after)):
            connection.execute(f"attach {quoted_text(file)} as {side} (read_only)")
        last = connection.execute("select max(month) from after.main.fct_account_health_monthly").fetchall()[0][0]
        if last is None:
            raise SeatwiseError("no account has a score: nothing to compare")
        month = {"month": date.min if all_months else last}
        for number, side in enumerate(("before", "after")):
            how = "insert into parts" if number else "create temp table parts as"
            connection.execute(f"{how} {PARTS.format(side=side)}", month)
        changes = query(connection, COLORS)
        measures: dict[tuple[str, date], list[Row]] = defaultdict(list)
        for row in query(connection, MEASURES, month):
            measures[row["account_id"], row["month"]].append(row)
        names = dict(connection.execute("select account_id, account_name from after.main.dim_accounts").fetchall())
        counts = query(
            connection,
            "select count(distinct account_id) as accounts, count(distinct month) as months from parts",
        )[0]
    for change in changes:
        change["account"] = names.get(change["account_id"]) or change["account_id"]
        change["through"] = through(change, measures[change["account_id"], change["month"]])
    return changes, {**counts, "last": last}


def through(change: Row, measures: Iterable[Row]) -> str:
    """Return in words the measures through which a part changed its colour, those that changed colour first."""
    if change["from_override"] != change["to_override"] and change["part"] == "health":
        return "the override" if change["to_override"] else "the end of the override"
    told = [measure_change(measure) for measure in measures if change["part"] in ("health", measure["use_case"])]
    if not told:
        return "the bands of scores"
    more = len(told) - MOST_MEASURES
    return "; ".join(told[:MOST_MEASURES]) + (f"; {more} more" if more > 0 else "")


def measure_change(measure: Row) -> str:
    """Write what changed of one measure: its colour, else its points, else its weight."""
    name = measure["measure"]
    if measure["is_new"] or measure["is_gone"]:
        return f"{name} {'is new, ' + (measure['to_color'] or 'N/A') if measure['is_new'] else 'is gone'}"
    if measure["from_color"] != measure["to_color"]:
        return f"{name} {measure['from_color'] or 'N/A'} → {measure['to_color'] or 'N/A'}"
    if measure["from_points"] != measure["to_points"]:
        return f"{name} {number(measure['from_points'], 6)} → {number(measure['to_points'], 6)} points"
    return f"{name} weight {number(measure['from_weight'], 6)} → {number(measure['to_weight'], 6)}"


def print_changes(changes: Sequence[Row], counts: Row, console: Console) -> None:
    """Print a table of the changes and a line that sums them up."""
    rows = [
        [
            change["account"],
            f"{change['month']:%Y-%m}",
            change["part"],
            change["from_color"] or "N/A",
            change["to_color"] or "N/A",
            f"{number(change['from_score'], 6)} → {number(change['to_score'], 6)}",
            change["through"],
        ]
        for change in changes
    ]
    if rows:
        console.print(rich_table(Grid(["account", "month", "part", "from", "to", "score", "through"], rows)))
    health = {change["account_id"] for change in changes if change["part"] == "health"}
    others = {change["account_id"] for change in changes if change["part"] != "health"}
    period = (
        f"{counts['last']:%Y-%m}" if counts["months"] == 1 else f"{counts['months']} months to {counts['last']:%Y-%m}"
    )
    console.print(
        f"{len(health)} of {counts['accounts']} accounts change the colour of their health,"
        f" {len(others)} that of a use case ({period})",
        soft_wrap=True,
    )


def main(seeds: Path | None, revision: str | None, landing: Path | None, all_months: bool) -> int:
    """Build both states, print which accounts change their colour, and return an exit code.

    `seeds` are those after the change, `revision` has those before; one that is None stands for the project's.
    """
    if not seeds and not revision:
        raise SeatwiseError("nothing to compare: give --seeds DIR, --git REV, or both")
    settings = read_settings()
    if landing:
        settings = replace(settings, landing=landing.resolve(), is_demo=False)
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PAGE_WIDTH

    with tempfile.TemporaryDirectory(prefix="seatwise-scorecard-") as name:
        folder = Path(name)
        before = seeds_of_revision(revision, folder / "revision") if revision else SEEDS
        after = seeds.resolve() if seeds else SEEDS
        changed = changed_seeds(before, after)
        if not changed:
            console.print("The seeds are the same: no account changes its colour")
            return 0
        with console.status("building with the seeds as they were"):
            built = build_before(settings, folder, before)
        with console.status(f"building with {', '.join(changed)} changed"):
            rebuilt = build_after(settings, folder, after, built, changed)
        try:
            changes, counts = compare(built, rebuilt, all_months)
        except duckdb.Error as error:
            raise SeatwiseError(f"the two builds cannot be compared: {str(error).splitlines()[0]}") from error
    print_changes(changes, counts, console)
    return 0
