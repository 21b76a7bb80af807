"""A page of headings, lines and tables that reads the same in a terminal and as an HTML file of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

TEMPLATE = "page.html.j2"

# How a cell or line that is one of these words looks: its style in a terminal, its class in HTML.
COLORS = {
    "Red": ("bold red", "red"),
    "Yellow": ("bold yellow", "yellow"),
    "Green": ("bold green", "green"),
    "N/A": ("dim", "none"),
}


@dataclass(frozen=True)
class Heading:
    """A title: level 1 is the page's. A colour (Red, Yellow, Green, N/A) stands beside it."""

    text: str
    level: int = 2
    color: str | None = None
    shape: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Line:
    """A line of text: a sentence, a 'formula' or a 'note'."""

    text: str
    kind: str = ""
    shape: ClassVar[str] = "line"


@dataclass(frozen=True)
class Grid:
    """A table: the columns named in `figures` stand right; every row has a text a column."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: frozenset[str] = field(default_factory=frozenset)
    shape: ClassVar[str] = "grid"


Block = Heading | Line | Grid


def print_page(blocks: Sequence[Block], console: Console) -> None:
    """Print a page. Texts are taken as they are: nothing in them is markup."""
    for block in blocks:
        if isinstance(block, Heading):
            text = Text(block.text, style="bold underline" if block.level == 2 else "bold")
            if block.color:
                text = Text.assemble(text, "  ", colored(block.color))
            console.print(
                Padding(text, (0 if block.level == 1 else 1, 0, 0, 2 if block.level > 3 else 0), expand=False)
            )
        elif isinstance(block, Line):
            style = {"formula": "cyan", "note": "dim"}.get(block.kind, "")
            console.print(Padding(Text(block.text, style=style), (0, 0, 0, 2), expand=False))
        else:
            console.print(Padding(rich_table(block), (0, 0, 0, 2), expand=False))


def rich_table(grid: Grid) -> Table:
    """Return a table of rich with the rows of a grid."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold dim")
    for column in grid.columns:
        is_figure = column in grid.figures
        table.add_column(column, justify="right" if is_figure else "left", no_wrap=is_figure, overflow="fold")
    for row in grid.rows:
        table.add_row(*(colored(cell) for cell in row))
    return table


def colored(text: str) -> Text:
    """Return a text, in its style when it is a colour's name."""
    return Text(text, style=COLORS[text][0] if text in COLORS else "")


def html_page(blocks: Sequence[Block], title: str) -> str:
    """Return a page as an HTML document that needs no other file; every text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    badges = {name: css_class for name, (_, css_class) in COLORS.items()}
    return environment.get_template(TEMPLATE).render(blocks=blocks, title=title, badges=badges)
