import pytest

from labs.event_streams import Cursor


@pytest.mark.parametrize(("text", "cursor"), [("1.0", (1, 1)), ("2.17", (2, 18)), ("3.-1", (3, 0))])
def test_a_cursor_goes_on_behind_the_last_event(text: str, cursor: tuple[int, int]) -> None:
    found = Cursor.decoded(text)
    assert (found.take, found.next) == cursor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1",
        ".",
        "1.",
        ".1",
        "1.1.1",
        "-1.1",
        "1.-2",
        "1.٣",
        "²",
        "1.1\n",
        "1." + "9" * 20,
        "9" * 20 + ".1",
        "\x00",
        "9" * 9000,
    ],
)
def test_anything_else_is_a_fresh_start(text: str) -> None:
    found = Cursor.decoded(text)
    assert (found.take, found.next) == (0, 0)
