"""Files as people and other systems write them: what is read, what is refused, with which words and on which line."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.interchange.encoding import NoText
from quizzes.interchange.formats import FORMATS, detected
from quizzes.interchange.intake import text_of
from quizzes.interchange.marked import MARKDOWN, PLAIN
from quizzes.interchange.merge import content_of
from quizzes.interchange.records import Notes, Problem, Record, Unreadable
from quizzes.interchange.tags import of_category, read
from quizzes.services.bank import Content, definition_problems
from tests.quizzes.interchange.samples import file

GIFT, AIKEN, MOODLE = FORMATS["gift"], FORMATS["aiken"], FORMATS["moodle"]


def contents(name: str) -> list[tuple[Content, list[str]]]:
    """Every question of a sample with its notices; those that are faulty on purpose are left out."""
    form = detected(file(name))
    assert form is not None
    found = []
    for item in form.read(file(name), MARKDOWN).items:
        if isinstance(item, Record):
            notes = Notes(list(item.notices))
            found.append((content_of(item, notes), notes.found))
    assert [definition_problems(each.kind, each.definition, each.stem) for each, _ in found] == [[]] * len(found)
    return found


def test_gift_as_people_write_it() -> None:
    found = contents("breakers.gift.txt")
    kinds = [each.kind for each, _ in found]
    assert kinds == [
        "single-choice", "true-false", "multiple-choice", "single-choice", "numeric", "numeric", "short-text", "matching",
        "ordering", "single-choice", "single-choice", "essay",
    ]  # fmt: skip
    first, pi, escapes, html = found[0][0], found[5][0], found[9][0], found[10]
    assert (list(first.tags), first.difficulty) == (["resilience", "circuit-breakers", "breakers"], 4)
    assert first.definition["options"][0]["feedback"] == "Yes: nothing is sent."
    assert found[1][0].definition == {"answer": True, "true_feedback": "Right, a few.", "false_feedback": "No, it does."}
    assert found[3][0].stem == "An open breaker _____ at once."
    assert pi.definition == {"answer": 3.1415, "tolerance": {"low": 3.141, "high": 3.142}}
    assert escapes.stem == "Which escapes {hold}?"
    assert [option["text"] for option in escapes.definition["options"]] == ["a = b ~ c # d : e \\ f", "two\nlines"]
    assert html[0].stem == "What prints `print(1<2)`?"
    assert html[1] == ["dropped from the HTML: image “plot.png”"]


def test_moodle_xml_as_moodle_writes_it() -> None:
    found = dict(
        zip(("window", "udp", "delay", "port", "layers", "why", "gaps", "drawn", "order"), contents("tcp.xml"), strict=True)
    )
    window, notices = found["window"]
    assert window.stem == "What does the **window** bound?\n\n| k | v |\n| --- | --- |\n| a\\|b | 1 |\n\n```python\nx = 1\n```"
    assert window.explanation == "See [RFC 9293](https://www.rfc-editor.org/rfc/rfc9293)."
    assert list(window.hints) == ["Think of *acknowledgements*."]
    assert list(window.tags) == ["networks-links", "tcp", "flow-control"]
    assert len(notices) == 5  # the file, its image, two marks, overall feedback, wrong options that cost nothing
    assert found["udp"][0].definition["answer"] is False
    assert found["delay"][0].definition["units"] == {"s": 1000.0}
    assert found["port"][0].definition["case_sensitive"] is True
    assert found["layers"][0].definition["distractors"] == ["physical"]
    assert found["why"][0].definition["model_answer"] == "It doubles."
    assert found["gaps"][0].stem == "A client sends [[b1]], waits [[b2]] round trip and gets [[b3]]."
    assert found["drawn"][0].stem == "Window {w} kB, delay {d} ms. Twice: {= w*2}?"
    assert found["drawn"][0].definition["formula"] == "w ** 2 / d"
    assert found["drawn"][0].definition["parameters"]["d"] == {"low": 0.5, "high": 2.5, "step": 0.1}


def test_aiken_names_the_line_of_each_fault() -> None:
    first, second, third = AIKEN.read(file("faulty.aiken.txt"), MARKDOWN).items
    assert isinstance(first, Record)
    assert isinstance(second, Problem)
    assert isinstance(third, Problem)
    assert (second.line, third.line) == (9, 15)
    assert second.what == "Option C stands where B is due."
    assert third.what == "The answer is D, but the options end at B."


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("One\n{=a ~b", 2, "never closed"),
        ("One a} b", 1, "without a “{”"),
        ("\nOne {=a ~b} two {=c}", 2, "A second “{”"),
        ("Only words", 1, "no answer in braces"),
        ("::title {T}", 1, "no second “::”"),
        ("How many?{#\n=ten\n}", 2, "“ten” is no number"),
        ("How many?{#1_0}", 1, "“1_0” is no number"),
        ("How many?{#}", 1, "none is given"),
        ("Which?{=a\n~%150%b}", 2, "between -100 and 100"),
        ("Which?{~a}", 1, "two options at least"),
        ("Match{=a -> b\n=c ->}", 2, "=left -> right"),
    ],
)
def test_faults_in_gift(text: str, line: int, words: str) -> None:
    (problem,) = GIFT.read(text, MARKDOWN).items
    assert isinstance(problem, Problem)
    assert (problem.line, words in problem.what) == (line, True), problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Which?{=a =b ~c}", "2 options are fully right"),
        ("How many?{#=4 =5}", "2 values full marks"),
        ("How many?{#=%50%4}", "no value full marks"),
    ],
)
def test_what_no_kind_can_hold(text: str, words: str) -> None:
    (record,) = GIFT.read(text, MARKDOWN).items
    assert isinstance(record, Record)
    with pytest.raises(Unreadable, match=words):
        content_of(record, Notes())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Which?{=a ~%50%b ~c}", "“b” earned 50 %; a single choice is all or nothing here"),
        ("Which?{~%70%a ~%30%b ~%-100%c}", "right options weighed 70 %, 30 %; here each adds the same share"),
        ("Which?{~%50%a ~%50%b ~c}", "wrong options cost nothing in the file; here each takes 100 % away"),
        ("Which?{~%50%a ~%50%b ~%-10%c ~%-90%d}", "wrong options cost other shares in the file"),
        ("How many?{#=4:1 =%50%4:3}", "50 % for 4 ± 3 is not kept"),
        ("How many?{#=4:1 =%0%4.5#close}", "feedback on 4.5 is not kept: it lies within what is right"),
    ],
)
def test_other_rules_of_marking_are_told(text: str, words: str) -> None:
    (record,) = GIFT.read(text, MARKDOWN).items
    assert isinstance(record, Record)
    notes = Notes()
    content_of(record, notes)
    assert any(words in note for note in notes.found), notes.found


def test_weights_that_are_ours_need_no_notice() -> None:
    (record,) = GIFT.read("Which?{~%33.33333%a ~%33.333%b ~%33.33%c ~%-100%d}", MARKDOWN).items
    assert isinstance(record, Record)
    notes = Notes()
    assert content_of(record, notes).kind == "multiple-choice"
    assert notes.found == []


def test_a_blank_line_inside_of_the_braces_ends_nothing_that_is_closed_below() -> None:
    items = GIFT.read("One?{\n=a\n\n~b\n}\n\nTwo?{=c ~d}", MARKDOWN).items
    assert [isinstance(item, Record) for item in items] == [True, True]
    items = GIFT.read("One?{\n=a\n\nTwo?{=c ~d}", MARKDOWN).items
    assert [type(item) for item in items] == [Problem, Record]


def test_plain_text_is_shown_as_it_is() -> None:
    (marked,) = GIFT.read("Why __init__?{=*args ~x}", MARKDOWN).items
    (plain,) = GIFT.read("Why __init__?{=*args ~x}", PLAIN).items
    assert isinstance(marked, Record)
    assert isinstance(plain, Record)
    assert marked.stem == "Why __init__?"
    assert plain.stem == r"Why \_\_init\_\_?"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (file("billion_laughs.xml"), "A document type (<!DOCTYPE …>) is refused"),
        ('<?xml version="1.0"?><!DOCTYPE quiz SYSTEM "file:///etc/passwd"><quiz/>', "is refused"),
        ("<quiz><question></quiz>", "no well-formed XML: mismatched tag"),
        ("<quiz>&unknown;</quiz>", "undefined entity"),
        ("<html><body/></html>", "begins with <quiz>, this file with <html>"),
        ("<quiz>" + "<a>" * 100 + "</a>" * 100 + "</quiz>", "nested too deeply"),
    ],
)
def test_xml_that_is_dangerous_or_none(text: str, words: str) -> None:
    (problem,) = MOODLE.read(text, MARKDOWN).items
    assert isinstance(problem, Problem)
    assert words in problem.what


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("::Q::One {T}", "gift"),
        ("// only a comment\n\nOne {=a}", "gift"),
        ("Which?\nA. one\nB. two\nANSWER: A\n", "aiken"),
        ("::Q::ANSWER: A\nB. {~x =y}", "gift"),
        ("\n <?xml version='1.0'?><quiz/>", "moodle"),
        ("<p>Just HTML</p>", None),
        ("Just words", None),
    ],
)
def test_the_format_is_told_by_the_text(text: str, slug: str | None) -> None:
    form = detected(text)
    assert (form and form.slug) == slug


@pytest.mark.parametrize(
    ("data", "text", "notice"),
    [
        ("é{T}".encode(), "é{T}", ""),
        (b"\xef\xbb\xbfa\r\nb\rc", "a\nb\nc", ""),
        ("漢{T}".encode("utf-16"), "漢{T}", ""),
        ("Question one {T}".encode("utf-16-le"), "Question one {T}", "UTF-16 without a byte-order mark"),
        ("one\nGrün{T}".encode("cp1252"), "one\nGrün{T}", "not UTF-8 (line 2)"),
    ],
)
def test_encodings(data: bytes, text: str, notice: str) -> None:
    found = text_of(data)
    assert found.text == text
    assert notice in found.notice


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00\xd8\x00", b"a\x00b", b"\x81\x8d", b"PK\x03\x04", b"x" * 1_500_001, "\ufdd0".encode()]
)
def test_what_is_no_text(data: bytes) -> None:
    with pytest.raises(NoText):
        text_of(data)


def test_pictures_inside_of_xml_stay_behind_and_lines_keep_their_numbers() -> None:
    picture = f'<file name="a.png" encoding="base64">{"QUJD" * 500_000}\n{"QUJD"}</file>'
    found = text_of(f"<quiz>{picture}\n<question/></quiz>".encode())
    assert found.text == '<quiz><file name="a.png" encoding="base64">\n</file>\n<question/></quiz>'


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("$course$/top/Default for Networks/TCP", ("TCP",)),
        ("Networks // links/TCP", ("Networks / links", "TCP")),
        ("$system$/top", ()),
    ],
)
def test_categories_become_tags(path: str, parts: Any) -> None:
    assert of_category(path) == parts


def test_tags_of_difficulty_and_coverage() -> None:
    found = read(["Flow Control", "difficulty:4", "covers:circuit-breaker", "flow_control", "漢字"])
    assert (found.tags, found.difficulty, found.covers) == (("flow-control",), 4, ("circuit-breaker",))


SAMPLES = ("breakers.gift.txt", "tcp.xml", "faulty.aiken.txt")
BITS = st.sampled_from(
    ["{", "}", "~", "=", "#", "\\", "%", "::", "\n\n", "->", "<", "&", "1e999", "9" * 50, "²", "{1:NM:=", "nan", "*"]
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 20), BITS), min_size=1, max_size=5))
def test_a_damaged_file_has_problems_in_words_and_nothing_worse(name: str, damage: list[tuple[float, int, str]]) -> None:
    text = file(name)
    for place, length, bit in damage:
        at = int(place * len(text))
        text = text[:at] + bit + text[at + length :]
    for item in (detected(text) or GIFT).read(text, MARKDOWN).items:
        try:
            content = content_of(item, Notes()) if isinstance(item, Record) else None
        except Unreadable as error:
            said = error.what
        else:
            said = "well" if content is None else "; ".join(definition_problems(content.kind, content.definition, content.stem))
        assert isinstance(said, str)


@pytest.mark.parametrize(
    "text",
    [
        "<p" * 300_000 + "{T}", "a{=b\n\nc}\n\n" * 60_000, "\\(" * 300_000 + "<b>x</b>{T}", "//[id:" * 100_000 + "\nx{T}",
        "\n" * 600_000, "[html]" + "<div>" * 100_000 + "{T}", "Q\nA. x\nANSWER: A\n\n" * 30_000,
    ],
    ids=["tags", "braces", "formulas", "comments", "lines", "depth", "questions"],
)  # fmt: skip
def test_a_hostile_file_keeps_nobody_busy(text: str) -> None:
    began_s = time.process_time()
    (detected(text) or GIFT).read(text, MARKDOWN)
    assert time.process_time() - began_s < 5
