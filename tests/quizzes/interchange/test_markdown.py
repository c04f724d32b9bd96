"""HTML and plain text as Markdown: the site's own Markdown shows the same words again."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.rendering.markdown_html import convert
from quizzes.interchange.html_markdown import from_html
from quizzes.interchange.plain_markdown import from_plain

AWKWARD = st.text("ab1 \n`*_[](){}#+-.!>~^<&;:|=?\\/'\"", max_size=24)


def shown(markdown: str) -> str:
    """The words that a reader sees, without blanks: those between lines and blocks differ."""
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]*>", "", convert(markdown).html)))


@settings(max_examples=80, deadline=None)
@given(AWKWARD)
def test_plain_text_shows_its_own_words(text: str) -> None:
    assert shown(from_plain(text)) == re.sub(r"\s+", "", text)


@pytest.mark.parametrize(
    ("html", "markdown", "dropped"),
    [
        ("<p>one<br>two</p><p>three</p>", "one  \ntwo\n\nthree", ()),
        ("<b>bold </b>and <i>x</i><sup>2</sup>", "**bold** and *x*^2^", ()),
        ("<code>a `b`</code>", "`` a `b` ``", ()),
        ("<pre><code class='language-js'>let a;\n  b</code></pre>", "```js\nlet a;\n  b\n```", ()),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "-   a\n    -   b\n-   c", ()),
        ("<ol><li>a</li><li>b</li></ol>", "1.  a\n2.  b", ()),
        ("<h1>T</h1><blockquote><p>q</p></blockquote>", "### T\n\n> q", ()),
        (
            "<table><tr><th>a</th></tr><tr><td colspan=2>b</td></tr></table>",
            "| a |\n| --- |\n| b |",
            ("joined cells of a table",),
        ),
        ("a<img alt='A cat' src='x'>b<video></video>", "ab", ("image “A cat”", "video")),
        (
            "<a href='https://e.org/a(b)'>x</a><a href='javascript:y'>z</a>",
            "[x](https://e.org/a%28b%29)z",
            ("link to javascript:y",),
        ),
        (r"\(x^2\)", r"\\(x\^2\\)", ("formula in TeX is kept as it is written",)),
        ("1 &lt; 2 &amp;&amp; &lt;b&gt;", "1 < 2 && &lt;b>", ()),
        ("<p>a<p>b <b>c", "a\n\nb **c**", ()),
        ("<div>" * 3000 + "deep", "deep", ()),
    ],
)
def test_html_as_markdown(html: str, markdown: str, dropped: tuple[str, ...]) -> None:
    found = from_html(html)
    assert (found.text, found.dropped) == (markdown, dropped)
