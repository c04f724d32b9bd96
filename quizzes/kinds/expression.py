"""Arithmetic from text, without `eval`: what a numeric key is computed from.

Numbers, named values, + - * / // % **, parentheses, comparisons, `a if c else b`, and the functions below. Everything
else is refused by name. Exponents and sizes are bounded, so a hostile expression cannot keep a process busy.
"""

import ast
import keyword
import math
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

MAX_LENGTH = 500
MAX_EXPONENT = 512
MAX_MAGNITUDE = 1e30

FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs, "ceil": math.ceil, "exp": math.exp, "floor": math.floor, "log": math.log, "log2": math.log2,
    "max": max, "min": min, "round": round, "sqrt": math.sqrt,
}  # fmt: skip
BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
}  # fmt: skip


class ExpressionError(ValueError):
    """The expression cannot be computed; the text says why."""


def evaluate(expression: str, given: Mapping[str, float]) -> float:
    """The value of an expression over the named values in `given`. Raises `ExpressionError`."""
    if len(expression) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters")
    try:
        value = float(_value(_parsed(expression), given))
    except ExpressionError:
        raise
    except (SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"“{expression}” cannot be computed: {error}") from error
    if not math.isfinite(value):
        raise ExpressionError(f"“{expression}” is not a finite number")
    return value


def check_name(name: str) -> None:
    """Raises ValueError in words when a name cannot be used in an expression."""
    if not (name.isascii() and name.isidentifier()) or keyword.iskeyword(name):
        raise ValueError(f"“{name}” cannot be a name: letters, digits and underscores, such as rate_rps")
    if name in FUNCTIONS:
        raise ValueError(f"“{name}” is a function of expressions: take another name")


@lru_cache(maxsize=2048)
def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression.strip(), mode="eval").body


def _value(node: ast.expr, given: Mapping[str, float]) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() as number):
            return number
        case ast.Name(id=name):
            return _named(name, given)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in UNARY:
            return UNARY[type(op)](_value(operand, given))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
            return _binary(op, _value(left, given), _value(right, given))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARE:
            return COMPARE[type(op)](_value(left, given), _value(right, given))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _value(body if _value(test, given) else orelse, given)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return FUNCTIONS[name](*[_value(argument, given) for argument in args])
    raise ExpressionError(f"“{ast.unparse(node)}” is not allowed in an expression")


def _named(name: str, given: Mapping[str, float]) -> float:
    if name not in given:
        raise ExpressionError(f"“{name}” has no value; given: {', '.join(sorted(given)) or 'nothing'}")
    return given[name]


def _binary(op: ast.operator, left: Any, right: Any) -> Any:
    if isinstance(op, ast.Pow) and abs(right) > MAX_EXPONENT:
        raise ExpressionError(f"exponents end at {MAX_EXPONENT}")
    value = BINARY[type(op)](float(left) if isinstance(op, ast.Pow) else left, right)
    if isinstance(value, complex) or abs(value) > MAX_MAGNITUDE:
        raise ExpressionError(f"values end at {MAX_MAGNITUDE:g}")
    return value
