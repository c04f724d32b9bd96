from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from courses.loading.source import MaterialError
from courses.loading.yaml_source import read_model, read_yaml, write_yaml


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    size: int


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    parts: list[Part] = []


def problems(text: str, schema: type[BaseModel] = Whole) -> list[str]:
    with pytest.raises(MaterialError) as error:
        read_model(schema, read_yaml(text, "a.yaml"))
    return [str(problem) for problem in error.value.problems]


def test_a_wrong_field_is_named_with_its_own_line() -> None:
    text = "title: x\nparts:\n  - name: a\n    size: 1\n  - name: b\n    size: many\n"
    (problem,) = problems(text)
    assert problem.startswith("a.yaml:6: “parts.1.size”:")


def test_every_mistake_is_reported_at_once() -> None:
    found = problems("titel: x\nparts:\n  - name: a\n")
    assert [line.split(": ")[0] for line in found] == ["a.yaml:1", "a.yaml:1", "a.yaml:3"]


def test_a_missing_field_is_reported_where_it_should_stand() -> None:
    (problem,) = problems("title: x\nparts:\n  - name: a\n    size: 1\n  - size: 2\n")
    assert problem == "a.yaml:5: “parts.1.name” is missing"


def test_words_stay_words() -> None:
    assert read_yaml("a: no\nb: on\nc: 2024-01-01\nd: true\n", "a").value == {
        "a": "no",
        "b": "on",
        "c": "2024-01-01",
        "d": True,
    }


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: [1\n", 2, "not valid YAML"),
        ("a: &x [1]\nb: *x\n", 2, "aliases"),
        ("a: 1\nb: 2\na: 3\n", 3, "twice"),
        ("a: !!python/object/apply:os.system ['true']\n", 1, "tags (!name) are not allowed"),
        ("a: " + "[" * 60 + "]" * 60, 1, "nested too deeply"),
    ],
)
def test_hostile_or_broken_yaml_is_a_problem_with_a_line(text: str, line: int, words: str) -> None:
    with pytest.raises(MaterialError) as error:
        read_yaml(text, "a.yaml")
    (problem,) = error.value.problems
    assert problem.line == line
    assert words in problem.what


def test_lines_count_from_where_the_yaml_stands_in_its_file() -> None:
    located = read_yaml("title: x\n", "a.md", first_line=12)
    assert located.line(("title",)) == 12


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=60)
values = st.recursive(
    st.booleans() | st.integers(-1000, 1000) | st.floats(-1e6, 1e6).map(lambda x: round(x, 3)) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts.filter(bool), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(values)
def test_what_is_written_reads_back_the_same(value: Any) -> None:
    assert read_yaml(write_yaml({"it": value}), "a").value == {"it": value}


@pytest.mark.parametrize(
    "text",
    [
        "a: \x00", "\x01", 'a: "\\0"', '["\\ud800"]', "a: .nan", "a: -.inf", "a: 1.0e+999", "{[]: 1}", "? [a]\n: b",
        "!!set {a}", "!!binary aGk=", "a: !thing 1", "1" * 5000, "0x" + "f" * 5000, "9" * 40,
        "a: &a [*a]", "[" * 2000, "a: {" * 500,
    ],
)  # fmt: skip
def test_what_no_database_takes_or_no_author_means_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(MaterialError) as error:
        read_yaml(f"# a comment\n{text}", "a.yaml")
    assert "not valid YAML" in str(error.value.problems[0])
