"""What every calculator keeps to."""

import math
from pathlib import Path

import pytest
import yaml

from courses.calculators import CALCULATORS, FUNCTIONS, Calculator, Tree, compute, results, tree_of
from courses.calculators.engine import OPERATORS, word_of
from courses.calculators.functions import backoff_sum, binomial_tail, choose, harmonic, round_down, round_up

MATERIAL = Path(__file__).resolve().parents[3] / "courses" / "material"
NO_VALUE_AT_FIRST = {("timeout-budget", "per_try_s")}
"""The waits alone are longer than the time: that is what the defaults show."""


def names_in(tree: Tree) -> set[str]:
    if isinstance(tree, str):
        return {tree}
    return set().union(*(names_in(each) for each in tree[1:])) if isinstance(tree, list) else set()


@pytest.mark.parametrize("calculator", CALCULATORS.values(), ids=CALCULATORS)
def test_a_formula_names_inputs_and_outputs_above_it(calculator: Calculator) -> None:
    known = [each.name for each in calculator.inputs]
    for output in calculator.outputs:
        assert names_in(tree_of(output.formula)) <= set(known), output.name
        known.append(output.name)
    assert len(known) == len(set(known))


@pytest.mark.parametrize("calculator", CALCULATORS.values(), ids=CALCULATORS)
def test_every_default_lies_in_its_range_and_every_formula_has_a_value(calculator: Calculator) -> None:
    for each in calculator.inputs:
        assert each.minimum <= each.default <= each.maximum
        assert not each.whole or all(value == int(value) for value in (each.default, each.minimum, each.maximum))
    found = results(calculator, {})
    dashes = {(calculator.name, name) for name, value in found.items() if value is None}
    assert dashes <= NO_VALUE_AT_FIRST
    for output in calculator.outputs:
        if output.words and (value := found[output.name]) is not None:
            assert value in range(len(output.words))


@pytest.mark.parametrize("calculator", CALCULATORS.values(), ids=CALCULATORS)
def test_every_input_matters(calculator: Calculator) -> None:
    used = set().union(*(names_in(tree_of(each.formula)) for each in calculator.outputs))
    assert {each.name for each in calculator.inputs} <= used


def test_the_coverage_map_is_carried() -> None:
    entries = yaml.safe_load((MATERIAL / "coverage-ids.yaml").read_text())
    entries = entries if isinstance(entries, list) else next(value for value in entries.values() if isinstance(value, list))
    wanted = {each["id"] for each in entries if "calculator" in each["needs"]}
    carried = {identity for calculator in CALCULATORS.values() for identity in calculator.covers}
    assert wanted == carried


def test_only_formulas_are_formulas() -> None:
    for source in ("__import__('os')", "a.b", "f(1)", "[1]", "'x'", "min(*a)", "a if b"):
        with pytest.raises((ValueError, SyntaxError)):
            tree_of(source)


def test_a_comparison_forgives_what_floating_point_adds() -> None:
    assert compute(tree_of("0.1 + 0.2 <= 0.3"), {})
    assert compute(tree_of("0.3 >= 0.1 + 0.2"), {})
    assert not compute(tree_of("0.1 + 0.2 > 0.3"), {})
    assert not compute(tree_of("0.3 < 0.1 + 0.2"), {})


def test_what_has_no_value_takes_what_rests_on_it_along() -> None:
    found = results(CALCULATORS["pool-size"], {"query_rps": 1000, "hold_ms": 20, "pool_size": 10})
    assert found["wait_share"] is None
    assert found["wait_ms"] is None
    assert found["utilization_percent"] == 200


def test_names_become_words() -> None:
    assert [word_of(name) for name in ("peak_rps", "rate_rps", "item_kb", "hold_ms", "utilization", "pool_size")] == [
        "peak rate", "rate", "item size", "hold", "utilisation", "pool size",
    ]  # fmt: skip


def test_whole_numbers_stay_whole() -> None:
    assert round_up(0.5 * 20) == 10
    assert round_up(0.1 * 3 / 0.3) == 1
    assert round_down(0.3 / 0.1) == 3


def test_binomial_tail_at_its_ends() -> None:
    assert binomial_tail(10, 0, 0.3) == pytest.approx(1)
    assert binomial_tail(10, 11, 0.3) == 0
    assert binomial_tail(1, 1, 0.3) == pytest.approx(0.3)


def test_choose_counts() -> None:
    assert [choose(5, picked) for picked in range(-1, 7)] == [0, 1, 5, 10, 10, 5, 1, 0]


@pytest.mark.parametrize("exponent", [0.0, 0.5, 0.9, 1.0, 1.4, 3.0])
def test_the_harmonic_sum_is_a_sum(exponent: float) -> None:
    for count in (1, 99, 100, 101, 5000):
        assert harmonic(count, exponent) == pytest.approx(math.fsum(i**-exponent for i in range(1, count + 1)), rel=1e-9)


def test_waits_double_up_to_the_cap() -> None:
    assert backoff_sum(1, 5, 0) == 0
    assert backoff_sum(1, 5, 5) == 1 + 2 + 4 + 5 + 5


def test_functions_and_operators_have_names_of_their_own() -> None:
    assert not set(FUNCTIONS) & set(OPERATORS)
