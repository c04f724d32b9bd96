"""A text put together: Markdown converted and sanitised, blocks and formulas built and set in their places."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.html import escape

from courses.loading.source import MaterialError, Problem
from courses.loading.yaml_source import read_model, read_yaml
from courses.rendering.blocks import BLOCKS, LEARNERS_BLOCKS, Block, BlockError, Built, Reference
from courses.rendering.blocks.base import template
from courses.rendering.formula import FORMULA, FormulaError, mathml
from courses.rendering.markdown_html import Heading, convert, plain
from courses.rendering.mermaid import Drawing
from courses.rendering.scan import Complaint, RawBlock, scan

MAXIMUM_LENGTH = 200_000
LINK = re.compile(r"\]\((?P<path>/[^)\s#]*)")
LINKED = (
    (re.compile(r"^/lessons/([\w-]+)/?$"), "lesson"),
    (re.compile(r"^/quizzes/([\w-]+)/?$"), "quizzes"),
    (re.compile(r"^/labs/([\w-]+)/?(?:\?.*)?$"), "lab"),
    (re.compile(r"^/exercises/([\w-]+)/?$"), "exercise"),
    (re.compile(r"^/decisions/new/?\?template=([\w-]+)$"), "decision-template"),
    (re.compile(r"^/checklists/([\w-]+)/?$"), "checklist"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """What a text became. `complaints` are empty when all of it can be shown; lines count from 1 in the text."""

    html: str
    headings: tuple[Heading, ...]
    text: str
    drawings: tuple[Drawing, ...]
    references: tuple[Reference, ...]
    covers: tuple[tuple[str, str], ...]
    complaints: tuple[Complaint, ...]

    @property
    def words(self) -> int:
        return len(self.text.split())

    def problems(self, path: str, first_line: int = 1) -> tuple[Problem, ...]:
        """The complaints as problems of a file in which the text begins on `first_line`."""
        return tuple(Problem(path, first_line + each.line - 1, each.what) for each in self.complaints)


def author_document(text: str) -> Document:
    """A text of the material: every block."""
    return document(text, BLOCKS)


def learner_document(text: str) -> Document:
    """A text that a learner wrote: diagrams and decision tables, nothing that the site would have to fetch or compute."""
    return document(text, LEARNERS_BLOCKS)


def document(text: str, blocks: Mapping[str, Block]) -> Document:
    """Never raises for what an author may write: what cannot be shown is a box in words, and a complaint with its line."""
    if len(text) > MAXIMUM_LENGTH:
        text = text[:MAXIMUM_LENGTH]
        return document(text, {})
    mark = f"x{secrets.token_hex(8)}x"
    text = text.replace("\r\n", "\n").replace("\x02", "").replace("\x03", "")
    scanned = scan(text, blocks, lambda number: f"{mark}b{number}x")
    complaints = list(scanned.complaints)
    places: dict[str, str] = {}
    built: list[Built] = []
    references = list(links_in(scanned.text))
    for number, (token, raw) in enumerate(scanned.blocks):
        result, wrong = build(blocks[raw.name], raw, f"b{number}")
        places[token] = result.html
        built.append(result)
        complaints.extend(wrong)
        references.extend(Reference(kind, slug, raw.line) for kind, slug in result.refers)
    with_formulas, wrong = formulas(scanned.text, mark, places)
    complaints.extend(wrong)
    converted = convert(with_formulas)
    html = put_back(converted.html, mark, places)
    words = [plain(re.sub(rf"{mark}\w+?x", " ", converted.html)), *(each.text for each in built)]
    return Document(
        html=html,
        headings=converted.headings,
        text=" ".join(" ".join(words).split()),
        drawings=tuple(drawing for each in built for drawing in each.drawings),
        references=tuple(references),
        covers=tuple(pair for each in built for pair in each.covers),
        complaints=tuple(sorted(complaints, key=lambda each: each.line)),
    )


def build(block: Block, raw: RawBlock, key: str) -> tuple[Built, list[Complaint]]:
    """The block made, or the box that says why not."""
    try:
        located = read_yaml(raw.text, "", first_line=raw.line + 1)
        fields = read_model(block.schema, located)
        try:
            return block.build(fields, key), []
        except BlockError as error:
            raise MaterialError([Problem("", located.line(error.location) + error.line, str(error))]) from None
    except MaterialError as error:
        complaints = [Complaint(problem.line, f"{raw.name}: {problem.what}") for problem in error.problems]
        return Built(template("error", name=raw.name, complaints=complaints)), complaints


def formulas(text: str, mark: str, places: dict[str, str]) -> tuple[str, list[Complaint]]:
    """Formulas between dollar signs become tokens; code keeps its dollars."""
    complaints: list[Complaint] = []

    def place(match: re.Match[str]) -> str:
        source = match["block"] or match["inline"]
        if source is None:
            return match[0]
        token = f"{mark}f{len(places)}x"
        try:
            places[token] = mathml(source.strip(), block=match["block"] is not None)
        except FormulaError as error:
            line = text.count("\n", 0, match.start()) + 1
            complaints.append(Complaint(line, f"formula: {error}"))
            places[token] = f'<code class="formula-error">{escape(match[0])}</code>'
        return token

    pieces = re.split(r"(^ *(?:`{3,}|~{3,}).*?^ *(?:`{3,}|~{3,}) *$)", text, flags=re.MULTILINE | re.DOTALL)
    done = [piece if index % 2 else FORMULA.sub(place, piece) for index, piece in enumerate(pieces)]
    return "".join(done), complaints


def put_back(html: str, mark: str, places: Mapping[str, str]) -> str:
    """Trusted HTML in the place of each token, without the paragraph that Markdown put around a block."""
    html = re.sub(rf"<p>({mark}b\d+x)</p>", r"\1", html)
    return re.sub(rf"{mark}[bf]\d+x", lambda match: places.get(match[0], ""), html)


def links_in(text: str) -> Iterable[Reference]:
    """Links to pages of this site, so that a missing page is found while the material loads."""
    for number, line in enumerate(text.split("\n"), start=1):
        for link in LINK.finditer(line):
            for pattern, kind in LINKED:
                found = pattern.match(link["path"])
                if found:
                    yield Reference(kind, found[1], number)
