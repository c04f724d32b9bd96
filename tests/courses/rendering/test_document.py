import re

from courses.rendering.blocks.question import register_question_renderer, with_questions
from courses.rendering.document import author_document, learner_document
from courses.rendering.scan import scan


def html(text: str) -> str:
    return author_document(text).html


def test_headings_become_contents_with_addresses_of_their_own() -> None:
    made = author_document("## Half open\n\n### A *few* trials\n\n## Half open\n")
    assert [(heading.level, heading.id, heading.title) for heading in made.headings] == [
        (2, "s-half-open", "Half open"),
        (3, "s-a-few-trials", "A few trials"),
        (2, "s-half-open_1", "Half open"),
    ]
    assert 'id="s-half-open"' in made.html


def test_a_lab_comes_with_its_settings_and_its_description() -> None:
    made = html(
        "```lab\nslug: circuit-breaker\nset:\n  failure_rate: 0.5\nopen_control: failure_rate\narms: [none, windowed]\n```\n"
    )
    assert 'data-lab="circuit-breaker"' in made
    assert 'data-open-control="failure_rate"' in made
    assert 'data-arms="none,windowed"' in made
    assert '"failure_rate": 0.5' in made


def test_a_scene_of_the_lab_brings_its_own_settings() -> None:
    from courses.laboratory import find_lab

    lab = find_lab("circuit-breaker")
    assert lab is not None
    scene = lab.scenes[0]
    assert f'data-open-control="{scene.open_control}"' in html(f"```lab\nslug: circuit-breaker\nscene: {scene.id}\n```\n")


def test_code_is_the_source_that_the_lab_runs() -> None:
    made = html("```code\ndotted: labs.patterns.circuit_breaker.CircuitBreaker\nlines: 1-1\nlab: circuit-breaker\n```\n")
    assert "CircuitBreaker" in re.sub(r"<[^>]+>", "", made)
    assert 'href="/labs/circuit-breaker/"' in made


def test_a_diagram_is_an_image_for_each_theme_with_words() -> None:
    made = author_document("```mermaid\nalt: A calls B and waits\nsource: |\n  flowchart LR\n    A-->B\n```\n")
    assert len(made.drawings) == 2
    for drawing in made.drawings:
        assert f'src="/diagrams/{drawing.sha}.svg"' in made.html
    assert made.html.count('alt="A calls B and waits"') == 2


def test_a_decision_table_has_heads_for_rows_and_columns() -> None:
    made = html("```decision\ntitle: Which?\nrows:\n  - when: it is *late*\n    choose: rest\n```\n")
    assert '<th scope="row">it is <em>late</em></th>' in made
    assert "Because" not in made


def test_a_prediction_keeps_its_answer_until_the_guess() -> None:
    made = html("```prediction\nask: How many?\nanswer: 3\nwhy: Because.\nmaximum: 9\n```\n")
    assert 'data-answer="3.0"' in made or 'data-answer="3"' in made
    assert re.search(r"data-reveal hidden", made)


def test_formulas_become_mathml_and_code_keeps_its_dollars() -> None:
    made = html("A rate $p^r$ and `$HOME` and prices of $5 and $6.\n\n```sh\necho $PATH $HOME\n```\n")
    assert "<msup><mi>p</mi><mi>r</mi></msup>" in made
    assert made.count("<math") == 1


def test_a_callout_a_table_and_a_footnote() -> None:
    made = html(
        '!!! pitfall "Careful"\n    It bites.\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\nA claim[^1].\n\n[^1]: Its source.\n'
    )
    assert '<div class="admonition pitfall">' in made
    assert '<td class="num">2</td>' in made
    assert 'id="fn:1"' in made


def test_what_cannot_be_shown_is_a_box_in_words() -> None:
    made = author_document("Text.\n\n```lab\nslug: nowhere\n```\n")
    assert "This lab block cannot be shown" in made.html
    assert "Line 4: lab: there is no lab “nowhere”" in made.html
    assert [complaint.line for complaint in made.complaints] == [4]


def test_blocks_of_authors_are_plain_code_for_learners() -> None:
    assert '<div class="highlight">' in learner_document("```lab\nslug: circuit-breaker\n```\n").html


def test_the_text_for_the_search_has_words_and_no_marks() -> None:
    made = author_document(
        "## A head\n\nSome *words*.\n\n```mermaid\nalt: A calls B and waits\nsource: flowchart LR; A-->B\n```\n"
    )
    assert "Some words." in made.text
    assert "A calls B and waits" in made.text
    assert "<" not in made.text


def test_the_same_text_makes_the_same_html() -> None:
    text = "Text $x$.\n\n```calculator\nname: littles-law\n```\n"
    assert html(text) == html(text)


def test_scanning_keeps_the_number_of_lines() -> None:
    text = "a\n```lab\nslug: x\nset:\n  y: 1\n```\nb\n"
    scanned = scan(text, {"lab"}, lambda number: f"token{number}")
    assert scanned.text.count("\n") == text.count("\n")
    assert scanned.text.split("\n").index("b") == text.split("\n").index("b")


def test_fences_inside_fences_are_left_alone() -> None:
    scanned = scan("````\n```lab\nslug: x\n```\n````\n", {"lab"}, lambda number: "token")
    assert scanned.blocks == ()


def test_questions_are_put_in_when_the_page_is_shown() -> None:
    from courses.rendering.blocks import question

    before = list(question._renderer)
    register_question_renderer(lambda slugs: {"known": "<form>known</form>"})
    try:
        made = with_questions(html("```question\nslug: known\n```\n\n```question\nslug: gone\n```\n"))
    finally:
        question._renderer[:] = before
    assert "<form>known</form>" in made
    assert "being reworked" in made
    assert "plimsoll-question" not in made


def test_a_number_keeps_its_unit_on_its_line() -> None:
    html = author_document("From 90 to 60 % within 20 s, as `60 %` says; 3 servers.").html
    assert "60\N{NO-BREAK SPACE}% within 20\N{NO-BREAK SPACE}s, as <code>60 %</code> says; 3 servers" in html
