"""Calculators: what they are made of, and what they compute.

A formula may use the names of inputs and of outputs above it, numbers, `+ - * / **`, comparisons, `a if condition else b`,
`None` for "has no value", and the functions of `FUNCTIONS`.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from courses.calculators.functions import FUNCTIONS

Tree = list[Any] | float | str | None


@dataclass(frozen=True, slots=True)
class Input:
    """A number to turn; `minimum` and `maximum` are inclusive. A `step` of 1 means whole numbers."""

    name: str
    label: str
    unit: str
    default: float
    minimum: float
    maximum: float
    step: float
    help: str = ""


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


@dataclass(frozen=True, slots=True)
class Calculator:
    name: str
    title: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    assumes: str
    source: str
    covers: tuple[str, ...] = ()


OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "<": lambda a, b: float(a < b),
    "<=": lambda a, b: float(a <= b),
    ">": lambda a, b: float(a > b),
    ">=": lambda a, b: float(a >= b),
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
        try:
            known[output.name] = found[output.name] = compute(tree_of(output.formula), known)
        except (ArithmeticError, KeyError, ValueError):
            found[output.name] = None
    return found
