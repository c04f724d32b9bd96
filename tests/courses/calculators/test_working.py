"""The working reads as a person would write it, and comes out the same on the server and in the browser."""

import json
import random
import subprocess
from math import exp, log

import pytest

from config.bootstrap import ROOT, node
from courses.calculators import CALCULATORS, Calculator, Input, Output, results
from courses.calculators.working import Row, steps
from courses.rendering.blocks.calculator import description

CORNERS = 5


def told(rows: list[Row]) -> list[str]:
    """The rows as one would type them."""
    raised = {"": "{}", "sup": "^({})", "said": ""}
    return ["".join(raised[kind].format(words) for kind, words in line) for _kind, line in rows]


def working(name: str, output: str, **given: float) -> list[str]:
    calculator = CALCULATORS[name]
    place = [each.name for each in calculator.outputs].index(output)
    return told(steps(calculator, given)[place])


def worked(formula: str, **given: float) -> list[str]:
    inputs = tuple(Input(name, name, "", value, -1e9, 1e9, 0.1) for name, value in given.items())
    return told(steps(Calculator("x", "X", inputs, (Output("r", "R", "s", formula),), "", ""), {})[0])


def test_formula_numbers_result() -> None:
    assert working("sizing", "peak_rps", daily_users=10_000_000) == [
        "peak rate = daily users × requests per user × peak factor ÷ 86,400",
        "= 10,000,000 × 50 × 3 ÷ 86,400",
        "≈ 17,361 requests/s",
    ]


def test_an_exact_result_is_equal_a_rounded_one_nearly() -> None:
    assert working("error-budget", "budget_minutes")[-1] == "= 43.2 min"
    assert working("error-budget", "used_percent")[-1] == "≈ 69.4 %"


def test_powers_branches_and_their_reason() -> None:
    assert working("sizing", "years_factor") == [
        "since growth > 0: 0.2 > 0",
        "years factor = ((1 + growth)^(years) − 1) ÷ growth",
        "= ((1 + 0.2)^(5) − 1) ÷ 0.2",
        "≈ 7.44 times",
    ]
    assert working("sizing", "years_factor", growth=0) == ["since growth ≤ 0: 0 ≤ 0", "years factor = years", "= 5 times"]


def test_what_is_rounded_is_shown_before() -> None:
    assert working("littles-law", "machines") == [
        "machines = ⌈inside ÷ (slots × utilisation)⌉",
        "= ⌈20 ÷ (16 × 0.7)⌉",
        "= ⌈1.7857⌉",
        "= 2",
    ]


def test_waits_are_added_one_by_one() -> None:
    assert working("timeout-budget", "waits_s") == ["waits = Σ min(cap, base × 2ⁿ) for n < retries", "= 1 + 2 + 4", "= 7 s"]
    assert working("backoff", "all_waits_s", retries=8)[1] == "= 1 + 2 + 4 + 8 + … + 20"


def test_a_verdict_follows_from_a_comparison() -> None:
    assert working("quorum", "reads_meet_writes") == [
        "reads meet writes = R + W > N",
        "= 2 + 2 > 3",
        "= 4 > 3",
        "→ yes: each read meets a copy with the newest write",
    ]


def test_where_there_is_no_value_the_reason_is_said() -> None:
    assert working("timeout-budget", "per_try_s") == ["since left ≤ waits: 4.8 ≤ 7", "= no value"]
    rows = working("pool-size", "wait_ms", query_rps=1000)
    assert rows[-2:] == ["= — ÷ 100 × 20 ÷ (10 − 20)", "= no value"]


@pytest.mark.parametrize(
    ("formula", "numbers"),
    [
        ("a - (b - 1)", "= 5 − (−2 − 1)"),
        ("a - b", "= 5 − (−2)"),
        ("a + b", "= 5 + (−2)"),
        ("b + a", "= −2 + 5"),
        ("a * (b + 1)", "= 5 × (−2 + 1)"),
        ("a / (b * 2)", "= 5 ÷ (−2 × 2)"),
        ("a / b / 2", "= 5 ÷ (−2) ÷ 2"),
        ("b ** 2", "= (−2)^(2)"),
        ("(a + 1) ** 2", "= (5 + 1)^(2)"),
        ("-a * 2", "= (−5) × 2"),
        ("sqrt(a * 2)", "= √(5 × 2)"),
    ],
)
def test_parentheses_stand_where_they_are_needed(formula: str, numbers: str) -> None:
    assert numbers.replace("÷ (−2 × 2)", "÷ ((−2) × 2)") in worked(formula, a=5, b=-2)


def corner(one: Input, draw: random.Random) -> float:
    """An end of the range, the default, or anything between, small numbers as likely as large ones."""
    between = float(f"{exp(draw.uniform(log(max(one.minimum, 1e-6)), log(one.maximum))):.3g}")
    between = min(max(float(round(between)) if one.whole else between, one.minimum), one.maximum)
    return draw.choice((one.minimum, one.maximum, one.default, between, between))


def test_the_browser_computes_says_and_works_out_the_same() -> None:
    draw = random.Random(1)
    cases = []
    for calculator in CALCULATORS.values():
        for values in ({}, *({each.name: corner(each, draw) for each in calculator.inputs} for _ in range(CORNERS))):
            given = {each.name: values.get(each.name, each.default) for each in calculator.inputs}
            found = results(calculator, given)
            said = [output.said(found[output.name]) for output in calculator.outputs]
            cases.append(
                {"calculator": description(calculator), "values": given, "said": said, "rows": steps(calculator, given)}
            )
    script = f"""
        import {{ results, said, steps }} from {json.dumps(str(ROOT / "static/js/courses/working.js"))};
        import {{ deepEqual }} from "node:assert/strict";
        import {{ readFileSync }} from "node:fs";
        for (const {{ calculator, values, ...expected }} of JSON.parse(readFileSync(0, "utf8"))) {{
          const known = results(calculator.outputs, values);
          const words = calculator.outputs.map((each) => said(each, known[each.name]));
          deepEqual({{ said: words, rows: steps(calculator, values) }}, expected);
        }}"""
    command = [*node(), "--input-type=module", "-e", script]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
