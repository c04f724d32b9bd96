"""The pages for what went wrong: they render without a request's context, since that may be what failed."""

import pytest
from django.template.loader import render_to_string


@pytest.mark.parametrize(
    ("template", "heading"),
    [
        ("400.html", "Not understood"),
        ("403.html", "You may not open this"),
        ("403_csrf.html", "The form went stale"),
        ("404.html", "Not on the chart"),
        ("429.html", "Over the line"),
        ("500.html", "Something broke on our side"),
    ],
)
def test_an_error_page_renders_without_any_context(template: str, heading: str) -> None:
    assert f"<h1>{heading}</h1>" in render_to_string(template)


def test_a_limit_says_which_one_it_is() -> None:
    assert "At most 40 runs a minute." in render_to_string("429.html", {"message": "At most 40 runs a minute."})
