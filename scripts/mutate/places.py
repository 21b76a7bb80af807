"""Finds the places of a model's SQL where one small change makes another model, a mutant.

The text is taken apart by sqlglot's tokenizer, each Jinja block masked by a placeholder of its own length: a change is
a list of replaced ranges of the file, outside of which every character stays as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot.dialects.duckdb import DuckDB
from sqlglot.tokenizer_core import Token, TokenType

# A block ends at its own bracket, not at one within a text of its own.
TEXT = r"""'[^']*'|"[^"]*\""""
JINJA = re.compile(rf"\{{\{{(?:{TEXT}|.)*?\}}\}}(?!\}})|\{{%(?:{TEXT}|.)*?%\}}|\{{#.*?#\}}", re.DOTALL)
MARK = re.compile(r"/\*@\d+@\*/")

OPENING = {"(", "[", "{", "case"}
CLOSING = {")", "]", "}", "end"}

# What ends an expression, on its own level of brackets.
BOUNDING = (
    "select from where on having qualify when then else group_by order_by partition_by limit union except intersect "
    "join left right full inner cross asof semi anti with as over using window rows range filter distinct"
)
BOUNDARIES = frozenset(BOUNDING.split())
CONDITIONS = frozenset({"where", "on", "having", "qualify", "when"})
NOT_A_CONSTANT = frozenset({"decimal", "numeric", "varchar", "char"})

COMPARISONS = {
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "=": ("<>",),
    "<>": ("=",),
    "!=": ("=",),
}
OPPOSITES = {
    "min": "max",
    "max": "min",
    "least": "greatest",
    "greatest": "least",
    "min_by": "max_by",
    "max_by": "min_by",
    "arg_min": "arg_max",
    "arg_max": "arg_min",
    "first_value": "last_value",
    "last_value": "first_value",
    "lag": "lead",
    "lead": "lag",
}
JOINS = {"left": "inner", "inner": "left", "right": "inner", "full": "left", "semi": "anti", "anti": "semi"}


@dataclass(frozen=True)
class Edit:
    """A range of a text, from `start` to before `end`, and what stands there instead."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Mutant:
    """One small change. `id` is made of the change alone: that of others, and of lines elsewhere, leaves it as it is.

    `target` is a model or a seed; `line` is the number of its file's first changed line; `before` and `after` are the
    changed lines. The edits are of the model's file; a seed's row and column are in `cell`.
    """

    id: str
    target: str
    kind: str
    line: int
    before: str
    after: str
    edits: tuple[Edit, ...] = ()
    cell: tuple[int, str, str] | None = None


def mutants_of(model: str, code: str) -> list[Mutant]:
    """Return every mutant of a model's file, in its order; two changes that write the same text are one."""
    found: list[Mutant] = []
    texts, occurrences = {code}, {}
    for kind, edits in Places(code).all():
        if any("{%" in code[edit.start : edit.end] for edit in edits):
            continue
        text = changed(code, edits)
        if text in texts:
            continue
        texts.add(text)
        start = code.rfind("\n", 0, min(edit.start for edit in edits)) + 1
        end = code.find("\n", max(edit.end for edit in edits))
        end = len(code) if end < 0 else end
        before = code[start:end]
        after = text[start : len(text) - (len(code) - end)]
        told = (kind, squeezed(before), squeezed(after))
        occurrences[told] = occurrences.get(told, 0) + 1
        found.append(
            Mutant(
                identity(model, *told, str(occurrences[told])),
                model,
                kind,
                code.count("\n", 0, start) + 1,
                before,
                after,
                tuple(sorted(edits, key=lambda edit: edit.start)),
            )
        )
    return found


def squeezed(text: str) -> str:
    """Return a text with white space as single blanks."""
    return " ".join(text.split())


def identity(*parts: str) -> str:
    """Return the id of a change."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def changed(text: str, edits: Sequence[Edit]) -> str:
    """Return a text with its ranges replaced."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def marked(code: str, mutants: Sequence[Mutant]) -> str:
    """Return a model's code with a comment at each end of each range that a mutant replaces.

    Such comments outlive Jinja: what it renders can be changed as if the change had been made before.
    """
    places = sorted({place for mutant in mutants for edit in mutant.edits for place in (edit.start, edit.end)})
    for place in reversed(places):
        code = f"{code[:place]}/*@{place}@*/{code[place:]}"
    return code


def rendered(marked_sql: str, edits: Sequence[Edit] = ()) -> str:
    """Return rendered SQL without its marks, changed in each place (a loop makes several) that the edits name."""
    for edit in edits:
        opening, closing = f"/*@{edit.start}@*/", f"/*@{edit.end}@*/"
        if edit.start == edit.end:
            marked_sql = marked_sql.replace(opening, edit.text)
        else:
            pattern = re.escape(opening) + ".*?" + re.escape(closing)
            marked_sql = re.sub(pattern, lambda _, text=edit.text: text, marked_sql, flags=re.DOTALL)
    return MARK.sub("", marked_sql)


class Places:
    """The tokens of a file and how they nest."""

    def __init__(self, code: str) -> None:
        """Take a file apart."""
        self.code = code
        self.tokens: list[Token] = DuckDB().tokenize(masked(code))
        self.words = [
            token.token_type.name.lower() if " " in token.text else token.text.lower() for token in self.tokens
        ]
        for position, token in enumerate(self.tokens):
            if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
                self.words[position] = "'"
        self.levels = self.nest()

    def nest(self) -> list[list[int]]:
        """Return the tokens of each pair of brackets (`case … end` is one), without those of the pairs within.

        A pair within is its opening token; its closing one belongs to neither.
        """
        self.closing: dict[int, int] = {}
        levels: list[list[int]] = [[]]
        stack, opened = [levels[0]], []
        for position, word in enumerate(self.words):
            if word in CLOSING and opened:
                self.closing[opened.pop()] = position
                stack.pop()
                continue
            stack[-1].append(position)
            if word in OPENING:
                opened.append(position)
                level: list[int] = []
                levels.append(level)
                stack.append(level)
        return [level for level in levels if level]

    def start(self, position: int) -> int:
        """Return where a token begins."""
        return self.tokens[position].start

    def end(self, position: int) -> int:
        """Return where a token, or the pair of brackets that it opens, ends."""
        return self.tokens[self.closing.get(position, position)].end + 1

    def word(self, position: int) -> str:
        """Return a token's word, blank beyond the ends."""
        return self.words[position] if 0 <= position < len(self.words) else ""

    def swap(self, position: int, text: str) -> list[Edit]:
        """Return the edit that puts a text in the place of a token."""
        return [Edit(self.start(position), self.tokens[position].end + 1, text)]

    def all(self) -> Iterator[tuple[str, list[Edit]]]:
        """Yield each kind of change and its edits."""
        for position in range(len(self.words)):
            yield from self.at(position)
        for level in self.levels:
            yield from self.predicates(level)
            yield from self.orders(level)
            yield from self.branches(level)

    def at(self, position: int) -> Iterator[tuple[str, list[Edit]]]:
        """Yield the changes of one token."""
        word, before, after = self.words[position], self.word(position - 1), self.word(position + 1)
        kind = self.tokens[position].token_type
        for other in COMPARISONS.get(word, ()):
            yield "comparison", self.swap(position, other)
        if word == "is":
            if after == "not":
                yield "comparison", [Edit(self.end(position), self.end(position + 1), "")]
            else:
                yield "comparison", [Edit(self.end(position), self.end(position), " not")]
        elif word == "not" and before != "is":
            yield "comparison", [Edit(self.start(position), self.start(position + 1), "")]
        elif word in ("in", "like", "ilike", "exists", "between") and before != "not":
            yield "comparison", [Edit(self.start(position), self.start(position), "not ")]
        elif kind == TokenType.NUMBER and not self.is_of_type(position):
            for other in stepped(self.tokens[position].text):
                yield "constant", self.swap(position, other)
        elif word in ("and", "or") and not self.is_of_between(position):
            yield "and / or", self.swap(position, "or" if word == "and" else "and")
        elif word in JOINS and after in ("join", "outer", "asof"):
            until = position + 1 if after == "outer" else position
            yield "join", [Edit(self.start(position), self.end(until), JOINS[word])]
        elif word in OPPOSITES and after == "(":
            yield "min / max", self.swap(position, OPPOSITES[word])
        elif word == "nullif" and after == "(":
            yield "nullif", self.unwrapped(position, self.arguments(position + 1)[0])
        elif word == "coalesce" and after == "(":
            yield from self.fewer_arguments(position)
        elif word == "distinct" and after != "on" and before not in ("is", "not"):
            yield "deduplication", [Edit(self.start(position), self.start(position + 1), "")]
        elif word == "union" and after != "all":
            yield "deduplication", [Edit(self.end(position), self.end(position), " all")]
        elif word in ("rows", "range") and after == "between":
            yield "window frame", self.swap(position, "range" if word == "rows" else "rows")
        elif word in ("preceding", "following") and before == "unbounded":
            yield "window frame", [Edit(self.start(position - 1), self.end(position), "current row")]
        elif word == "current" and after == "row":
            side = "preceding" if before == "between" else "following"
            yield "window frame", [Edit(self.start(position), self.end(position + 1), f"unbounded {side}")]

    def is_of_type(self, position: int) -> bool:
        """Say whether a number belongs to the name of a type."""
        while self.word(position) not in ("(", ""):
            position -= 1
        return self.word(position - 1) in NOT_A_CONSTANT

    def is_of_between(self, position: int) -> bool:
        """Say whether an `and` belongs to a `between`."""
        level = next(level for level in self.levels if position in level)
        for earlier in reversed(level[: level.index(position)]):
            if self.words[earlier] == "between":
                return True
            if self.words[earlier] in BOUNDARIES or self.words[earlier] in ("and", "or", ","):
                return False
        return False

    def arguments(self, bracket: int) -> list[tuple[int, int]]:
        """Return the first and last token of each argument within a bracket."""
        parts, first = [], bracket + 1
        for position in range(bracket + 1, self.closing[bracket] + 1):
            is_end = position == self.closing[bracket]
            if is_end or (self.words[position] == "," and position in self.level_of(bracket)):
                parts.append((first, position - 1))
                first = position + 1
        return parts

    def level_of(self, bracket: int) -> list[int]:
        """Return the tokens directly within a bracket."""
        return next((level for level in self.levels if bracket + 1 in level), [])

    def unwrapped(self, function: int, kept: tuple[int, int]) -> list[Edit]:
        """Return the edits that leave one argument of a function, in its brackets."""
        opening, closing = function + 1, self.closing[function + 1]
        return [
            Edit(self.start(function), self.start(opening), ""),
            Edit(self.end_of_token(opening), self.start(kept[0]), ""),
            Edit(self.end_of_token(kept[1]), self.start(closing), ""),
        ]

    def end_of_token(self, position: int) -> int:
        """Return where a token itself ends."""
        return self.tokens[position].end + 1

    def fewer_arguments(self, function: int) -> Iterator[tuple[str, list[Edit]]]:
        """Yield the changes that take one argument away."""
        arguments = self.arguments(function + 1)
        if len(arguments) == 2:
            for kept in arguments:
                yield "coalesce", self.unwrapped(function, kept)
        elif len(arguments) > 2:
            for position, (first, last) in enumerate(arguments):
                if position:
                    start, end = self.end_of_token(arguments[position - 1][1]), self.end_of_token(last)
                else:
                    start, end = self.start(first), self.start(arguments[1][0])
                yield "coalesce", [Edit(start, end, "")]

    def expressions(self, level: list[int]) -> Iterator[tuple[str, list[int]]]:
        """Yield the expressions of a level of brackets and the word before each."""
        opener, part = "", []
        for position in level:
            word = self.words[position]
            is_boundary = word in BOUNDARIES or word == ","
            if word == "distinct" and part and self.words[part[-1]] in ("is", "not"):
                is_boundary = False
            if word == "from" and part and self.words[part[-1]] == "distinct":
                is_boundary = False
            if is_boundary and self.word(position + 1) == "(" and word in ("left", "right"):
                is_boundary = False
            if is_boundary:
                if part:
                    yield opener, part
                opener, part = word, []
            else:
                part.append(position)
        if part:
            yield opener, part

    def predicates(self, level: list[int]) -> Iterator[tuple[str, list[Edit]]]:
        """Yield the changes that drop a part of a condition: it is true among `and`s, false among `or`s."""
        for opener, part in self.expressions(level):
            ors = self.split(part, "or")
            if opener in CONDITIONS and len(ors) == 1 and len(self.split(part, "and")) == 1:
                yield self.kind_of(part, opener), self.dropped(part, "false" if opener == "when" else "true")
            for either in ors:
                if len(ors) > 1:
                    yield self.kind_of(either, opener), self.dropped(either, "false")
                ands = self.split(either, "and")
                if len(ands) > 1:
                    for both in ands:
                        yield self.kind_of(both, opener), self.dropped(both, "true")

    def kind_of(self, part: list[int], opener: str) -> str:
        """Say what is dropped."""
        is_ranked = opener == "qualify" or any(
            self.words[position].endswith(("_rank", "row_number")) for position in part
        )
        return "deduplication" if is_ranked else "predicate"

    def dropped(self, part: list[int], value: str) -> list[Edit]:
        """Return the edit that puts a constant in the place of a condition."""
        return [Edit(self.start(part[0]), self.end(part[-1]), value)]

    def split(self, part: list[int], word: str) -> list[list[int]]:
        """Split an expression where a word joins its parts."""
        parts: list[list[int]] = [[]]
        for position in part:
            if self.words[position] == word and not (word == "and" and self.is_of_between(position)):
                parts.append([])
            else:
                parts[-1].append(position)
        return [part for part in parts if part]

    def orders(self, level: list[int]) -> Iterator[tuple[str, list[Edit]]]:
        """Yield the changes of what rows are ordered by."""
        ordered = False
        item: list[int] = []
        for position in [*level, -1]:
            word = self.word(position) if position >= 0 else ""
            is_end = position < 0 or word in BOUNDARIES or word == ")"
            if ordered and (is_end or word == ","):
                if item:
                    yield from self.order(item)
                item = []
                ordered = not is_end
            elif ordered:
                item.append(position)
            if word == "order_by":
                ordered, item = True, []

    def order(self, item: list[int]) -> Iterator[tuple[str, list[Edit]]]:
        """Yield the changes of one item of an order."""
        words = [self.words[position] for position in item]
        if "desc" in words or "asc" in words:
            word = "desc" if "desc" in words else "asc"
            yield "sort order", self.swap(item[words.index(word)], "asc" if word == "desc" else "desc")
        elif "nulls" in words:
            before = self.end(item[words.index("nulls") - 1])
            yield "sort order", [Edit(before, before, " desc")]
        else:
            yield "sort order", [Edit(self.end(item[-1]), self.end(item[-1]), " desc")]
        if "nulls" in words:
            side = words.index("nulls") + 1
            yield "sort order", self.swap(item[side], "first" if words[side] == "last" else "last")

    def branches(self, level: list[int]) -> Iterator[tuple[str, list[Edit]]]:
        """Yield the changes that drop a branch of a `union all`."""
        unions = [
            position for position in level if self.words[position] == "union" and self.word(position + 1) == "all"
        ]
        if not unions:
            return
        first = level[0]
        if self.words[first] == "with" or first == 0:
            # Up to the query itself there are CTEs.
            first = max(position for position in level if self.words[position] == "select" and position < unions[0])
        starts = [first, *(position + 2 for position in unions)]
        for branch, start in enumerate(starts):
            if branch:
                last = starts[branch + 1] - 3 if branch + 1 < len(starts) else self.before_end(level)
                yield "union branch", [Edit(self.start(unions[branch - 1]), self.end_of_token(last), "")]
            else:
                yield "union branch", [Edit(self.start(start), self.start(starts[1]), "")]

    def before_end(self, level: list[int]) -> int:
        """Return the last token of a level, that which closes a bracket included."""
        last = level[-1]
        return self.closing.get(last, last)


def masked(code: str) -> str:
    """Return a text of the same length in which Jinja's values are words and its statements blanks."""

    def mask(block: re.Match[str]) -> str:
        text = block[0]
        return "_" + "j" * (len(text) - 1) if text.startswith("{{") else re.sub(r"[^\n]", " ", text)

    return JINJA.sub(mask, code)


def stepped(number: str) -> list[str]:
    """Return a number one more and one less in its last digit."""
    if not re.fullmatch(r"\d+(\.\d+)?", number):
        return []
    digits = len(number.partition(".")[2])
    value = int(number.replace(".", ""))
    return [written(value + step, digits) for step in (1, -1)]


def written(value: int, digits: int) -> str:
    """Write a number of so many of its last digits behind the point."""
    sign, text = ("-" if value < 0 else ""), str(abs(value)).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"
