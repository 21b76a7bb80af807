"""The models against the rulebook written a second time, in plain Python (tests/python/reference).

The inputs are random but repeatable, and made to hit the edges of every rule on purpose.
"""

from __future__ import annotations

import gzip
import json
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from dbt.cli.main import dbtRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from building import Built, build, environment_of, manifest, settings_in
from conftest import PROJECT_ROOT
from scripts.dbt_runner import close_database
from tests.python.reference.compare import compare, show
from tests.python.reference.landing import WHOLE_SUFFIXES, Line, read_ping_files
from tests.python.reference.nasty import options_of, told_in, write
from tests.python.reference.pings import Ping, Reading, classify, decode, judge, valid_texts
from tests.python.reference.values import parse_json

SEEDS = (1, 2)
ACCOUNTS, MONTHS = 14, 5

# What names the file and line that a ping came in is another in another split.
FILE_COLUMNS = "file", "file_name", "line", "line_number"
ACCEPTANCE = (
    "select received_date, sum(landed), sum(accepted), sum(duplicates), sum(quarantined) from fct_ping_loads"
    " group by all order by all",
    "select received_date, reason, raw_text from fct_quarantined_pings order by all",
    "select * from fct_data_quality_findings where subject_type <> 'file' order by all",
)
MARTS_BY_FILE = "fct_ping_loads", "fct_quarantined_pings", "fct_data_quality_findings"
# It says when the build began (R23.1).
PUBLICATION = "dim_publication"

Nasty = Callable[[int], tuple[Path, date, Built]]
Reader = Callable[[list[str]], list[Reading]]


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Nasty:
    """Return a function that gives a random landing, its as-of date and its build, made when first asked for."""
    made: dict[int, tuple[Path, date, Built]] = {}

    def make(seed: int) -> tuple[Path, date, Built]:
        if seed not in made:
            folder = tmp_path_factory.mktemp(f"nasty{seed}")
            as_of = write(folder / "landing", seed, ACCOUNTS, MONTHS)
            made[seed] = folder / "landing", as_of, build(folder / "landing", as_of, folder, **told_in(seed))
        return made[seed]

    return make


@pytest.mark.parametrize("seed", [SEEDS[0], *(pytest.param(seed, marks=pytest.mark.deep) for seed in SEEDS[1:])])
def test_marts_are_those_of_the_rulebook(nasty: Nasty, seed: int) -> None:
    """Every cell of every mart that the reference knows is the same (R1 to R20)."""
    landing, as_of, built = nasty(seed)
    differences = compare(landing, as_of, built.database, options=options_of(seed))
    print(*(show(difference) for difference in differences if difference.is_missing), sep="\n")
    assert sum(difference.rows for difference in differences) > 1000
    assert not [show(difference) for difference in differences if not difference.is_clean]


@pytest.mark.slow
def test_order_and_split_of_arrival_do_not_matter(nasty: Nasty, tmp_path: Path) -> None:
    """Lines in another order, in other files and in two loads give the marts of one full load (R1.4).

    The received dates stay; so does the order of deliveries of one ping, of which the last one counts (R1.3).
    """
    landing, as_of, at_once = nasty(SEEDS[0])
    split, late = tmp_path / "landing", tmp_path / "late"
    shutil.copytree(landing, split, ignore=shutil.ignore_patterns("service_ping", "saas"))
    shutil.copytree(landing / "saas", late / "saas")
    for number, (path, content) in enumerate(split_anew(landing, as_of, random.Random(7))):
        file = (split if number % 2 else late) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    build(split, as_of, tmp_path, **told_in(SEEDS[0]))
    shutil.copytree(late, split, dirs_exist_ok=True)
    in_parts = build(split, as_of, tmp_path, **told_in(SEEDS[0]))

    assert in_parts.marts() == at_once.marts()
    queries = [
        f"select columns(name -> name not in {FILE_COLUMNS}) from {name} order by all"
        for name in at_once.marts()
        if name not in (*MARTS_BY_FILE, PUBLICATION)
    ]
    assert [query for query in (*ACCEPTANCE, *queries) if in_parts.query(query) != at_once.query(query)] == []


def split_anew(landing: Path, as_of: date, rng: random.Random) -> Iterator[tuple[Path, bytes]]:
    """Give the landed lines in other files: path below the landing root and content."""
    by_day: dict[date, list[Line]] = {}
    for file in read_ping_files(landing, as_of):
        by_day.setdefault(file.received, []).extend(file.lines)
    for received, lines in by_day.items():
        folder = Path("service_ping") / f"received_date={received}"
        lines = shuffled(lines, rng)
        place = 0
        while place < len(lines):
            name = f"part-{place:04}"
            if lines[place].file.endswith(WHOLE_SUFFIXES):
                yield folder / f"{name}.json", lines[place].raw
                place += 1
                continue
            end = place + 1
            while end < len(lines) and not lines[end].file.endswith(WHOLE_SUFFIXES) and rng.random() < 0.8:
                end += 1
            content = b"\n".join(line.raw for line in lines[place:end])
            is_archive = rng.random() < 0.5
            yield (
                folder / f"{name}.ndjson{'.gz' * is_archive}",
                gzip.compress(content, mtime=0) if is_archive else content,
            )
            place = end


def shuffled(lines: list[Line], rng: random.Random) -> list[Line]:
    """Shuffle lines, keeping the deliveries of one ping in their order."""
    texts = {line: decode(line) for line in lines}
    verdicts = valid_texts([text for text in texts.values() if text is not None])
    places: dict[tuple[object, ...], list[int]] = {}
    groups: dict[tuple[object, ...], list[Line]] = {}
    order = list(range(len(lines)))
    rng.shuffle(order)
    for place, line in zip(order, lines, strict=True):
        text = texts[line]
        outcome = judge(line, text, text is not None and verdicts[text])
        key = (outcome.uuid, outcome.hostname, outcome.recorded_at) if isinstance(outcome, Ping) else (line,)
        places.setdefault(key, []).append(place)
        groups.setdefault(key, []).append(line)
    result = {
        place: line for key, group in groups.items() for place, line in zip(sorted(places[key]), group, strict=True)
    }
    return [result[place] for place in range(len(lines))]


@pytest.fixture(scope="module")
def read_values(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Return a function that reads metric values, given as JSON texts, as the project's macros do."""
    wanted = replace(settings_in(tmp_path_factory.mktemp("macros")), landing=Path("nowhere"), is_demo=False)
    inline = (
        "select {{ usable_json_value('json_text') }}, {{ unusable_json_reason('json_text') }}"
        " from (select cast(json_extract('{\"m\": ' || text || '}', '$.m') as varchar) as json_text, place"
        " from (select unnest($texts) as text, generate_subscripts($texts, 1) as place)) order by place"
    )
    with environment_of(wanted), chdir(PROJECT_ROOT):
        runner = dbtRunner(manifest=manifest().deepcopy())
        result = runner.invoke(["--log-level", "none", "compile", "--inline", inline])
    close_database()
    assert result.success, result.exception
    query = result.result.results[0].node.compiled_code

    def read(texts: list[str]) -> list[Reading]:
        with duckdb.connect() as connection:
            return connection.execute(query, {"texts": texts}).fetchall()

    return read


# A number with a decimal point or an exponent is what a double holds, so these stay within its precision.
whole = st.integers(-(2**70), 2**70).map(str)
edges = st.sampled_from([0, 2**31, 2**53, 2**63, 2**64]).flatmap(lambda edge: st.integers(edge - 2, edge + 2)).map(str)
decimals = st.decimals(-(10**6), 10**6, places=3).map(str)
scientific = st.builds(
    "{}{}{}".format, st.integers(-999, 999), st.sampled_from(["e", "E", "e+", "e-"]), st.integers(0, 9)
)
digits = st.text("0123456789", max_size=22)
near_digits = st.text("0123456789 _.-+xXeE,\t١", max_size=6)
json_texts = st.one_of(
    whole,
    edges,
    decimals,
    scientific,
    st.one_of(digits, near_digits, st.text(max_size=4)).map(json.dumps),
    st.sampled_from(["true", "false", "{}", "[]", "[1]", '{"-1": -1}', "NaN", "-Infinity", '"SELECT 1"', "-0", "-0.0"]),
)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(json_texts, min_size=1, max_size=60))
def test_metric_values_are_read_as_the_rulebook_says(read_values: Reader, texts: list[str]) -> None:
    """A whole number from 0 to 2^63-1, or a string of its digits, is a value; all else says why not (R4.1, R4.2)."""
    expected = [classify(parse_json(text)) for text in texts]
    assert dict(zip(texts, read_values(texts), strict=True)) == dict(zip(texts, expected, strict=True))
