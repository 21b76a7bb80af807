"""What is changed in a model or a seed, and whether a unit test notices."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest

from conftest import PROJECT_ROOT
from scripts.mutate.cells import mutants_of_seed
from scripts.mutate.judge import INVALID, KILLED, SURVIVED, UnitTest, comparable
from scripts.mutate.places import Edit, Mutant, changed, marked, mutants_of, rendered, stepped
from scripts.mutate.plan import Input, Unit, all_mutants
from scripts.mutate.run import Score, is_sampled, read_equivalent

MODEL = """-- It's a comment.
with

things as (

    select * from {{ ref('things') }}

),

ranked as (

    select
        {% for name in ['a', 'b'] -%}
        coalesce({{ name }}, 0) as {{ name }},
        {% endfor -%}
        row_number() over (partition by k order by a desc) as n
    from things
    where
        a >= 1
        and b between 2 and 3

)

select * from ranked
"""


def lines(code: str) -> set[tuple[str, str]]:
    """Return what a file's mutants are: the kind and the changed line, without its blanks."""
    return {(mutant.kind, " ".join(mutant.after.split())) for mutant in mutants_of("model", code)}


@pytest.mark.parametrize(
    ("before", "kind", "after"),
    [
        ("select a from t where a < 2", "comparison", {"where a <= 2", "where a > 2"}),
        ("select a from t where a is null", "comparison", {"where a is not null"}),
        ("select a from t where a is not distinct from 2", "comparison", {"where a is distinct from 2"}),
        ("select a from t where not a", "comparison", {"where a"}),
        (
            "select 1.5 as a, cast(b as decimal(38, 2)) as b from t",
            "constant",
            {"select 1.6 as a,", "select 1.4 as a,"},
        ),
        ("select a from t where a or b", "and / or", {"where a and b"}),
        ("select a from t where a between 2 and 3", "and / or", set()),
        ("select a from t left join u on t.a = u.a", "join", {"from t inner join u"}),
        ("select a from t where a or b", "predicate", {"where false or b", "where a or false"}),
        ("select case when a then b end from t", "predicate", {"select case when false then b end"}),
        ("select a from t where match_rank = 1", "deduplication", {"where true"}),
        ("select distinct a from t", "deduplication", {"select a"}),
        ("select a / nullif(b, 0) from t", "nullif", {"select a / (b)"}),
        ("select coalesce(a, b) from t", "coalesce", {"select (a)", "select (b)"}),
        ("select coalesce(a, b, 0) from t", "coalesce", {"(b, 0)", "(a, 0)", "(a, b)"}),
        ("select max(a) from t", "min / max", {"select min(a)"}),
        ("select a from t order by a desc, b", "sort order", {"a asc, b", "a desc, b desc"}),
        (
            "select sum(a) over (order by b rows between unbounded preceding and current row) from t",
            "window frame",
            {"range between", "current row and current row", "unbounded preceding and unbounded following"},
        ),
        ("select a from t union all select a from u", "union branch", {"select a from u", "select a from t"}),
    ],
)
def test_each_kind_of_change(before: str, kind: str, after: set[str]) -> None:
    """Every change of a kind, and no other one of it."""
    found = {mutant.after for mutant in mutants_of("model", before) if mutant.kind == kind}
    assert len(found) == len(after)
    assert all(any(part in text for text in found) for part in after), found


def test_outside_of_the_change_every_character_stays() -> None:
    """Jinja is never touched; what marks make of the rendered text is the change itself."""
    mutants = mutants_of("model", MODEL)
    assert {"comparison", "constant", "and / or", "predicate", "coalesce", "sort order"} <= {
        one.kind for one in mutants
    }
    assert len({mutant.id for mutant in mutants}) == len(mutants)
    for mutant in mutants:
        text = changed(MODEL, mutant.edits)
        assert rendered(marked(MODEL, mutants), mutant.edits) == text
        assert text == MODEL.replace(mutant.before, mutant.after, 1)
    assert rendered(marked(MODEL, mutants)) == MODEL


def test_a_change_within_a_loop_is_made_each_time() -> None:
    """As it would be had the file been changed."""
    sql = "/*@5@*/0/*@6@*/ as a, /*@5@*/0/*@6@*/ as b"
    [mutant] = [one for one in mutants_of("model", "case 0 end") if one.after == "case 1 end"]
    assert rendered(sql, mutant.edits) == "1 as a, 1 as b"


@pytest.mark.slow
def test_a_change_keeps_its_id_when_others_come() -> None:
    """So a sample keeps what is in it."""
    ids = {mutant.id for mutant in mutants_of("model", MODEL)}
    assert ids < {
        mutant.id for mutant in mutants_of("model", MODEL.replace("things as", "more as (select 1 < 2), things as"))
    }
    share = sum(is_sampled(mutant, 0.25) for mutant in all_mutants()) / len(all_mutants())
    assert share == pytest.approx(0.25, abs=0.03)


def test_numbers_change_in_their_last_digit() -> None:
    """Whole numbers by 1; what is no number has no neighbours."""
    assert [stepped(text) for text in ("2", "0", "0.75", "62.5", "Infinity", "")] == [
        ["3", "1"],
        ["1", "-1"],
        ["0.76", "0.74"],
        ["62.6", "62.4"],
        [],
        [],
    ]


def test_cells_of_seeds(tmp_path: Path) -> None:
    """Numbers and flags by the types of the seed's YAML; names and infinite bounds stay."""
    (tmp_path / "bands.csv").write_text("name,bound,is_closed\n2026.1,0.5,true\n2026.2,Infinity,false\n")
    (tmp_path / "_seeds.yml").write_text(
        "seeds: [{name: bands, config: {column_types: {name: varchar, bound: double, is_closed: boolean}}}]"
    )
    assert [mutant.cell for mutant in mutants_of_seed(tmp_path / "bands.csv")] == [
        (0, "bound", "0.6"),
        (0, "bound", "0.4"),
        (0, "is_closed", "false"),
        (1, "is_closed", "true"),
    ]


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ("where n > 2", KILLED),
        ("where n >= 2 or n is null and false", SURVIVED),
        ("where nobody > 1", INVALID),
        ("where n > error('as it runs')::int", KILLED),
    ],
)
def test_a_unit_test_judges(after: str, verdict: str) -> None:
    """It sees what its rows show; what does not bind is no mutant, what fails on the rows is seen."""
    code = "select n from __dbt__cte__numbers where n >= 2"
    mutant = Mutant("id", "model", "predicate", 1, "", "", (Edit(code.index("where"), len(code), after),))
    rows = [{"n": 2}, {"n": "3"}, {"n": 1}, {"n": None}]
    given = {"__dbt__cte__numbers": Input("numbers", rows, columns={"n": "BIGINT", "other": "VARCHAR"})}
    test = UnitTest(Unit("test", "model", marked(code, [mutant]), given, [{"n": 3}, {"n": 2}], {}))
    assert test.judge(mutant).verdict == verdict


def test_a_unit_test_judges_a_cell_of_the_seed_it_reads() -> None:
    """And the seed is as it was afterwards."""
    bands = Input("bands", [{"bound": 1}, {"bound": 2}], columns={"bound": "DOUBLE"})
    unit = Unit("test", "model", "select max(bound) as n from bands", {"bands": bands}, [{"n": 2}], {"bands": "bands"})
    test = UnitTest(unit)
    judged = [test.judge(Mutant("id", "bands", "seed", 2, "", "", cell=(row, "bound", "1.5"))) for row in (0, 1, 0)]
    assert [one.verdict for one in judged] == [SURVIVED, KILLED, SURVIVED]


def test_equal_numbers_of_any_type_are_equal() -> None:
    """Rows have no order, NULL is not 0."""
    assert comparable([(1.0, None), (0.1 + 0.2, 1)]) == comparable([(0.3, 1), (1, None)])
    assert comparable([(0,)]) != comparable([(None,)])


def test_the_share_leaves_out_what_makes_no_difference() -> None:
    """Equivalent mutants neither raise nor lower it; what runs without an end is noticed."""
    assert Score(made=10, killed=7, timed_out=1, survived=1, equivalent=1).share == pytest.approx(8 / 9)
    assert Score(made=1, killed=0, timed_out=0, survived=0, equivalent=1).share == 1


@pytest.mark.slow
def test_every_equivalent_mutant_is_one_and_has_a_reason() -> None:
    """The list is read by people: its change is written beside the id."""
    mutants = {mutant.id: mutant for mutant in all_mutants()}
    with (PROJECT_ROOT / "tests" / "mutants" / "equivalent.csv").open(newline="", encoding="utf-8") as text:
        for row in csv.DictReader(text):
            mutant = mutants[row["id"]]
            assert (row["target"], row["kind"]) == (mutant.target, mutant.kind)
            assert row["before"] == " ".join(mutant.before.split())
            assert row["after"] == " ".join(mutant.after.split())
    assert all(len(reason) > 10 for reason in read_equivalent().values())


def test_the_floor_is_a_share() -> None:
    """It is kept in the repository."""
    told = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert 0.5 <= told["tool"]["mutate"]["floor"] < 1
