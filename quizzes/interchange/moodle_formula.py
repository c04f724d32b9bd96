"""Formulas between our expressions and Moodle's calculated questions: `rate * 2` is `{rate} * 2` there.

What both write alike keeps its spelling, so that a formula comes back as it went. Powers, whole division and conditions are
written differently (`pow(a,b)`, `floor(a/b)`, `(c ? a : b)`) and come back as the former.
"""

import ast
import re
from collections.abc import Iterable

from quizzes.interchange.records import NotHeld, Unreadable
from quizzes.kinds.expression import FUNCTIONS, MAX_LENGTH

NAME = re.compile(r"(?<![\w.])([A-Za-z_]\w*)", re.ASCII)
_BRACED = re.compile(r"\{\s*([A-Za-z_]\w*)\s*\}", re.ASCII)
_OURS_IN_TEXT = re.compile(r"\{=\s*([^{}]{1,200})\}")
_MOODLES_IN_TEXT = re.compile(r"\{=((?:[^{}]|\{[^{}]*\}){1,300})\}")
PLACEHOLDER = re.compile(rf"{_MOODLES_IN_TEXT.pattern}|{_BRACED.pattern}", re.ASCII)
"""In a text of Moodle: a computed value or a drawn one."""
_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%"}
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "=="}
_ALIKE = FUNCTIONS.keys() - {"log2"}


def to_moodle(formula: str) -> str:
    """Raises `NotHeld` for what Moodle cannot compute."""
    try:
        tree = ast.parse(formula, mode="eval").body
    except SyntaxError as error:
        raise NotHeld(f"“{formula}” is no formula") from error
    return _written(tree) if _differs(tree) else NAME.sub(_braced, formula)


def _braced(found: re.Match[str]) -> str:
    return found[1] if found[1] in FUNCTIONS else f"{{{found[1]}}}"


def _differs(tree: ast.expr) -> bool:
    """Whether it holds what Moodle writes otherwise. Numbers like 1e3 would have their letter taken for a name."""
    return any(
        isinstance(node, ast.IfExp)
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.FloorDiv))
        or (isinstance(node, ast.Name) and node.id == "log2")
        for node in ast.walk(tree)
    )


def _written(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=value):
            return repr(value)
        case ast.Name(id=name):
            return f"{{{name}}}"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"(-{_written(operand)})"
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _written(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"pow({_written(left)},{_written(right)})"
        case ast.BinOp(left=left, op=ast.FloorDiv(), right=right):
            return f"floor({_written(left)}/{_written(right)})"
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return f"({_written(left)} {_BINARY[type(op)]} {_written(right)})"
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            return f"({_written(left)} {_COMPARE[type(op)]} {_written(right)})"
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return f"({_written(test)} ? {_written(body)} : {_written(orelse)})"
        case ast.Call(func=ast.Name(id="log2"), args=[argument]):
            return f"(log({_written(argument)})/log(2))"
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _ALIKE:
            return f"{name}({', '.join(_written(argument) for argument in arguments)})"
    raise NotHeld(f"Moodle cannot compute “{ast.unparse(node)}”")


def from_moodle(formula: str, names: Iterable[str]) -> str:
    """Raises `Unreadable` for functions and signs that our expressions do not have."""
    if len(formula) > MAX_LENGTH:
        raise Unreadable(f"A formula has at most {MAX_LENGTH} characters.")
    plain = _BRACED.sub(r"\1", formula).strip().lstrip("=").strip()
    plain = re.sub(r"\bpi\s*\(\s*\)", "3.141592653589793", plain)
    plain = re.sub(r"\bln\s*\(", "log(", plain)
    plain = _condition(plain)
    try:
        changed = _Ours().visit(ast.parse(plain, mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"The formula “{formula}” cannot be read.") from error
    unknown = {node.id for node in ast.walk(changed) if isinstance(node, ast.Name)} - {*names, *FUNCTIONS}
    if unknown:
        raise Unreadable(f"The formula “{formula}” uses {', '.join(sorted(unknown))}, which has no value here.")
    return ast.unparse(changed) if _Ours.differs(plain) else plain


def _condition(text: str) -> str:
    """“c ? a : b” as “(a) if (c) else (b)”, at every depth of brackets."""
    pieces, depth, start = [""], 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == "(" and depth == 1:
            start = place + 1
        elif sign == ")" and depth == 0:
            pieces[-1] += f"({_condition(text[start:place])})"
        elif depth == 0 and sign in "?:,":
            pieces += [sign, ""]
        elif depth == 0:
            pieces[-1] += sign
    if depth:
        raise Unreadable(f"The brackets of “{text}” do not match.")
    parts = [_chosen(group) for group in _groups(pieces)]
    return ",".join(parts)


def _groups(pieces: list[str]) -> list[list[str]]:
    """What commas part."""
    groups: list[list[str]] = [[]]
    for piece in pieces:
        if piece == ",":
            groups.append([])
        else:
            groups[-1].append(piece)
    return groups


def _chosen(pieces: list[str]) -> str:
    if "?" not in pieces:
        return "".join(pieces)
    question = pieces.index("?")
    open_ones = 0
    for place in range(question + 1, len(pieces)):
        open_ones += (pieces[place] == "?") - (pieces[place] == ":")
        if open_ones < 0:
            yes, no = _chosen(pieces[question + 1 : place]), _chosen(pieces[place + 1 :])
            return f"({yes}) if ({''.join(pieces[:question])}) else ({no})"
    raise Unreadable(f"“{''.join(pieces)}” has a “?” without its “:”.")


class _Ours(ast.NodeTransformer):
    """Calls that are signs here: pow(a, b) is a ** b, log10(x) is log(x) / log(10)."""

    @staticmethod
    def differs(text: str) -> bool:
        return re.search(r"\b(?:pow|log10)\s*\(| if ", text) is not None

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="pow"), args=[base, exponent]):
                return ast.BinOp(base, ast.Pow(), exponent)
            case ast.Call(func=ast.Name(id="log10"), args=[value]):
                ten = ast.Call(ast.Name("log", ast.Load()), [ast.Constant(10)], [])
                return ast.BinOp(ast.Call(ast.Name("log", ast.Load()), [value], []), ast.Div(), ten)
        return node


def text_to_moodle(text: str) -> str:
    """A stem: `{= rate * 2}` is `{={rate} * 2}` there; `{rate}` is the same."""
    return _OURS_IN_TEXT.sub(lambda found: f"{{={to_moodle(found[1].strip())}}}", text)


def text_from_moodle(text: str, names: Iterable[str]) -> str:
    return _MOODLES_IN_TEXT.sub(lambda found: f"{{= {from_moodle(found[1], names)}}}", text)
