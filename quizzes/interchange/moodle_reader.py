"""Reads Moodle XML: every question type of Moodle that a kind of the bank can hold, in any of its text formats.

Format: docs.moodle.org, “Moodle XML format”, and what Moodle itself writes.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape

from quizzes.interchange.html_markdown import LOOKS_LIKE
from quizzes.interchange.marked import MARKDOWN, PLAIN, Texts
from quizzes.interchange.moodle_cloze import mark, read_gaps
from quizzes.interchange.moodle_datasets import Dataset, decimal, parameter_of
from quizzes.interchange.moodle_formula import PLACEHOLDER, from_moodle, text_from_moodle
from quizzes.interchange.records import (
    Answer,
    Body,
    Calculated,
    Choices,
    Cloze,
    Essay,
    Formula,
    Notes,
    Number,
    Numbers,
    Order,
    Pair,
    Pairs,
    Parameter,
    Problem,
    Reading,
    Record,
    ShortText,
    TrueFalse,
    Unreadable,
)
from quizzes.interchange.tags import of_category
from quizzes.interchange.xml_tree import Element, parsed

FORMATS = {"html": "html", "moodle_auto_format": "moodle", "plain_text": PLAIN, "markdown": MARKDOWN}
CLOZE, CALCULATED = ("cloze", "multianswer"), ("calculated", "calculatedsimple")
USUAL_FEEDBACK = re.compile(r"^(?:your answer is (?:partially )?(?:in)?correct\.?|)$", re.I)
OTHER_TYPES = {
    "calculatedmulti": "a choice with drawn numbers",
    "ddimageortext": "dragging onto an image",
    "ddmarker": "markers on an image",
    "ddwtos": "dragging into a text",
    "gapselect": "selecting missing words",
    "random": "a random draw",
    "randomsamatch": "a random matching",
}


def read_moodle(text: str, unmarked: str = MARKDOWN) -> Reading:
    """Never raises: a file that is no XML is one `Problem`, a question that cannot be read another."""
    try:
        root = parsed(text.lstrip())
        if root.tag != "quiz":
            raise Unreadable(f"Moodle XML begins with <quiz>, this file with <{root.tag}>.", root.line)
    except Unreadable as error:
        return Reading((Problem(error.line, error.what),))
    return Reading.of(_items(root, unmarked))


def _items(root: Element, unmarked: str) -> Iterator[Record | Problem]:
    category = ""
    for element in root.all("question"):
        if element.attributes.get("type") == "category":
            category = element.words("category", "text")
            continue
        try:
            yield _Question(element, category, unmarked).record()
        except Unreadable as error:
            yield Problem(error.line or element.line, error.what, element.words("name", "text")[:80])


class _Question:
    def __init__(self, element: Element, category: str, unmarked: str) -> None:
        self.element, self.category = element, category
        self.notes = Notes()
        self.texts = Texts(self.notes, unmarked)
        asked = element.first("questiontext")
        self.format = (asked.attributes.get("format") if asked else None) or "html"

    def record(self) -> Record:
        kind = self.element.attributes.get("type", "")
        body, stem = self._body(kind)
        self._note_common()
        tags = [
            tag.words("text")
            for holder in ("tags", "coursetags")
            for each in self.element.all(holder)
            for tag in each.all("tag")
        ]
        return Record(
            stem=stem,
            body=body,
            line=self.element.line,
            name=self.element.words("idnumber"),
            title=self.element.words("name", "text"),
            explanation=self._text(self.element.first("generalfeedback")),
            hints=tuple(hint for hint in map(self._hint, self.element.all("hint")) if hint),
            tags=(*of_category(self.category), *tags) or None,
            notices=self.notes.all(),
        )

    def _note_common(self) -> None:
        grade = self.element.words("defaultgrade")
        if re.fullmatch(r"\d{1,6}(\.\d{1,9})?", grade, re.ASCII) and float(grade) != 1:
            self.notes.add(f"it is worth {float(grade):g} marks in the file; here a quiz's section gives the points")
        for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
            said = self._text(self.element.first(name))
            if not USUAL_FEEDBACK.match(said):
                self.notes.add(f"overall feedback is not kept: “{said[:60]}”")

    # Texts

    def _form(self, element: Element | None) -> str:
        named = element.attributes.get("format") if element is not None else None
        form = FORMATS.get(named or self.format)
        if form is None:
            raise Unreadable(
                f"The text format “{named or self.format}” is not known.", element.line if element is not None else 0
            )
        return form

    def _text(self, element: Element | None) -> str:
        """Markdown of an element with a <text>; files beside it are dropped and named."""
        if element is None:
            return ""
        for file in element.all("file"):
            self.notes.add(f"dropped: the file “{file.attributes.get('name', 'without a name')[:60]}”")
        return self.texts.markdown(self._raw(element), self._form(element))

    def _raw(self, element: Element) -> str:
        """The words in <text>. HTML belongs into CDATA there; as elements of XML it would be lost."""
        text = element.first("text")
        if text is not None and text.children:
            raise Unreadable(
                f"HTML inside of <text> must stand in CDATA: <{text.children[0].tag}> does not.", text.children[0].line
            )
        return text.text.strip() if text is not None else ""

    def _hint(self, element: Element) -> str:
        old = element.first("hintcontent")
        return self._text(old if old is not None else element)

    # Kinds

    def _body(self, kind: str) -> tuple[Body, str]:
        if kind in CLOZE:
            return self._cloze()
        if kind in CALCULATED:
            return self._calculated()
        stem = self._text(self.element.first("questiontext"))
        if not stem:
            raise Unreadable("The question has no text.")
        readers: dict[str, Callable[[], Body]] = {
            "multichoice": self._choices, "truefalse": self._true_false, "shortanswer": self._short_text,
            "numerical": self._numbers, "matching": self._pairs, "match": self._pairs, "essay": self._essay,
            "ordering": self._order,
        }  # fmt: skip
        if kind == "description":
            raise Unreadable("This is a description, a text without a question. Leave it out.")
        if kind not in readers:
            what = f" ({OTHER_TYPES[kind]})" if kind in OTHER_TYPES else ""
            raise Unreadable(f"Questions of Moodle's type “{kind}”{what} are not known here.")
        return readers[kind](), stem

    def _answers(self, *, plain: bool = False) -> list[Answer]:
        found = [self._answer(element, plain) for element in self.element.all("answer")]
        if not found:
            raise Unreadable("The question has no answers.")
        return found

    def _answer(self, element: Element, plain: bool = False) -> Answer:
        text = element.words("text") if plain else self._text(element)
        return Answer(text, self._share(element), self._text(element.first("feedback")))

    def _share(self, element: Element) -> float:
        said = element.attributes.get("fraction", "0") or "0"
        try:
            share = float(said) / 100
        except ValueError:
            share = 2.0
        if not abs(share) <= 1:
            raise Unreadable(f"The fraction “{said}” is no share between -100 and 100.", element.line)
        return share

    def _flag(self, name: str, default: str) -> bool:
        return (self.element.words(name) or default).lower() not in ("false", "0")

    def _choices(self) -> Choices:
        answers = tuple(self._answers())
        if empty := next((place for place, answer in enumerate(answers, start=1) if not answer.text), None):
            raise Unreadable(f"Option {empty} has no text. Images are not taken over.")
        return Choices(answers, many=not self._flag("single", "true"), keep_order=not self._flag("shuffleanswers", "true"))

    def _true_false(self) -> TrueFalse:
        elements = list(self.element.all("answer"))
        if len(elements) != 2:
            raise Unreadable("True or false has two answers.")
        said = [element.words("text").lower() for element in elements]
        if set(said) != {"true", "false"}:
            self.notes.add(f"its answers are called {said[0]} and {said[1]}: the first was taken for “true”")
            said = ["true", "false"]
        by_word = dict(zip(said, (self._answer(element, plain=True) for element in elements), strict=True))
        return TrueFalse(by_word["true"].share >= 1, by_word["true"].feedback, by_word["false"].feedback)

    def _short_text(self) -> ShortText:
        return ShortText(tuple(self._answers(plain=True)), case_sensitive=self._flag("usecase", "0"))

    def _numbers(self) -> Numbers:
        numbers, wrong = [], ""
        for element in self.element.all("answer"):
            answer = self._answer(element, plain=True)
            text = answer.text or element.text.strip()
            if text == "*":
                wrong = answer.feedback
                continue
            width = float(decimal(element.words("tolerance") or "0", "a tolerance"))
            numbers.append(
                Number(float(decimal(text, "an answer")), absolute=width, share=answer.share, feedback=answer.feedback)
            )
        if not numbers:
            raise Unreadable("The question has no number for an answer.")
        return Numbers(tuple(numbers), wrong, *self._units())

    def _units(self) -> tuple[str, tuple[tuple[str, float], ...]]:
        """The unit of the key, and the others. Moodle tells how many of the other unit one of the key's unit is."""
        holder = self.element.first("units")
        found = []
        for each in holder.all("unit") if holder else ():
            multiplier = float(decimal(each.words("multiplier") or "1", "a unit"))
            if multiplier <= 0:
                raise Unreadable("The multiplier of a unit lies above 0.", each.line)
            found.append((each.words("unit_name"), multiplier))
        base = next((name for name, multiplier in found if multiplier == 1), "")
        others = tuple((name, float(f"{1 / multiplier:.12g}")) for name, multiplier in found if name and name != base)
        if others and not base:
            raise Unreadable("None of the units has the multiplier 1, so the unit of the answer is not known.")
        return base, others

    def _pairs(self) -> Pairs:
        pairs, distractors = [], []
        for element in self.element.all("subquestion"):
            left, right = self._text(element), element.words("answer", "text")
            if left and right:
                pairs.append(Pair(left, right))
            elif right:
                distractors.append(right)
        return Pairs(tuple(pairs), tuple(distractors))

    def _order(self) -> Order:
        if self.element.words("selecttype").upper() not in ("", "ALL"):
            self.notes.add("Moodle draws some of the items; here all of them are asked")
        items = [Answer(self._text(each), 0.0, self._text(each.first("feedback"))) for each in self.element.all("answer")]
        return Order(tuple(items))

    def _essay(self) -> Essay:
        if self.element.words("attachments") not in ("", "0"):
            self.notes.add("attached files are not asked for here")
        if self._text(self.element.first("responsetemplate")):
            self.notes.add("the template for the answer is not kept")
        least, most = (whole(self.element.words(name)) or None for name in ("minwordlimit", "maxwordlimit"))
        return Essay(self._text(self.element.first("graderinfo")), least, most)

    # Gaps and drawn numbers

    def _cloze(self) -> tuple[Body, str]:
        asked = self.element.first("questiontext")
        form = self._form(asked)
        raw = self._raw(asked) if asked is not None else ""
        gaps = read_gaps(raw, lambda text: self._plain(text, form), lambda text: self.texts.markdown(text, form))
        stem = self.texts.markdown(gaps.text, form)
        if asked is not None:
            self._text(Element("files", {}, asked.line, list(asked.all("file"))))
        for place, blank in enumerate(gaps.blanks, start=1):
            stem = stem.replace(mark(place), f"[[{blank.name}]]")
        return Cloze(gaps.blanks), stem

    def _plain(self, text: str, form: str) -> str:
        if form in (MARKDOWN, PLAIN):
            return text.strip()
        return unescape(re.sub(r"<[^<>]*>", "", text) if LOOKS_LIKE.search(text) else text).strip()

    def _calculated(self) -> tuple[Body, str]:
        parameters = self._parameters()
        names = [parameter.name for parameter in parameters]
        stem = self._stem_with_values(names)
        elements = list(self.element.all("answer"))
        key = next((element for element in elements if self._share(element) >= 1), None)
        if key is None:
            raise Unreadable("No answer is fully right.")
        others = [element for element in elements if element is not key]
        wrong = next((self._text(each.first("feedback")) for each in others if each.words("text") == "*"), "")
        formulas = [self._formula(each, names) for each in (key, *others) if each.words("text") != "*"]
        width = float(decimal(key.words("tolerance") or "0", "a tolerance"))
        relative = key.words("tolerancetype") != "2"
        if key.words("tolerancetype") == "3":
            self.notes.add("a geometric tolerance is read as one relative to the answer")
        digits = key.words("correctanswerlength") if key.words("correctanswerformat") == "2" else ""
        body = Calculated(
            tuple(formulas), parameters, None if relative else width, width if relative else None, wrong, *self._units(),
            digits=whole(digits),
        )  # fmt: skip
        return body, stem

    def _stem_with_values(self, names: list[str]) -> str:
        """What is drawn or computed keeps its spelling while the text around it is converted."""
        asked = self.element.first("questiontext")
        held: list[str] = []

        def hold(found: re.Match[str]) -> str:
            held.append(text_from_moodle(unescape(found[0]), names))
            return mark(len(held))

        raw = PLACEHOLDER.sub(hold, self._raw(asked)) if asked is not None else ""
        stem = self.texts.markdown(raw, self._form(asked))
        for place, text in enumerate(held, start=1):
            stem = stem.replace(mark(place), text)
        return stem

    def _formula(self, element: Element, names: list[str]) -> Formula:
        return Formula(from_moodle(element.words("text"), names), self._share(element), self._text(element.first("feedback")))

    def _parameters(self) -> tuple[Parameter, ...]:
        holder = self.element.first("dataset_definitions")
        found = [self._parameter(each) for each in (holder.all("dataset_definition") if holder else ())]
        if not found:
            raise Unreadable("The file holds no values for the drawn numbers (dataset_definitions).")
        if len(found) > 1:
            self.notes.add("Moodle draws the numbers of one set together; here each is drawn by itself")
        return tuple(found)

    def _parameter(self, element: Element) -> Parameter:
        name = element.words("name", "text")
        low, high = (decimal(element.words(end, "text") or "0", f"the range of {name}") for end in ("minimum", "maximum"))
        places = element.words("decimals", "text") or "0"
        holder = element.first("dataset_items")
        items = [decimal(item.words("value"), f"a value of {name}") for item in (holder.all("dataset_item") if holder else ())]
        return parameter_of(Dataset(name, low, high, min(12, whole(places) or 0), tuple(items)))


def whole(text: str) -> int | None:
    """A whole number as Moodle writes it; None for anything else."""
    return int(text) if re.fullmatch(r"\d{1,6}", text, re.ASCII) else None
