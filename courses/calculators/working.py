"""The working of a calculator, as a person would write it: the formula in words, the numbers put in, the result.

A line is a list of pieces `[kind, text]`: "" is plain, "sup" stands raised, "said" is for screen readers alone. A row is a line
and what it is: since (which branch of the formula counts, and why), formula, numbers, result.
`static/js/courses/working.js` writes the very same rows while the reader types.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from courses.calculators.engine import Calculator, Output, Tree, compute, results, tree_of, value_of
from courses.calculators.figures import shown, written
from courses.calculators.functions import FUNCTIONS

Line = list[list[str]]
Row = tuple[str, Line]
SUM, PRODUCT, QUOTIENT, LEAF = 1.0, 2.0, 2.5, 4.0
LOOSE = 0.5
"""How tightly a piece holds together; where something tighter is needed, it gets parentheses."""
NEEDS: dict[str, tuple[str, float, float, float]] = {
    "+": (" + ", SUM, LOOSE, SUM),
    "-": (" − ", SUM, LOOSE, PRODUCT),
    "*": (" × ", PRODUCT, PRODUCT, PRODUCT),
    "/": (" ÷ ", PRODUCT, PRODUCT, QUOTIENT),
    "<": (" < ", LOOSE, LOOSE, LOOSE),
    "<=": (" ≤ ", LOOSE, LOOSE, LOOSE),
    ">": (" > ", LOOSE, LOOSE, LOOSE),
    ">=": (" ≥ ", LOOSE, LOOSE, LOOSE),
}
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
CALLS: dict[str, tuple[str, ...]] = {
    "ceil": ("⌈", "⌉"),
    "round_up": ("⌈", "⌉"),
    "floor": ("⌊", "⌋"),
    "round_down": ("⌊", "⌋"),
    "min": ("min(", ", ", ")"),
    "max": ("max(", ", ", ")"),
    "log": ("ln(", ")"),
    "sqrt": ("√(", ")"),
    "binomial_tail": ("P(at least ", " of ", ", each with chance ", ")"),
    "choose": ("C(", ", ", ")"),
    "erlang_b": ("Erlang B(", "; ", ")"),
    "erlang_c": ("Erlang C(", "; ", ")"),
    "harmonic": ("H(", ", ", ")"),
    "backoff_sum": ("Σ min(", ", ", " × 2ⁿ) for n < ", ""),
}
ORDER = {"binomial_tail": (1, 0, 2), "backoff_sum": (1, 0, 2)}
"""Where the notation has another order than the function."""
SAID = {"⌈": "rounded up ", "⌊": "rounded down ", "Σ min(": "the sum of "}
WRITTEN_OUT = 5
INTERMEDIATE_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Part:
    """Pieces, and how tightly they hold together."""

    line: Line
    holds: float = LEAF

    def within(self, need: float) -> Line:
        return self.line if self.holds >= need else joined(text("("), self.line, text(")"))


@dataclass(frozen=True, slots=True)
class Notation:
    """Writes trees. `leaf` writes a name: its word, or its present value."""

    leaf: Callable[[str], Part]
    values: Mapping[str, float]
    spelt: bool
    """Whether numbers stand for the names: then sums are written out."""

    def of(self, tree: Tree) -> Part:
        if isinstance(tree, str):
            return self.leaf(tree)
        if tree is None:
            return plain("no value")
        if not isinstance(tree, list):
            return number(written(tree))
        head, *rest = tree
        if head == "computed":
            return number(shown(rest[0], INTERMEDIATE_DIGITS))
        if head == "if":
            return self.of(chosen(tree, self.values))
        return self.operation(head, rest) if head in NEEDS else self.call(head, rest)

    def operation(self, head: str, rest: list[Tree]) -> Part:
        sign, holds, left, right = NEEDS[head]
        if head == "-" and rest[0] == 0.0:
            return Part(joined(text("−"), self.of(rest[1]).within(PRODUCT)), LOOSE)
        return Part(joined(self.of(rest[0]).within(left), text(sign), self.of(rest[1]).within(right)), holds)

    def call(self, head: str, rest: list[Tree]) -> Part:
        if head == "**":
            return Part(joined(self.of(rest[0]).within(LEAF), raised(self.of(rest[1]))), PRODUCT + 1)
        if head == "exp":
            return Part(joined(text("e"), raised(self.of(rest[0]))), PRODUCT + 1)
        if head == "backoff_sum" and self.spelt:
            return waits(*(compute(each, self.values) for each in rest))
        between = CALLS[head]
        order = [rest[place] for place in ORDER.get(head, range(len(rest)))]
        line: Line = [["said", SAID[between[0]]]] if between[0] in SAID else []
        for before, each in zip(between, order, strict=False):
            line = joined(line, text(before), self.of(each).line)
        return Part(joined(line, text(between[-1])), LOOSE if head == "backoff_sum" else LEAF)


def steps(calculator: Calculator, values: Mapping[str, float]) -> list[list[Row]]:
    """The rows of each output, from these inputs."""
    found = results(calculator, values)
    given = {each.name: values.get(each.name, each.default) for each in calculator.inputs}
    known = given | {name: value for name, value in found.items() if value is not None}
    words = {each.name: each.word for each in calculator.inputs} | {each.name: each.word for each in calculator.outputs}
    in_words = Notation(lambda name: plain(words[name]), known, spelt=False)
    digits = {each.name: max(INTERMEDIATE_DIGITS, each.digits) for each in calculator.outputs}
    in_numbers = Notation(lambda name: figure(known.get(name), digits.get(name)), known, spelt=True)
    return [step(output, found[output.name], in_words, in_numbers) for output in calculator.outputs]


def step(output: Output, value: float | None, in_words: Notation, in_numbers: Notation) -> list[Row]:
    taken, conditions = unfolded(tree_of(output.formula), in_numbers.values)
    rows = [("since", joined(text("since "), reason(conditions, in_words, in_numbers)))] if conditions else []
    if isinstance(taken, list) or (taken is not None and not output.words):
        formula, numbers = in_words.of(taken).line, in_numbers.of(taken).line
        computed = in_numbers.of(collapsed(taken, in_numbers.values)).line if value is not None else numbers
        rows.append(("formula", joined(text(f"{output.word} = "), formula)))
        for line, before in ((numbers, formula), (computed, numbers)):
            if line not in (before, formula, text(output.said(value))):
                rows.append(("numbers", joined(text("= "), line)))
    return [*rows, ("result", text(f"{sign_of(output, value)} {result(output, value)}"))]


def result(output: Output, value: float | None) -> str:
    return "no value" if value is None else f"{output.said(value)} {output.unit}".strip()


def sign_of(output: Output, value: float | None) -> str:
    if output.words:
        return "→"
    return "=" if value is None or output.exact(value) else "≈"


def reason(conditions: list[Tree], in_words: Notation, in_numbers: Notation) -> Line:
    """The conditions that hold, in words and with the numbers: “growth > 0: 0.2 > 0”."""
    said, meant = ([notation.of(each).line for each in conditions] for notation in (in_words, in_numbers))
    return joined(listed(said), text(": "), listed(meant))


def listed(lines: list[Line]) -> Line:
    line = lines[0]
    for each in lines[1:]:
        line = joined(line, text(" and "), each)
    return line


def unfolded(tree: Tree, values: Mapping[str, float]) -> tuple[Tree, list[Tree]]:
    """The tree with the branches that count, and the conditions that made them count."""
    if not isinstance(tree, list):
        return tree, []
    if tree[0] == "if":
        taken, more = unfolded(chosen(tree, values), values)
        held = held_condition(tree[1], values)
        return taken, more if held is None else [held, *more]
    parts = [unfolded(each, values) for each in tree[1:]]
    return [tree[0], *(part for part, _conditions in parts)], [each for _part, conditions in parts for each in conditions]


def held_condition(condition: Tree, values: Mapping[str, float]) -> Tree:
    """The condition, or its opposite, whichever is true; None where it has no value."""
    truth = value_of(condition, values)
    if truth is None or not isinstance(condition, list):
        return None
    return condition if truth else [OPPOSITE[condition[0]], *condition[1:]]


def chosen(tree: list[Tree], values: Mapping[str, float]) -> Tree:
    truth = value_of(tree[1], values)
    return None if truth is None else tree[2] if truth else tree[3]


def collapsed(tree: Tree, values: Mapping[str, float]) -> Tree:
    """The tree with what stands inside functions and on either side of a comparison computed."""
    if not isinstance(tree, list):
        return tree
    head, *rest = tree
    if head in OPPOSITE or (head in FUNCTIONS and head != "backoff_sum"):
        return [head, *(["computed", value_of(each, values)] if isinstance(each, list) else each for each in rest)]
    return [head, *(collapsed(each, values) for each in rest)]


def figure(value: float | None, digits: int | None) -> Part:
    """The value of an input, in full, or that of an output, in so many digits."""
    return number(shown(value, digits) if digits else written(value or 0.0))


def number(figures: str) -> Part:
    return Part(text(figures), LOOSE if figures.startswith("−") else PRODUCT if "×" in figures else LEAF)


def plain(words: str) -> Part:
    return Part(text(words))


def text(words: str) -> Line:
    return [["", words]]


def raised(part: Part) -> Line:
    return [["sup", "".join(words for kind, words in part.line if kind != "said")]]


def waits(base: float, cap: float, retries: float) -> Part:
    """The waits one by one, the middle of a long row left out."""
    each = [shown(min(cap, base * 2.0**n), INTERMEDIATE_DIGITS) for n in range(int(retries))]
    if len(each) > WRITTEN_OUT:
        each = [*each[: WRITTEN_OUT - 1], "…", each[-1]]
    return Part(text(" + ".join(each) or "0"), SUM if len(each) > 1 else LEAF)


def joined(*lines: Line) -> Line:
    """One line, neighbouring pieces of a kind made one."""
    line: Line = []
    for kind, words in (piece for each in lines for piece in each):
        if line and line[-1][0] == kind and kind != "sup":
            line[-1] = [kind, line[-1][1] + words]
        else:
            line.append([kind, words])
    return line
