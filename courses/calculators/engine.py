"""Calculators: what they are made of, and what they compute.

Comparisons take figures as equal that differ by less than a rounding error.

A formula may use the names of inputs and of outputs above it, numbers, `+ - * / **`, comparisons, `a if condition else b`,
`None` for "has no value", and the functions of `FUNCTIONS`.
"""

import ast
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from courses.calculators.figures import shown, significant
from courses.calculators.functions import FUNCTIONS, ROUNDING

Tree = list[Any] | float | str | None


UNITS = re.compile(r"_(s|ms|gb|tb|pb|pib|mb|mbps|percent|minutes|min|hours|days)$")
QUANTITIES = ((re.compile(r"((^|_)rate)?_(rps|qps)$"), " rate"), (re.compile(r"_(kb|bytes)$"), " size"))


def word_of(name: str) -> str:
    """What a name is called in the working: `peak_rps` is the “peak rate”, `item_kb` the “item size”."""
    for suffix, quantity in QUANTITIES:
        name = suffix.sub(quantity, name)
    return UNITS.sub("", name).replace("_", " ").replace("utilization", "utilisation").strip()


@dataclass(frozen=True, slots=True)
class Input:
    """A number to turn; `minimum` and `maximum` are inclusive. A `step` of 1 means whole numbers.

    `term` is its name in the working, where the one made of `name` does not do.
    """

    name: str
    label: str
    unit: str
    default: float
    minimum: float
    maximum: float
    step: float
    term: str = ""

    @property
    def word(self) -> str:
        return self.term or word_of(self.name)

    @property
    def whole(self) -> bool:
        return self.step == 1


@dataclass(frozen=True, slots=True)
class Output:
    """A figure computed by `formula`. Shown with `digits` significant digits; `help` says what it means.

    With `words` the value (0, 1, …) picks what is shown. A `mistake` is the figure that is commonly given, and wrong.
    """

    name: str
    label: str
    unit: str
    formula: str
    digits: int = 3
    help: str = ""
    words: tuple[str, ...] = ()
    mistake: bool = False
    term: str = ""

    @property
    def word(self) -> str:
        return self.term or word_of(self.name)

    def said(self, value: float | None) -> str:
        """The value as it is shown, without its unit."""
        return self.words[int(value)] if self.words and value is not None else shown(value, self.digits)

    def exact(self, value: float) -> bool:
        """Whether what is shown is all of the value."""
        return math.isclose(significant(value, self.digits), value, rel_tol=ROUNDING)


@dataclass(frozen=True, slots=True)
class Calculator:
    name: str
    title: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    assumes: str
    source: str
    covers: tuple[str, ...] = ()


def equal(a: float, b: float) -> bool:
    return abs(a - b) <= ROUNDING * max(abs(a), abs(b))


OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "<": lambda a, b: float(a < b and not equal(a, b)),
    "<=": lambda a, b: float(a <= b or equal(a, b)),
    ">": lambda a, b: float(a > b and not equal(a, b)),
    ">=": lambda a, b: float(a >= b or equal(a, b)),
}
SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


def tree_of(formula: str) -> Tree:
    """The formula as nested lists `[operator, operand, …]`, numbers and names. Raises `ValueError`."""
    return branch(ast.parse(formula, mode="eval").body)


def branch(node: ast.expr) -> Tree:
    match node:
        case ast.Constant(value=None):
            return None
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id=name):
            return name
        case ast.BinOp(left=left, op=op, right=right):
            return [SIGNS[type(op)], branch(left), branch(right)]
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return [SIGNS[type(op)], branch(left), branch(right)]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ["-", 0.0, branch(operand)]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return ["if", branch(test), branch(body), branch(orelse)]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return [name, *(branch(each) for each in args)]
    raise ValueError(f"{ast.unparse(node)} is no part of a formula")


def compute(tree: Tree, values: Mapping[str, float]) -> float:
    """The value of a tree. Raises `KeyError` for a name that has no value, `ArithmeticError` where it has none."""
    if isinstance(tree, str):
        return values[tree]
    if isinstance(tree, int | float):
        return tree
    if tree is None:
        raise ArithmeticError("no value")
    head, *rest = tree
    if head == "if":
        return compute(rest[1] if compute(rest[0], values) else rest[2], values)
    operands = [compute(each, values) for each in rest]
    return OPERATORS[head](*operands) if head in OPERATORS else FUNCTIONS[head](*operands)


def results(calculator: Calculator, values: Mapping[str, float]) -> dict[str, float | None]:
    """Each output; None where the formula has no value (a division by zero)."""
    known = {each.name: values.get(each.name, each.default) for each in calculator.inputs}
    found: dict[str, float | None] = {}
    for output in calculator.outputs:
        found[output.name] = value = value_of(tree_of(output.formula), known)
        if value is not None:
            known[output.name] = value
    return found


def value_of(tree: Tree, values: Mapping[str, float]) -> float | None:
    """The value of a tree; None where it has none."""
    try:
        value = compute(tree, values)
    except (ArithmeticError, KeyError, ValueError):
        return None
    return value if math.isfinite(value) else None
