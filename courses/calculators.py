"""Calculators that lessons embed. A formula is written once, below: the server checks it and computes with it, and sends its
tree to the browser, which computes with the very same.

A formula may use the names of inputs and of outputs above it, numbers, `+ - * / **`, comparisons, `a if condition else b`,
and the functions of `FUNCTIONS`.
"""

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Tree = list[Any] | float | str


@dataclass(frozen=True, slots=True)
class Input:
    """A number to turn; `minimum` and `maximum` are inclusive."""

    name: str
    label: str
    unit: str
    default: float
    minimum: float
    maximum: float
    step: float


@dataclass(frozen=True, slots=True)
class Output:
    """A figure computed by `formula`. Shown with `digits` significant digits; `help` says what it means."""

    name: str
    label: str
    unit: str
    formula: str
    digits: int = 3
    help: str = ""


@dataclass(frozen=True, slots=True)
class Calculator:
    name: str
    title: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    assumes: str
    source: str
    covers: tuple[str, ...] = ()


def binomial_tail(trials: float, at_least: float, chance: float) -> float:
    """The probability of `at_least` or more successes in `trials` independent ones."""
    n, k = int(trials), max(0, int(at_least))
    return math.fsum(math.comb(n, i) * chance**i * (1 - chance) ** (n - i) for i in range(k, n + 1))


FUNCTIONS: dict[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "ceil": math.ceil,
    "floor": math.floor,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "binomial_tail": binomial_tail,
}
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


BREAKER = Calculator(
    name="breaker-settings",
    title="What will this breaker do to your traffic?",
    inputs=(
        Input("rate_rps", "Calls through one breaker", "calls/s", 100, 0.01, 10000, 0.01),
        Input("normal_failure_rate", "Share that fails on a normal day", "", 0.05, 0, 0.5, 0.001),
        Input("failure_threshold", "Opens at a failure rate of", "", 0.5, 0.05, 1, 0.01),
        Input("window_s", "Sliding window", "s", 10, 1, 600, 1),
        Input("minimum_calls", "Minimum calls in the window", "calls", 20, 1, 200, 1),
        Input("instances", "Instances of the caller", "", 20, 1, 1000, 1),
        Input("half_open_permits", "Trials when half-open", "calls", 3, 1, 100, 1),
    ),
    outputs=(
        Output("calls_in_window", "Calls that the window holds", "calls", "rate_rps * window_s"),
        Output(
            "failures_needed", "Failures that open it at the minimum", "calls",
            "ceil(failure_threshold * minimum_calls - 1e-9)",
        ),
        Output(
            "notice_s", "Notices a dead dependency after", "s", "max(failures_needed, minimum_calls) / rate_rps",
            help="The minimum must be full before the rate counts; a window that never fills keeps the breaker closed.",
        ),
        Output(
            "false_alarm", "Chance that noise alone opens it, per window", "",
            "binomial_tail(minimum_calls, failures_needed, normal_failure_rate)",
        ),
        Output("false_alarms_per_day", "False alarms a day", "", "false_alarm * 86400 / window_s"),
        Output("trials", "Trials that a waking dependency meets at once, at most", "calls", "instances * half_open_permits"),
    ),
    assumes="Calls fail independently of each other; each window is judged when it holds just the minimum.",
    source="Tail of the binomial distribution",
    covers=("circuit-breaker-settings",),
)  # fmt: skip
AVAILABILITY = Calculator(
    name="availability",
    title="Parts in a row, parts side by side",
    inputs=(
        Input("availability_percent", "Availability of one part", "%", 99.9, 50, 99.9999, 0.0001),
        Input("parts", "Parts that all must work", "", 5, 1, 100, 1),
        Input("replicas", "Replicas of each part, one is enough", "", 1, 1, 5, 1),
        Input("days", "Window", "days", 30, 1, 365, 1),
    ),
    outputs=(
        Output(
            "part", "Availability of a part with its replicas", "%",
            "100 * (1 - (1 - availability_percent / 100) ** replicas)", 7,
        ),
        Output("whole", "Availability of the whole", "%", "100 * (part / 100) ** parts", 7),
        Output("downtime_minutes", "Downtime in the window", "min", "(1 - whole / 100) * days * 1440"),
    ),
    assumes="Parts fail independently. They rarely do: a shared network, deploy or region takes replicas down together.",
    source="Series and parallel reliability",
    covers=("formula-series-parallel", "formula-downtime"),
)  # fmt: skip
LITTLE = Calculator(
    name="littles-law",
    title="How many are inside?",
    inputs=(
        Input("rate_rps", "Arrivals", "requests/s", 100, 0.01, 1000000, 0.01),
        Input("time_s", "Mean time in the system", "s", 0.2, 0.0001, 3600, 0.0001),
        Input("slots", "Slots of one machine", "requests", 16, 1, 10000, 1),
        Input("utilization", "Utilization you allow", "", 0.7, 0.05, 0.99, 0.01),
    ),
    outputs=(
        Output("inside", "Mean number inside", "requests", "rate_rps * time_s"),
        Output("machines", "Machines for that", "", "ceil(inside / (slots * utilization) - 1e-9)"),
        Output("if_ten_times_slower", "Inside when each takes ten times as long", "requests", "rate_rps * time_s * 10"),
    ),
    assumes="A steady state: over a long time as many leave as arrive. Nothing is assumed about distributions.",
    source="J. D. C. Little, “A proof for the queuing formula L = λW”, 1961",
    covers=("formula-littles-law",),
)
CALCULATORS = {calculator.name: calculator for calculator in (BREAKER, AVAILABILITY, LITTLE)}
