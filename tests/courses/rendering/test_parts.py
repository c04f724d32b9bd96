"""Formulas, code by name, diagrams."""

import ast
import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.rendering.code_source import NoSuchSource, source_of
from courses.rendering.formula import FormulaError, mathml
from courses.rendering.mermaid import DiagramError, draw

ROOT = Path(__file__).resolve().parent.parent.parent.parent
GOLDEN = Path(__file__).resolve().parent.parent / "golden"
DIAGRAMS = {
    "states": "stateDiagram-v2\n  [*] --> Closed\n  Closed --> Open: rate over threshold\n  Open --> HalfOpen: wait is over\n",
    "flow": "flowchart LR\n  A[Caller] -->|request| B(Breaker)\n  B --> C[(Store)]\n",
    "sequence": "sequenceDiagram\n  participant A as Caller\n  A->>B: call\n  B-->>A: answer\n",
}

# Formulas


@pytest.mark.parametrize(
    ("source", "part"),
    [
        (r"\frac{1 - p^r}{p^r (1 - p)}", "<mfrac><mrow><mn>1</mn><mo>−</mo><msup><mi>p</mi><mi>r</mi></msup></mrow>"),
        (r"\sum_{k=0}^{n} p^k", "<munderover><mo>∑</mo>"),
        (r"\lambda_i \le 3{,}905", "<msub><mi>λ</mi><mi>i</mi></msub><mo>≤</mo>"),
        (r"\text{mean wait} < 2", "<mtext>mean\N{NO-BREAK SPACE}wait</mtext><mo>&lt;</mo>"),
        (r"\left( \sqrt{x} \right)", '<mo stretchy="true">(</mo><msqrt><mi>x</mi></msqrt>'),
    ],
)
def test_formulas_are_set(source: str, part: str) -> None:
    assert part in mathml(source, block=False)


@pytest.mark.parametrize("source", [r"\unknown", r"\frac{1}", "{", "}", "x^", r"\text x", "{" * 100, "x" * 3000])
def test_what_is_not_understood_is_an_error(source: str) -> None:
    with pytest.raises(FormulaError):
        mathml(source, block=False)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_a_formula_is_set_or_refused_and_nothing_else(source: str) -> None:
    with contextlib.suppress(FormulaError):
        assert mathml(source, block=True).startswith("<math")


# Code by name


def test_a_method_is_found_with_its_place_and_without_its_margin() -> None:
    source = source_of("labs.patterns.circuit_breaker.CircuitBreaker.call")
    file_lines = (ROOT / source.path).read_text().splitlines()
    assert file_lines[source.first_line - 1].strip() == source.text.splitlines()[0]
    ast.parse(source.text)


def test_a_module_is_printed_whole() -> None:
    assert source_of("labs.patterns.timeout").text == (ROOT / "labs/patterns/timeout.py").read_text()


def test_lines_count_from_the_things_own_first_line() -> None:
    whole = source_of("labs.patterns.circuit_breaker.CircuitBreaker")
    assert source_of("labs.patterns.circuit_breaker.CircuitBreaker", (1, 1)).text == whole.text.splitlines()[0] + "\n"


@pytest.mark.parametrize(
    "dotted", ["config.settings", "labs.patterns", "labs.patterns.../settings", "labs.patterns.circuit_breaker.no"]
)
def test_code_that_lessons_do_not_show_is_refused(dotted: str) -> None:
    with pytest.raises(NoSuchSource):
        source_of(dotted)


def test_lines_beyond_the_end_are_refused() -> None:
    with pytest.raises(NoSuchSource, match="has lines 1 to"):
        source_of("labs.patterns.timeout", (1, 100_000))


# Diagrams


@pytest.mark.parametrize("name", DIAGRAMS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_diagrams_look_as_they_were_approved(name: str, theme: str) -> None:
    """After a wanted change: delete tests/courses/golden, run once, look at the pictures, commit them."""
    drawn = draw(DIAGRAMS[name], theme).svg
    approved = GOLDEN / f"{name}-{theme}.svg"
    if not approved.exists():
        approved.parent.mkdir(exist_ok=True)
        approved.write_text(drawn)
        pytest.fail(f"{approved} was not there and is now: look at it")
    assert drawn == approved.read_text()


def test_themes_and_sources_have_names_of_their_own() -> None:
    drawings = {draw(source, theme).sha for source in DIAGRAMS.values() for theme in ("light", "dark")}
    assert len(drawings) == 6


def test_a_drawing_says_its_size() -> None:
    drawing = draw(DIAGRAMS["flow"], "light")
    assert f'width="{drawing.width}" height="{drawing.height}"' in drawing.svg
    assert drawing.width > drawing.height > 0


@pytest.mark.parametrize("source", ["nonsense", "flowchart LR\n  A-->", 'flowchart LR\n  click A "javascript:x"', "x" * 9000])
def test_what_cannot_be_drawn_is_an_error_in_words(source: str) -> None:
    with pytest.raises(DiagramError):
        draw(source, "light")


def test_a_diagram_that_is_too_large_is_refused_at_the_first_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """The renderer gives up at a limit of its own; to look for the line by halving took fourteen seconds."""
    tries: list[str] = []

    def limited(source: str) -> None:
        tries.append(source)
        raise ValueError("resource limit `max_layout_work_units` exceeded")

    monkeypatch.setattr("courses.rendering.mermaid.mmdr.render", limited)
    with pytest.raises(DiagramError, match="too large to be drawn"):
        draw("flowchart LR\n  a --> b\n  c --> d\n  e --> f", "light")
    assert len(tries) == 1


def test_thousands_stay_one_number() -> None:
    assert "<mn>3,000</mn>" in mathml("3{,}000 + 7", block=False)


def test_a_fraction_wants_braces_and_a_choice_stands_in_parentheses() -> None:
    assert '<mfrac linethickness="0"><mi>n</mi><mi>k</mi></mfrac>' in mathml(r"\binom{n}{k}", block=False)
    with pytest.raises(FormulaError, match="braces"):
        mathml(r"\frac12", block=False)
