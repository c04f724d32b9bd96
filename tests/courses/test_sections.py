import time

import pytest

from courses.sections import filled, lines_of, section_of, unfilled

TEMPLATE = """\
## Context

What is it?

## Drivers

-

## Options

### Option A

- Good:

## Decision

We choose … because …

## Consequences

What now?
"""
OPTIONS = "### Redis\n\n" + "word " * 20
WRITTEN = TEMPLATE.replace("### Option A", OPTIONS).replace("We choose …", "word " * 12).replace("What now?", "word " * 10)


@pytest.mark.parametrize(
    ("title", "section"),
    [
        ("Considered Options", "options"),
        ("Pros and Cons of the Options", "options"),
        ("Decision Outcome", "decision"),
        ("Decision Drivers", "drivers"),
        ("Positive Consequences", "consequences"),
        ("Context and Problem Statement", "context"),
        ("More Information", ""),
    ],
)
def test_sections_are_known_by_words_in_their_headings(title: str, section: str) -> None:
    assert section_of(title) == section


def test_what_stands_below_a_heading_belongs_to_it_until_one_of_its_level() -> None:
    text = "## Decision\n\n### Steps\na\n### Consequences\nb\n### More\nc\n## More\nd"
    assert [(each.text, each.section) for each in lines_of(text) if len(each.text) == 1] == [
        ("a", "decision"),
        ("b", "consequences"),
        ("c", "decision"),
        ("d", ""),
    ]


@pytest.mark.parametrize("line", ["# " + " " * 20_000 + "x", "# " + "#" * 20_000 + "x", "## " + "a " * 10_000])
def test_a_long_line_costs_its_length_and_no_power_of_it(line: str) -> None:
    began = time.process_time()
    assert [each.section for each in lines_of(line)] == [""]
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("## Options", "Options"),
        ("##  The options ##  ", "The options"),
        ("#\tDecision #", "Decision"),
        ("   ## Decision", "Decision"),
        ("##Options", ""),
        ("####### Options", ""),
        ("    ## Decision", ""),
    ],
)
def test_a_heading_is_what_markdown_takes_for_one(line: str, heading: str) -> None:
    assert next(lines_of(line)).heading == heading


def test_a_heading_inside_code_is_none() -> None:
    assert {each.section for each in lines_of("## Options\n```\n## Decision\n```\nx")} == {"options"}


def test_the_templates_own_words_fill_nothing() -> None:
    assert [(each.section, each.words, each.there) for each in unfilled(TEMPLATE, TEMPLATE)] == [
        ("options", 0, True),
        ("decision", 0, True),
        ("consequences", 0, True),
    ]


def test_what_has_words_of_its_own_in_each_section_lacks_nothing() -> None:
    assert unfilled(WRITTEN, TEMPLATE) == []


def test_a_section_that_was_taken_out_is_said_to_be_missing() -> None:
    (lack,) = unfilled(WRITTEN.replace("## Consequences", "## Afterwards"), TEMPLATE)
    assert str(lack) == "There is no section for the consequences: a heading with that word in it."


def test_the_situation_copied_into_the_decision_is_no_decision() -> None:
    given = TEMPLATE.replace("What is it?", "word " * 40)
    copied = given.replace("We choose … because …", "word " * 40)
    assert [each.words for each in unfilled(copied, given) if each.section == "decision"] == [0]


def test_only_what_the_template_asks_for_is_asked_for() -> None:
    nygard = "## Context\n\n## Decision\n\n## Status\n\n## Consequences\n"
    assert {each.section for each in unfilled("", nygard)} == {"decision", "consequences"}


def test_filling_puts_a_text_in_the_place_of_the_guidance() -> None:
    made = filled(TEMPLATE, {"context": "400 a second.\n", "drivers": "1. Up."})
    assert made.startswith("## Context\n\n400 a second.\n\n## Drivers\n\n1. Up.\n\n## Options\n\n### Option A\n")
    assert "What is it?" not in made
    assert made.endswith("## Consequences\n\nWhat now?\n")
