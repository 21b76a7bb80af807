"""A page of headings, lines and tables that reads the same in a terminal and as an HTML file of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

# How a cell or line that is one of these words looks: its style in a terminal, its class in HTML.
COLORS = {
    "Red": ("bold red", "red"),
    "Yellow": ("bold yellow", "yellow"),
    "Green": ("bold green", "green"),
    "N/A": ("dim", "none"),
}

HTML_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --ink: #1d2433; --paper: #fff; --soft: #667085; --rule: #e4e7ec; --shade: #f7f8fa; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #e6e9ef; --paper: #14171d; --soft: #98a2b3; --rule: #2b313c; --shade: #1b1f27; }}
}}
body {{ font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 72rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }}
h1 {{ font-size: 1.8rem; margin: 0 0 .25rem; }}
h2 {{ font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 2px solid var(--rule); }}
h3 {{ font-size: 1.05rem; margin: 1.5rem 0 .25rem; }}
h4 {{ font-size: 1rem; margin: 1.25rem 0 .25rem; }}
h5 {{ font-size: .95rem; margin: 1rem 0 .25rem; }}
p {{ margin: .15rem 0; }}
p.formula {{ font-family: ui-monospace, monospace; font-size: .87rem; overflow-wrap: anywhere; }}
p.note {{ color: var(--soft); }}
div.table {{ overflow-x: auto; margin: .5rem 0 1rem; }}
table {{ border-collapse: collapse; font-size: .87rem; min-width: 50%; }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--rule);
  overflow-wrap: anywhere; }}
th {{ color: var(--soft); font-weight: 600; white-space: nowrap; }}
td.figure, th.figure {{ text-align: right; font-variant-numeric: tabular-nums; }}
tr:hover td {{ background: var(--shade); }}
.badge {{ display: inline-block; padding: 0 .5em; border-radius: .6em; font-weight: 600; color: #fff; }}
.red {{ background: #b42318; }} .yellow {{ background: #a15c07; }} .green {{ background: #067647; }}
.none {{ background: #667085; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


@dataclass(frozen=True)
class Heading:
    """A title: level 1 is the page's. A colour (Red, Yellow, Green, N/A) stands beside it."""

    text: str
    level: int = 2
    color: str | None = None


@dataclass(frozen=True)
class Line:
    """A line of text: a sentence, a 'formula' or a 'note'."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Grid:
    """A table: the columns named in `figures` stand right; every row has a text a column."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: frozenset[str] = field(default_factory=frozenset)


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
    return HTML_PAGE.format(title=escape(title), body="\n".join(html_block(block) for block in blocks))


def html_block(block: Block) -> str:
    """Return one block as HTML."""
    if isinstance(block, Heading):
        badge = f" {html_cell(block.color)}" if block.color else ""
        return f"<h{block.level}>{escape(block.text)}{badge}</h{block.level}>"
    if isinstance(block, Line):
        return f'<p class="{escape(block.kind)}">{escape(block.text)}</p>'
    classes = [' class="figure"' if column in block.figures else "" for column in block.columns]
    head = "".join(f"<th{kind}>{escape(column)}</th>" for kind, column in zip(classes, block.columns, strict=True))
    rows = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{html_cell(cell)}</td>" for kind, cell in zip(classes, row, strict=True))
        + "</tr>\n"
        for row in block.rows
    )
    return f'<div class="table"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>'


def html_cell(text: str) -> str:
    """Return a text as HTML, as a badge when it is a colour's name."""
    return f'<span class="badge {COLORS[text][1]}">{escape(text)}</span>' if text in COLORS else escape(text)
