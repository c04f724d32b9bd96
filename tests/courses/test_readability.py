"""The reading level against the formula worked by hand."""

import pytest

from courses.readability import readability


def test_the_index_of_two_short_sentences() -> None:
    found = readability("The cat sat. The dog ran away!")
    assert (found.words, found.sentences) == (7, 2)
    assert found.grade == pytest.approx(4.71 * 22 / 7 + 0.5 * 3.5 - 21.43, abs=0.05)


def test_longer_words_and_sentences_ask_for_more() -> None:
    easy, hard = (
        "We add a node. It helps.",
        "Horizontal scalability necessitates statelessness throughout interconnected components.",
    )
    assert readability(hard).grade > readability(easy).grade


def test_a_text_without_words_has_none() -> None:
    assert readability(" … ").words == 0
