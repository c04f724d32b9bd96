from typing import Any

import pytest

from courses.loading.kinds import Entry, Piece, YamlListKind, kind_of_path, slices
from courses.loading.source import MaterialError, SourceFile
from courses.models import Course


class Word(Entry):
    meaning: str


class WordKind(YamlListKind[Word]):
    name = "word"
    pattern = "words/*.yaml"
    order = 1
    schema = Word

    @property
    def model(self) -> Any:
        return Course

    def apply(self, entry: Word, row: Any) -> Any: ...
    def entry_of(self, row: Any) -> Word: ...  # type: ignore[empty-body]
    def path_for(self, row: Any) -> str:
        return "words/new.yaml"


WORDS = "# All words.\n- slug: a\n  meaning: one\n\n# About b.\n- slug: b\n  meaning: two\n"


def pieces(text: str) -> list[Piece[Word]]:
    return list(WordKind().pieces(SourceFile("words/x.yaml", text)))


def test_a_list_is_cut_into_its_entries_and_their_comments() -> None:
    found = pieces(WORDS)
    assert [piece.text for piece in found] == [
        "# All words.\n- slug: a\n  meaning: one\n\n",
        "# About b.\n- slug: b\n  meaning: two\n",
    ]
    assert "".join(piece.text for piece in found) == WORDS


def test_a_problem_of_an_entry_has_its_own_line() -> None:
    assert str(pieces(WORDS)[1].problem("wrong", "meaning")) == "words/x.yaml:7: wrong"


def test_all_broken_entries_of_a_list_are_reported() -> None:
    with pytest.raises(MaterialError) as error:
        pieces("- slug: a\n- slug: b\n  meaning: 2\n- slug: C\n  meaning: x\n")
    assert [problem.line for problem in error.value.problems] == [1, 3, 4]


def test_a_file_that_is_no_list_is_a_problem() -> None:
    with pytest.raises(MaterialError, match=r"words/x\.yaml:1: the file must be a list"):
        pieces("slug: a\n")


def test_an_empty_file_has_no_slices() -> None:
    assert slices("", []) == []


def test_a_kind_owns_files_of_its_own_folder_only() -> None:
    assert WordKind().owns("words/x.yaml")
    assert not WordKind().owns("words/deep/x.yaml")
    assert not WordKind().owns("x.yaml")
    assert kind_of_path("lessons/a.md") is not None
    assert kind_of_path("elsewhere/a.md") is None
