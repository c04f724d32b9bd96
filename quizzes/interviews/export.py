"""A report as a file to keep: Markdown to read, JSON to reckon with. They hold what the page may show, and no more."""

from collections.abc import Iterator
from typing import Any

from quizzes.interviews.models import RoundRun
from quizzes.interviews.results import POINT_WORDS
from quizzes.interviews.services.report import ItemReport, Report, ScoringReport, StageReport

FORMAT = "plimsoll-interview-report 1"


def report_markdown(report: Report) -> str:
    return "\n\n".join(_parts(report)) + "\n"


def _parts(report: Report) -> Iterator[str]:
    found = report.round
    yield f"# {report.told.title}"
    ended = f"{found.get_status_display()} {found.get_ended_by_display()}"
    yield f"Round of {found.started_at:%Y-%m-%d %H:%M} UTC, aimed at {found.level}; {ended}; {report.used_s / 60:.0f} min used."
    yield "## Brief\n\n" + report.told.brief
    if report.own:
        yield _scoring_part("Own scoring", report.own)
    for other in report.others:
        yield _scoring_part(f"Scoring by {other.scoring.get_role_display()}", other)
    for comparison in report.comparisons:
        kappa = comparison.agreement.kappa
        said = f"{comparison.agreement.same} of {comparison.agreement.items} items alike"
        yield f"Agreement with it: {said}, weighted kappa {'not defined' if kappa is None else f'{kappa:.2f}'}."
    yield from (_stage_part(stage, answers=report.answers_open) for stage in report.stages)
    if report.diagram:
        yield f"## Diagram\n\n```mermaid\n{report.diagram.strip()}\n```"
    yield "## Change in mid-round\n\n" + _change_part(report)
    if report.answers_open and report.told.diagram:
        yield f"## Diagram of the model answer\n\n```mermaid\n{report.told.diagram.strip()}\n```"


def _scoring_part(title: str, scoring: ScoringReport) -> str:
    levels = ", ".join(f"{level} {share:.0%}" for level, share in scoring.result.by_level.items())
    return f"## {title}\n\nResult: {levels}.\n\n" + "\n".join(_item_line(each) for each in scoring.items)


def _item_line(each: ItemReport) -> str:
    row = each.row
    words = "not scored" if row is None or row.points is None else f"{row.points}, {POINT_WORDS[row.points]}"
    said = f"- **{each.item.kind_words}** ({words}): {' '.join(each.item.text.split())}"
    if row and row.quotation:
        said += f"\n  > {' '.join(row.quotation.split())}"
    if row and row.aloud:
        said += "\n  (said aloud)"
    return f"{said}\n  {' '.join(row.remark.split())}" if row and row.remark else said


def _stage_part(stage: StageReport, *, answers: bool) -> str:
    time = "not reached" if stage.used_s is None else f"{stage.used_s / 60:.1f} of {stage.minutes} min"
    parts = [f"## {stage.words} ({time})", stage.notes.strip() or "No notes."]
    for asked in stage.asked:
        answer = [f"A strong answer: {asked.answer}"] if answers else []
        parts += [f"Asked: {asked.ask}", *answer]
    if stage.model_answer:
        parts.append(f"### Model answer\n\n{stage.model_answer}")
    return "\n\n".join(parts)


def _change_part(report: Report) -> str:
    if report.round.change_opened_at is None:
        return "The round ended before it came."
    reached = report.changed_run
    met = f"It reached run {reached.run_id} at {reached.change_t_s:g} s." if reached else "No run was there to meet it."
    if reached and reached.change_taken_back:
        met += " There it was taken back on the lab's own page."
    expected = f"\n\nExpected: {report.told.change.expect}" if report.answers_open else ""
    return f"{report.told.change.says}\n\n{met}{expected}"


def report_json(report: Report) -> dict[str, Any]:
    """Times in ISO 8601, seconds where a name ends in `_s`, results as shares."""
    found = report.round
    return {
        "format": FORMAT,
        "round": str(found.uuid),
        "prompt": {"slug": found.prompt.slug, "title": report.told.title, "minutes": report.told.minutes},
        "level": found.level,
        "status": found.status,
        "ended_by": found.ended_by,
        "started_at": found.started_at.isoformat(),
        "ended_at": found.ended_at.isoformat() if found.ended_at else None,
        "stages": [_stage_object(stage) for stage in report.stages],
        "diagram": report.diagram,
        "change": _change_object(report),
        "runs": [_run_object(each) for each in report.runs],
        "scorings": [_scoring_object(each) for each in ([report.own] if report.own else []) + list(report.others)],
        "agreement": [{"with": each.other.scoring.role, "items": each.agreement.items, "same": each.agreement.same,
                       "weighted_kappa": each.agreement.kappa} for each in report.comparisons],
    }  # fmt: skip


def _run_object(each: RoundRun) -> dict[str, Any]:
    return {"run": str(each.run_id), "change_t_s": each.change_t_s, "taken_back": each.change_taken_back}


def _stage_object(stage: StageReport) -> dict[str, Any]:
    return {
        "stage": stage.name, "minutes": stage.minutes, "used_s": stage.used_s, "notes": stage.notes,
        "saved_at": [at.isoformat() for at in stage.saved], "asked": [each.id for each in stage.asked],
        "model_answer": stage.model_answer or None,
    }  # fmt: skip


def _change_object(report: Report) -> dict[str, Any] | None:
    at = report.round.change_opened_at
    if at is None:
        return None
    expect = report.told.change.expect if report.answers_open else None
    return {"opened_at": at.isoformat(), "says": report.told.change.says, "expect": expect}


def _scoring_object(scoring: ScoringReport) -> dict[str, Any]:
    return {
        "role": scoring.scoring.role,
        "finished_at": scoring.scoring.finished_at.isoformat() if scoring.scoring.finished_at else None,
        "results": dict(scoring.result.by_level),
        "items": [
            {"item": each.item.id, "kind": each.item.kind, "weight": each.item.weight, "points": each.points,
             "quotation": each.row.quotation if each.row else "", "aloud": bool(each.row and each.row.aloud),
             "remark": each.row.remark if each.row else ""}
            for each in scoring.items
        ],
    }  # fmt: skip
