"""The page that explains a score: what is printed adds up, and whatever is missing says why (R11.7, R12.6)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from building import Built
from conftest import PROJECT_ROOT
from scripts.cli import main
from scripts.explain.page import Block, Grid, Heading, Line, html_page
from scripts.explain.sections import page_of
from scripts.explain.story import Story, read_story
from scripts.tables import number

LATEST = "from fct_account_health_current"
ROUNDING = 2e-6

Explain = Callable[..., list[Block]]


@pytest.fixture(scope="module")
def explain(demo: Built) -> Explain:
    """Return a function that gives the page of the first account for which a condition holds."""

    def page(condition: str) -> list[Block]:
        return page_of(story_where(demo, condition))

    return page


@pytest.fixture(scope="module")
def stories(demo: Built) -> list[Story]:
    """Return what explains each account in its latest month."""
    accounts = [account for (account,) in demo.query(f"select account_id {LATEST} order by 1")]
    return [read_story(demo.database, account, None) for account in accounts]


def story_where(demo: Built, condition: str) -> Story:
    """Read what explains the first account for which a condition holds."""
    return read_story(demo.database, demo.query(f"select account_id {LATEST} where {condition} order by 1")[0][0], None)


def text_of(page: list[Block]) -> str:
    """Return all texts of a page, a line a block or row."""
    lines = []
    for block in page:
        lines += [" | ".join(row) for row in block.rows] if isinstance(block, Grid) else [block.text]
    return "\n".join(lines)


def section(page: list[Block], title: str) -> list[Block]:
    """Return the blocks of a section, without its heading."""
    starts = [number for number, block in enumerate(page) if isinstance(block, Heading) and block.level == 2]
    start = next(number for number in starts if page[number].text == title)
    return page[start + 1 : min((number for number in starts if number > start), default=len(page))]


def sums_of(page: list[Block]) -> list[list[str]]:
    """Return the sides of every printed equation, as arithmetic without marks and words."""
    equations = []
    for block in page:
        if isinstance(block, Line) and block.kind == "formula" and "metrics are above" not in block.text:
            plain = re.sub(r" \[#\d+\]| \(nominal [^)]*\)", "", block.text)
            sides = plain.replace(" x ", " * ").replace(" %", " / 100").split(" = ")
            equations.append([side for side in sides if not re.search("[a-z]", side)])
    return equations


def test_every_printed_equation_holds(stories: list[Story]) -> None:
    """R12.6 Of all accounts, what stands left of an equals sign is what stands right of it."""
    equations = [sides for story in stories for sides in sums_of(page_of(story))]
    assert len(equations) > 20 * len(stories)
    with duckdb.connect() as connection:
        for sides in equations:
            values = connection.execute(f"select {', '.join(f'cast({side} as double)' for side in sides)}").fetchall()[
                0
            ]
            assert values == pytest.approx([values[0]] * len(values), rel=ROUNDING, abs=ROUNDING), sides


def test_contributions_are_the_score(stories: list[Story]) -> None:
    """R12.2 The contributions of a page's measures add up to the score before an override."""
    for story in stories:
        contributions = [
            block for block in page_of(story) if isinstance(block, Line) and "contribution = " in block.text
        ]
        added = sum(float(block.text.rpartition(" = ")[2]) for block in contributions)
        assert len(contributions) == len(story.scored)
        assert added == pytest.approx(story.health["health_score_before_override"] or 0, abs=ROUNDING)


def test_every_missing_measure_says_why_and_what_would_bring_it(stories: list[Story]) -> None:
    """R11.7 No row of the section is left without a reason in words and a way out."""
    for story in stories:
        rows = [
            row for block in section(page_of(story), "Not available") if isinstance(block, Grid) for row in block.rows
        ]
        labels = [label for row in rows for label in row[0].split(", ")]
        assert len(labels) == len(story.measures) - len(story.scored)
        assert all(": " in why and cure.endswith((".", ")")) for _, _, why, cure in rows), rows


@pytest.mark.parametrize("color", ["Red", "Yellow", "Green"])
def test_colored_account(explain: Explain, color: str) -> None:
    """The page opens with the colour, and tells the bands of a score."""
    page = explain(f"health_color = '{color}' and not is_overridden")
    assert page[0] == Heading(page[0].text, 1, color)
    assert "Red ≤ 50, Yellow > 50 to ≤ 75, Green > 75" in text_of(page)


def test_overridden_account(explain: Explain) -> None:
    """R12.5 The score before the override stays on the page."""
    text = text_of(explain("is_overridden"))
    assert re.search(r"Override \(R12\.5\): CSM sentiment Red sets the score to 25 .* Before: \d", text)


def test_insufficient_data(explain: Explain) -> None:
    """R12.4 A score without a colour says so."""
    page = explain("health_color = 'Insufficient data'")
    assert page[0] == Heading(page[0].text, 1, "Insufficient data")
    assert "less than the run's minimum" in text_of(page)


def test_no_data(explain: Explain) -> None:
    """R12.4 Without a scored measure there is no score."""
    assert "there is no score (R12.4)" in text_of(explain("health_color = 'No data'"))


def test_numbers_lead_to_the_line_of_the_ping(demo: Built) -> None:
    """R12.6 File and line of an instance hold the ping of its uuid; a namespace names its export."""
    story = story_where(demo, "score_coverage = 1")
    ping = next(component for component in story.components if component["file"])
    text = text_of(page_of(story))
    assert f"{ping['file']}:{ping['line']}" in text
    [(uuid,)] = demo.query("select instance_uuid from dim_instances where instance_id = ?", ping["instance_id"])
    lines = (PROJECT_ROOT / "landing" / ping["file"]).read_text(encoding="utf-8").splitlines()
    assert uuid in lines[ping["line"] - 1]


def test_release_that_is_needed(demo: Built) -> None:
    """R5.1 A metric that the instance's release lacks comes with the release that has it."""
    [(account,), *_] = demo.query(
        "select account_id from fct_account_health_components_monthly as components"
        f" inner join (select account_id, month {LATEST}) as latest using (account_id, month)"
        " where missing_reason = 'not_instrumented_in_release' and metric = 'billable_users' order by 1"
    )
    assert "introduced in 14.0, the instance runs 13" in text_of(page_of(read_story(demo.database, account, None)))


def test_action_and_suggested_label(demo: Built) -> None:
    """R6.6, R10.3 What keeps a subscription out of view comes with the action that ends it."""
    [(account, instruction), *_] = demo.query(
        "select account_id, instruction from fct_availability_actions where suggested_instances is not null order by 1"
    )
    text = text_of(page_of(read_story(demo.database, account, None)))
    assert instruction in text
    assert "is probably Production" in text


def test_renewals_say_how_their_figures_came_about(demo: Built, stories: list[Story]) -> None:
    """R18.2, R18.3 Every renewal has its peak, its price, its forecast and its signal, or the reason in words."""
    told = {
        one["subscription_name"]: section(page_of(story), "Renewals") for story in stories for one in story.renewals
    }
    accounts = "select account_id from fct_account_health_current"
    renewals = f"select subscription_name from fct_renewals_current where account_id in ({accounts})"
    assert told.keys() == {name for (name,) in demo.query(renewals)}
    for name, page in told.items():
        text = text_of(page)
        text = text[text.index(f"\n{name}\n") :]
        assert [rule for rule in ("R18.2", "R18.3", "R18.4", "R18.5") if rule not in text] == []
        assert "N/A (R18.4): ." not in text


def test_renewal_of_a_currency_and_with_a_forecast(demo: Built) -> None:
    """R18.3, R18.4 What is unused is worth its price times the rate; users to come are counted a day."""
    [(account, unused, price, reporting), *_] = demo.query(
        "select account_id, unused_value, seat_price, unused_value_reporting from fct_renewals_current"
        " where unused_value > 0 and currency <> reporting_currency and unused_value_reporting is not null"
        " and forecast_missing_reason is null order by 1"
    )
    formulas = [
        block.text
        for block in section(page_of(read_story(demo.database, account, None)), "Renewals")
        if isinstance(block, Line) and block.kind == "formula"
    ]
    assert any(line.endswith(f" x {number(price)} = {number(unused)}") for line in formulas)
    assert any(line.endswith(f" = {number(reporting)}") for line in formulas)
    assert sum(" + " in line for line in formulas) >= 3


def test_a_rate_is_written_as_it_was_given(demo: Built) -> None:
    """R17.1, R17.2 An amount in another currency is shown by its rate, not by what a float makes of that."""
    account = demo.query("select min(account_id) from fct_renewals_current where exchange_rate = 1.08")[0][0]
    formulas = [
        block.text
        for block in section(page_of(read_story(demo.database, account, None)), "Annual recurring revenue")
        if isinstance(block, Line) and block.kind == "formula"
    ]
    assert any(" x 1.08 = " in line for line in formulas)


def test_id_of_15_characters_and_part_of_a_name(demo: Built) -> None:
    """R8.8 Both ids of a record, its name in any case and a part of it mean the same account."""
    account, name = demo.query(f"select account_id, account_name {LATEST} order by length(account_name) desc")[0]
    wanted = (account, account[:15], name.upper(), name[1:-1])
    assert {read_story(demo.database, one, None).account["account_id"] for one in wanted} == {account}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["no such account"], "no account has the id or name 'no such account'"),
        (["in"], "' is in the names of"),
        (["0014M00Mv41eQI2QEM", "--month", "June"], "--month is 'June': give a month as YYYY-MM"),
        (["0014M00Mv41eQI2QEM", "--month", "1999-01"], "has no score in 1999-01"),
    ],
)
def test_wrong_arguments(demo: Built, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str) -> None:
    """One line each, on standard error, and exit code 1."""
    command = [*arguments, "--database", str(demo.database)]
    assert main(["explain", *command]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert err.count("\n") == 1


def test_near_names_are_told(demo: Built, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip in a name gets the names that are near it."""
    account, name = demo.query(f"select account_id, account_name {LATEST} order by length(account_name) desc")[0]
    assert main(["explain", f"{name}x", "--database", str(demo.database)]) == 1
    assert f"{name} ({account})" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"no database", b""])
def test_no_published_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None) -> None:
    """A file that is absent or something else is told in one line."""
    file = tmp_path / "seatwise.duckdb"
    if content is not None:
        file.write_bytes(content)
    assert main(["explain", "x", "--database", str(file)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_html_is_escaped_and_needs_no_other_file(
    demo: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name is text, whatever it looks like, in both shapes of the page."""
    database, file = tmp_path / "seatwise.duckdb", tmp_path / "page.html"
    shutil.copy(demo.database, database)
    [(account,), *_] = demo.query(f"select account_id {LATEST} where health_color = 'Red'")
    name = "<script>alert('1 & 2')</script> [bold]Ltd[/]"
    with duckdb.connect(database) as connection:
        connection.execute("update dim_accounts set account_name = ? where account_id = ?", [name, account])
    assert main(["explain", account, "--database", str(database), "--html", str(file)]) == 0
    html = file.read_text(encoding="utf-8")
    assert "<script" not in html
    assert html.count("&lt;script&gt;alert(&#39;1 &amp; 2&#39;)&lt;/script&gt; [bold]Ltd[/]") == 2
    assert not re.search(r"<(link|img|iframe)|https?:|@import|url\(", html)
    assert name in capsys.readouterr().out


def test_html_has_a_badge_for_each_color() -> None:
    """Colours are marked, other words are not."""
    html = html_page([Heading("A", 1, "Red"), Grid(["b"], [["N/A"], ["Redwood"]])], "A")
    assert '<h1>A <span class="badge red">Red</span></h1>' in html
    assert '<span class="badge none">N/A</span>' in html
    assert "<td>Redwood</td>" in html
