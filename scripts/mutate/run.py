"""Judges every mutant, or a sample of them, and says how many the tests have noticed."""

from __future__ import annotations

import csv
import difflib
import json
import multiprocessing
import pickle
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from scripts.mutate.judge import INVALID, KILLED, SURVIVED, TIMED_OUT, Judge, Verdict
from scripts.mutate.places import Mutant
from scripts.mutate.plan import FOLDER, Plan, make_plan
from scripts.settings import PROJECT_ROOT, SeatwiseError

EQUIVALENT = PROJECT_ROOT / "tests" / "mutants" / "equivalent.csv"
PAGE = PROJECT_ROOT / "docs" / "testing.md"
RESULTS = FOLDER / "results.jsonl"
SURVIVORS = FOLDER / "survivors.diff"
BEGIN, END = "<!-- mutants: begin -->", "<!-- mutants: end -->"
CHUNK = 10

judge: Judge


@dataclass(frozen=True)
class Score:
    """How many mutants there were, and what became of them; those that are no SQL are not counted."""

    made: int
    killed: int
    timed_out: int
    survived: int
    equivalent: int

    @property
    def share(self) -> float:
        """The share of those noticed among those that make a difference; 1 where there are none."""
        counted = self.made - self.equivalent
        return (self.killed + self.timed_out) / counted if counted else 1.0


def main(sample: float | None, targets: Sequence[str], jobs: int, is_page_written: bool) -> int:
    """Judge mutants and return 1 where fewer were noticed than the floor in pyproject.toml says."""
    console = Console()
    started = time.monotonic()
    plan = make_plan(console.print)
    unknown = set(targets) - {mutant.target for mutant in plan.mutants}
    if unknown:
        raise SeatwiseError(f"no model or seed with mutants is called {', '.join(sorted(unknown))}")
    mutants = [
        mutant
        for mutant in plan.mutants
        if (not targets or mutant.target in targets) and (sample is None or is_sampled(mutant, sample))
    ]
    console.print(f"{len(mutants):,} mutants; what judging them needs took {time.monotonic() - started:.0f} s")
    verdicts = judge_all(plan, mutants, jobs, console)
    equivalent = read_equivalent()
    scores = scores_of(mutants, verdicts, equivalent)
    write_survivors(mutants, verdicts, equivalent)
    total = add_up(scores.values())
    problems = claims_refuted(plan, verdicts, equivalent)
    for target, score in sorted(scores.items(), key=lambda item: (item[1].share, item[0])):
        if score.survived:
            console.print(f"  {target:<45} {score.share:7.1%}  {score.survived} of {score.made} survived")
    console.print(
        f"{total.made:,} mutants: {total.killed:,} killed, {total.timed_out} timed out, {total.survived} survived, "
        f"{total.equivalent} equivalent: {total.share:.1%} noticed, in {time.monotonic() - started:.0f} s"
    )
    if total.survived:
        console.print(f"survivors: {SURVIVORS.relative_to(PROJECT_ROOT)}")
    if is_page_written:
        if sample is not None or targets:
            raise SeatwiseError("the page speaks for all mutants: leave out --sample and --model")
        write_page(scores, total)
    floor = float(
        tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutate"]["floor"]
    )
    if not targets and total.share < floor:
        problems.append(f"{total.share:.1%} of the mutants were noticed, the floor is {floor:.1%}: see the survivors")
    if problems:
        raise SeatwiseError("\n".join(problems))
    return 0


def is_sampled(mutant: Mutant, share: float) -> bool:
    """Say whether a mutant is in a sample: its own id decides, whatever others come or go."""
    return int(mutant.id[:8], 16) < share * 0x100000000


# ---- judging ----


def judge_all(plan: Plan, mutants: Sequence[Mutant], jobs: int, console: Console) -> dict[str, Verdict]:
    """Return the verdict of each mutant by its id; those of earlier runs hold while their tests are the same."""
    keys = {target: plan.unit_key(target) for target in {mutant.target for mutant in mutants}}
    verdicts = dict(earlier(mutants, keys, plan.golden_key))
    left = [mutant for mutant in mutants if mutant.id not in verdicts]
    chunks = list(chunked(left))
    plan_file = FOLDER / "plan.pickle"
    plan_file.write_bytes(pickle.dumps(plan))
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    # A fork would share what DuckDB and dbt have open.
    context = multiprocessing.get_context("spawn")
    with (
        RESULTS.open("a", encoding="utf-8") as results,
        Progress(*columns, console=console, disable=not console.is_terminal) as progress,
        context.Pool(max(1, min(jobs, len(chunks))), start, [plan_file, FOLDER]) as pool,
    ):
        task = progress.add_task("mutants", total=len(mutants), completed=len(verdicts))
        for judged in pool.imap_unordered(judge_chunk, chunks):
            for mutant, verdict in judged:
                verdicts[mutant.id] = verdict
                told = {"id": mutant.id, "verdict": verdict.verdict, "by": verdict.by, "units": keys[mutant.target]}
                results.write(json.dumps(told | {"golden": plan.golden_key}) + "\n")
            results.flush()
            progress.advance(task, len(judged))
    return verdicts


def start(plan_file: Path, folder: Path) -> None:
    """Begin a process that judges."""
    global judge
    plan: Plan = pickle.loads(plan_file.read_bytes())  # noqa: S301 (of this run)
    judge = Judge(plan, folder / multiprocessing.current_process().name)


def judge_chunk(mutants: Sequence[Mutant]) -> list[tuple[Mutant, Verdict]]:
    """Judge mutants of one model."""
    return [(mutant, judge.judge(mutant)) for mutant in mutants]


def chunked(mutants: Sequence[Mutant]) -> Iterator[list[Mutant]]:
    """Yield mutants in lists of one target each, long enough to make its tests' tables seldom."""
    chunk: list[Mutant] = []
    for mutant in mutants:
        if chunk and (mutant.target != chunk[0].target or len(chunk) == CHUNK):
            yield chunk
            chunk = []
        chunk.append(mutant)
    if chunk:
        yield chunk


def earlier(mutants: Sequence[Mutant], keys: dict[str, str], golden_key: str) -> Iterator[tuple[str, Verdict]]:
    """Yield the verdicts of earlier runs that still hold."""
    targets = {mutant.id: mutant.target for mutant in mutants}
    if not RESULTS.exists():
        return
    for line in RESULTS.read_text(encoding="utf-8").splitlines():
        # The last line is a part of one where a run was killed.
        with suppress(json.JSONDecodeError):
            told = json.loads(line)
            target = targets.get(told["id"])
            if target and still_holds(told, keys[target], golden_key):
                yield told["id"], Verdict(told["verdict"], told["by"])


def still_holds(told: dict[str, str], units_key: str, golden_key: str) -> bool:
    """Say whether what was found then would be found again: what a test saw does not hang on the others."""
    is_of_units = told["by"].startswith("unit test") or told["verdict"] == INVALID
    if told["verdict"] == KILLED and not is_of_units:
        return told["golden"] == golden_key
    return told["units"] == units_key and (is_of_units or told["golden"] == golden_key)


# ---- what it says ----


def read_equivalent() -> dict[str, str]:
    """Return the ids of mutants that change nothing, with the reason."""
    if not EQUIVALENT.exists():
        return {}
    with EQUIVALENT.open(newline="", encoding="utf-8") as text:
        return {row["id"]: row["reason"] for row in csv.DictReader(text)}


def claims_refuted(plan: Plan, verdicts: dict[str, Verdict], equivalent: dict[str, str]) -> list[str]:
    """Return a line for each mutant that is listed as equivalent and is none, or is no mutant any more."""
    ids = {mutant.id for mutant in plan.mutants}
    name = EQUIVALENT.relative_to(PROJECT_ROOT)
    return [
        f"{name}: {one} is no mutant: remove its row" if one not in ids else f"{name}: {one} is not equivalent: {by}"
        for one in equivalent
        if one not in ids or (by := seen_by(verdicts.get(one)))
    ]


def seen_by(verdict: Verdict | None) -> str:
    """Return the test that sees a mutant, blank for none."""
    return verdict.by or verdict.verdict if verdict and verdict.verdict in (KILLED, TIMED_OUT) else ""


def scores_of(mutants: Sequence[Mutant], verdicts: dict[str, Verdict], equivalent: dict[str, str]) -> dict[str, Score]:
    """Return the score of each model and seed."""
    counts: dict[str, Counter[str]] = {}
    for mutant in mutants:
        verdict = verdicts[mutant.id].verdict
        is_equivalent = verdict == SURVIVED and mutant.id in equivalent
        counts.setdefault(mutant.target, Counter())["equivalent" if is_equivalent else verdict] += 1
    return {
        target: Score(
            count.total() - count[INVALID], count[KILLED], count[TIMED_OUT], count[SURVIVED], count["equivalent"]
        )
        for target, count in counts.items()
    }


def add_up(scores: Any) -> Score:
    """Return the score of all."""
    rows = [(one.made, one.killed, one.timed_out, one.survived, one.equivalent) for one in scores]
    return Score(*map(sum, zip(*rows, strict=True))) if rows else Score(0, 0, 0, 0, 0)


def write_survivors(mutants: Sequence[Mutant], verdicts: dict[str, Verdict], equivalent: dict[str, str]) -> None:
    """Write the change of each survivor, to be read as a diff; equivalent ones are left out."""
    lines = []
    for mutant in mutants:
        if verdicts[mutant.id].verdict == SURVIVED and mutant.id not in equivalent:
            lines.append(f"{mutant.target}:{mutant.line} {mutant.kind} {mutant.id}")
            diff = difflib.ndiff(mutant.before.splitlines(), mutant.after.splitlines())
            lines += [line for line in diff if not line.startswith("?")]
            lines.append("")
    SURVIVORS.write_text("\n".join(lines), encoding="utf-8")


def write_page(scores: dict[str, Score], total: Score) -> None:
    """Put the figures into docs/testing.md."""
    rows = [
        f"| {name} | {score.made} | {score.killed} | {score.timed_out} | {score.survived} | {score.equivalent} "
        f"| {score.share:.0%} |"
        for name, score in [*sorted(scores.items()), ("**all**", total)]
    ]
    table = "\n".join(
        [
            "| model or seed | made | killed | timed out | survived | equivalent | noticed |",
            "|---|--:|--:|--:|--:|--:|--:|",
            *rows,
        ]
    )
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")
