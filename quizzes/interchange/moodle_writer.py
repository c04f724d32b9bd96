"""Writes Moodle XML in the shape that Moodle itself writes and reads. Texts are Markdown and say so."""

import re
from collections.abc import Iterable, Iterator
from typing import assert_never

from quizzes.interchange.gift_writer import lost_of_number, percent, plain, width_of
from quizzes.interchange.moodle_cloze import write_gaps
from quizzes.interchange.moodle_datasets import Dataset, dataset_of, parameter_of
from quizzes.interchange.moodle_formula import text_to_moodle, to_moodle
from quizzes.interchange.records import (
    Answer,
    Calculated,
    Choices,
    Cloze,
    Essay,
    NotHeld,
    Numbers,
    Order,
    Pairs,
    Parameter,
    Record,
    ShortText,
    TrueFalse,
    Unreadable,
    Written,
)

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'
FOOT = "</quiz>\n"
TYPES: dict[type, str] = {
    Choices: "multichoice", TrueFalse: "truefalse", ShortText: "shortanswer", Numbers: "numerical", Calculated: "calculated",
    Pairs: "matching", Order: "ordering", Essay: "essay", Cloze: "cloze",
}  # fmt: skip
MARKDOWN = 'format="markdown"'
_SPECIAL = re.compile(r"[<>&\"]")


def write_moodle(record: Record, lost: Iterable[str] = ()) -> Written:
    """One <question>. Raises `NotHeld`."""
    stem, lines, own = _body(record)
    missing = (*lost, *own)
    parts = [
        *([comment(f"{record.name}: Moodle XML cannot hold: {'; '.join(missing)}").rstrip()] if missing else []),
        f'  <question type="{TYPES[type(record.body)]}">',
        f"    <name>{_text(record.title or record.name)}</name>",
        f"    <questiontext {MARKDOWN}>{_text(stem)}</questiontext>",
        f"    <generalfeedback {MARKDOWN}>{_text(record.explanation)}</generalfeedback>",
        *(["    <defaultgrade>1.0000000</defaultgrade>"] if not isinstance(record.body, Cloze) else []),
        "    <penalty>0.3333333</penalty>",
        "    <hidden>0</hidden>",
        f"    <idnumber>{escaped(record.name)}</idnumber>",
        *(f"    {line}" for line in lines),
        *(f"    <hint {MARKDOWN}>{_text(hint)}</hint>" for hint in record.hints),
        *_tags(record),
        "  </question>",
    ]
    return Written("\n".join(parts) + "\n", missing)


def comment(text: str) -> str:
    """A comment. Two hyphens would end it."""
    return f"  <!-- {re.sub('-(?=-)', '- ', ' '.join(text.split())).rstrip('-')} -->\n"


def escaped(text: str) -> str:
    """In CDATA where it holds what XML gives a meaning to, as Moodle does. A carriage return would come back as a line feed."""
    if not _SPECIAL.search(text):
        return text
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _text(text: str) -> str:
    return f"<text>{escaped(text)}</text>"


def _tags(record: Record) -> list[str]:
    if not record.tags:
        return []
    return ["    <tags>", *(f"      <tag>{_text(tag)}</tag>" for tag in record.tags), "    </tags>"]


def _answer(text: str, share: float, feedback: str, form: str, *extra: str) -> list[str]:
    return [
        f'<answer fraction="{percent(share)}" {form}>',
        f"  {_text(text)}",
        f"  <feedback {MARKDOWN}>{_text(feedback)}</feedback>",
        *(f"  {each}" for each in extra),
        "</answer>",
    ]


def _body(record: Record) -> tuple[str, list[str], list[str]]:
    """The stem as Moodle has it, the lines of the type's own, what is lost."""
    match record.body:
        case TrueFalse() as body:
            return record.stem, list(_true_false(body)), []
        case Choices() as body:
            return record.stem, list(_choices(body)), []
        case ShortText() as body:
            return record.stem, list(_short_text(body)), []
        case Numbers() as body:
            return record.stem, list(_numbers(body)), _lost_of_numbers(body)
        case Pairs() as body:
            return record.stem, list(_pairs(body)), ["feedback of pairs"] if any(pair.feedback for pair in body.pairs) else []
        case Order() as body:
            return record.stem, list(_order(body)), []
        case Essay() as body:
            return record.stem, list(_essay(body)), []
        case Cloze() as body:
            stem, lost = write_gaps(record.stem, body.blanks)
            return stem, [], lost
        case Calculated() as body:
            lines, lost = _calculated(body)
            return text_to_moodle(record.stem), lines, [*lost, *_lost_expressions(record)]
        case _ as never:
            assert_never(never)


def _true_false(body: TrueFalse) -> Iterator[str]:
    form = 'format="moodle_auto_format"'
    yield from _answer("true", float(body.right), body.true_feedback, form)
    yield from _answer("false", float(not body.right), body.false_feedback, form)


def _combined() -> Iterator[str]:
    for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        yield f"<{name} {MARKDOWN}><text></text></{name}>"


def _choices(body: Choices) -> Iterator[str]:
    yield f"<single>{'false' if body.many else 'true'}</single>"
    yield f"<shuffleanswers>{'false' if body.keep_order else 'true'}</shuffleanswers>"
    yield "<answernumbering>abc</answernumbering>"
    yield "<showstandardinstruction>0</showstandardinstruction>"
    yield from _combined()
    yield from _answers(body.answers, MARKDOWN)


def _answers(answers: Iterable[Answer], form: str) -> Iterator[str]:
    for answer in answers:
        yield from _answer(answer.text, answer.share, answer.feedback, form)


def _short_text(body: ShortText) -> Iterator[str]:
    yield f"<usecase>{int(body.case_sensitive)}</usecase>"
    yield from _answers(body.answers, 'format="moodle_auto_format"')


def _numbers(body: Numbers) -> Iterator[str]:
    form = 'format="moodle_auto_format"'
    for number in body.answers:
        key, width = number.key, width_of(number)
        if number.low is not None and number.high is not None:
            key, width = (number.low + number.high) / 2, (number.high - number.low) / 2
        yield from _answer(plain(key), number.share, number.feedback, form, f"<tolerance>{plain(width)}</tolerance>")
    if body.wrong_feedback:
        yield from _answer("*", 0.0, body.wrong_feedback, form, "<tolerance>0</tolerance>")
    yield from _units(body.unit, body.units)


def _units(unit: str, units: Iterable[tuple[str, float]]) -> Iterator[str]:
    """Optional, as here: without a unit a number is in the unit of the key."""
    found = [(unit, 1.0)] if unit else []
    found += [(name, 1 / factor) for name, factor in units]
    if found:
        yield "<units>"
        for name, multiplier in found:
            yield f"  <unit><multiplier>{plain(multiplier)}</multiplier><unit_name>{escaped(name)}</unit_name></unit>"
        yield "</units>"
    yield "<unitgradingtype>0</unitgradingtype>"
    yield "<unitpenalty>0.1000000</unitpenalty>"
    yield f"<showunits>{0 if found else 3}</showunits>"
    yield "<unitsleft>0</unitsleft>"


def _lost_of_numbers(body: Numbers) -> list[str]:
    key = body.answers[0]
    lost = lost_of_number(key)
    if key.low is not None:
        lost.append("the accepted range (it becomes its middle and a tolerance)")
    if body.units and not body.unit:
        raise NotHeld("Moodle needs a unit of the answer before others can be given")
    return lost


def _pairs(body: Pairs) -> Iterator[str]:
    yield "<shuffleanswers>true</shuffleanswers>"
    yield from _combined()
    for left, right in [*((pair.left, pair.right) for pair in body.pairs), *(("", right) for right in body.distractors)]:
        yield f"<subquestion {MARKDOWN}>{_text(left)}<answer>{_text(right)}</answer></subquestion>"


def _order(body: Order) -> Iterator[str]:
    yield "<layouttype>VERTICAL</layouttype>"
    yield "<selecttype>ALL</selecttype>"
    yield "<selectcount>0</selectcount>"
    yield "<gradingtype>RELATIVE_ALL_PREVIOUS_AND_NEXT</gradingtype>"
    yield "<showgrading>SHOW</showgrading>"
    yield "<numberingstyle>none</numberingstyle>"
    yield from _combined()
    for place, item in enumerate(body.items, start=1):
        feedback = f"<feedback {MARKDOWN}>{_text(item.feedback)}</feedback>" if item.feedback else ""
        yield f'<answer fraction="{place}.0000000" {MARKDOWN}>{_text(item.text)}{feedback}</answer>'


def _essay(body: Essay) -> Iterator[str]:
    yield "<responseformat>plain</responseformat>"
    yield "<responserequired>1</responserequired>"
    yield "<responsefieldlines>15</responsefieldlines>"
    yield f"<minwordlimit>{body.min_words or ''}</minwordlimit>"
    yield f"<maxwordlimit>{body.max_words or ''}</maxwordlimit>"
    yield "<attachments>0</attachments>"
    yield "<attachmentsrequired>0</attachmentsrequired>"
    yield f"<graderinfo {MARKDOWN}>{_text(body.for_graders)}</graderinfo>"
    yield f"<responsetemplate {MARKDOWN}><text></text></responsetemplate>"


# Drawn numbers


def _calculated(body: Calculated) -> tuple[list[str], list[str]]:
    relative = body.relative is not None
    extra = (
        f"<tolerance>{plain(body.relative if body.relative is not None else body.absolute or 0.0)}</tolerance>",
        f"<tolerancetype>{1 if relative else 2}</tolerancetype>",
        "<correctanswerformat>2</correctanswerformat>",
        f"<correctanswerlength>{body.digits or 6}</correctanswerlength>",
    )
    lines = ["<synchronize>0</synchronize>", "<single>0</single>", "<answernumbering>abc</answernumbering>"]
    lines += ["<shuffleanswers>0</shuffleanswers>", *_combined()]
    for answer in body.answers:
        lines += _answer(to_moodle(answer.text), answer.share, answer.feedback, 'format="moodle_auto_format"', *extra)
    if body.wrong_feedback:
        lines += _answer("*", 0.0, body.wrong_feedback, 'format="moodle_auto_format"', *extra)
    if body.units and not body.unit:
        raise NotHeld("Moodle needs a unit of the answer before others can be given")
    lines += _units(body.unit, body.units)
    datasets = [dataset_of(parameter) for parameter in body.parameters]
    lines += ["<dataset_definitions>", *(line for dataset in datasets for line in _dataset(dataset)), "</dataset_definitions>"]
    changed = [each.name for each, dataset in zip(body.parameters, datasets, strict=True) if not _comes_back(each, dataset)]
    return lines, [f"the steps of {', '.join(changed)} (Moodle keeps {len(datasets[0].items)} drawn values)"] if changed else []


def _comes_back(parameter: Parameter, dataset: Dataset) -> bool:
    """Whether the very same values would be drawn again after an import."""
    try:
        return set(dataset_values(parameter_of(dataset))) == set(dataset_values(parameter))
    except Unreadable:
        return False


def dataset_values(parameter: Parameter) -> tuple[float, ...]:
    """A range by its three numbers, a list by its values."""
    if len(parameter.values) > 2 and len({b - a for a, b in zip(parameter.values, parameter.values[1:], strict=False)}) == 1:
        return (parameter.values[0], parameter.values[-1], parameter.values[1] - parameter.values[0])
    return parameter.values or (parameter.low, parameter.high, parameter.step)


def _dataset(dataset: Dataset) -> Iterator[str]:
    yield "  <dataset_definition>"
    yield "    <status><text>private</text></status>"
    yield f"    <name>{_text(dataset.name)}</name>"
    yield "    <type>calculated</type>"
    yield "    <distribution><text>uniform</text></distribution>"
    yield f"    <minimum><text>{dataset.low}</text></minimum>"
    yield f"    <maximum><text>{dataset.high}</text></maximum>"
    yield f"    <decimals><text>{dataset.decimals}</text></decimals>"
    yield f"    <itemcount>{len(dataset.items)}</itemcount>"
    yield "    <dataset_items>"
    for number, value in enumerate(dataset.items, start=1):
        yield f"      <dataset_item><number>{number}</number><value>{value}</value></dataset_item>"
    yield "    </dataset_items>"
    yield f"    <number_of_items>{len(dataset.items)}</number_of_items>"
    yield "  </dataset_definition>"


def _lost_expressions(record: Record) -> list[str]:
    """Only the question's text computes in Moodle."""
    elsewhere = [record.explanation, *record.hints]
    return ["computed values in hints and explanation"] if any("{=" in text for text in elsewhere) else []
