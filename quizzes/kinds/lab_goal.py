"""Lab goal: meet goals with a run of one's own, and name the run.

The answer is a run. What it did is found out once, when the answer is given (see `run_facts`), and kept with it: grading needs
no run, and deleting the run loses nothing. Goals have the form that scenarios give theirs; that they can be met is proved
when a version is made, by computing the author's own solution, and that they are not met by pressing Run is proved too.

Rule: the weighted share of the goals that the run met.
"""

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from labs.experiments.contract import Experiment
from labs.experiments.events import Scalar
from labs.scenario_goals import goal_in_words
from quizzes.kinds.asked_goal import AskedGoal, LabGoalDefinition, proved
from quizzes.kinds.base import AnswerError, Frozen, Json, Kind, Note, Outcome
from quizzes.kinds.lab_runs import address_query, arm_label, changes_in_words, controls_of, settings_in_words
from quizzes.kinds.run_facts import facts_suffice, ledger_of, met_at_s, turned

UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
CITED = re.compile(rf"^(?P<run>{UUID})(?:@(?P<take>[1-9]\d{{0,5}}))?$")
LINK = re.compile(rf"/labs/runs/(?P<run>{UUID})(?:[/?#]|$)")
UNTOLD = "What is kept of this run does not tell whether it meets the goals: somebody has to look at it."


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer: a run by its uuid, at `take` if that was said; `facts` is what was found out about it (see `observed`)."""

    run: str
    take: int | None = None
    facts: Json = None


class LabGoal(Kind[LabGoalDefinition, Cited]):
    """The answer is the uuid of an own finished run; "uuid@2" says which take of it was meant; a link to it will do."""

    slug: ClassVar[str] = "lab-goal"
    label: ClassVar[str] = "Lab goal"
    template: ClassVar[str] = "quizzes/kinds/lab_goal.html"
    review_template: ClassVar[str] = "quizzes/kinds/lab_goal_review.html"
    example: ClassVar[str] = """\
lab: retry-storm
goals:
- id: calm
  text: Exponential back-off sends at most 1.5 attempts per request
  conditions: [{subject: metric, name: attempts_per_request, arm: exponential, operator: <=, value: 1.5}]
  feedback: Repeats are limited by how many there may be, not by how long they wait.
  misconception: waiting longer makes fewer retries
fixed: {rate_rps: 70, outage_s: 10}       # a run that differs in these does not count
start: {base_s: 1}                        # where free knobs stand when the lab opens
turn: [max_attempts, base_s, cap_s]       # all else stays as it is; leave it out to free everything
minimum_s: 45
solution:                                  # computed when you save: the goals can be met
  parameters: {max_attempts: 1}
  text: No repeat at all.
"""
    definition = LabGoalDefinition
    in_lessons: ClassVar[bool] = False  # whose run it is, and since when it may be, is asked of an attempt

    def prepare(self, definition: LabGoalDefinition) -> Json:
        return json.loads(proved(definition.model_dump_json()))

    def assemble(self, raw: Json, artifact: Json | None) -> LabGoalDefinition:
        definition = LabGoalDefinition.model_validate(raw)
        definition._artifact = artifact
        return definition

    def rule(self, definition: LabGoalDefinition) -> str:
        if len(definition.goals) == 1:
            return "The run that you name meets the goal or does not: all or nothing."
        if len({goal.weight for goal in definition.goals}) == 1:
            return f"Each goal that your run meets earns 1/{len(definition.goals)} of the points."
        whole = sum(goal.weight for goal in definition.goals)
        shares = ", ".join(f"{100 * goal.weight / whole:.0f} %" for goal in definition.goals)
        return f"Each goal that your run meets earns its share: {shares}, in the order above."

    def freeze(self, definition: LabGoalDefinition, rng: random.Random, *, shuffle: bool) -> Frozen:
        return {}

    def public_view(self, definition: LabGoalDefinition, frozen: Frozen) -> Mapping[str, Any]:
        lab = definition.experiment
        labels = controls_of(lab)
        return {
            "lab": {"slug": lab.slug, "title": lab.title, "query": self._query(definition, {})},
            "goals": _told(definition),
            "fixed": settings_in_words(lab, definition.fixed),
            "turn": [labels[name] for name in definition.turn],
            "arms": [arm_label(lab, arm) for arm in definition.arms],
            "lasts_s": definition.lasts_s,
            "traffic": definition.seed,
            "world": definition.world,
            "own_attempt": definition.own_attempt,
        }

    def _query(self, definition: LabGoalDefinition, turned: Mapping[str, Scalar]) -> str:
        parameters = {**definition.start, **definition.fixed, **turned}
        return address_query(parameters, seed=definition.seed, arms=definition.arms, duration_s=definition.minimum_s)

    def parse(self, definition: LabGoalDefinition, frozen: Frozen, raw: Any) -> Cited | None:
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        text = raw.strip().lower() if isinstance(raw, str) and len(raw) <= 500 else ""
        found = CITED.match(text) or LINK.search(text)
        if found is None:
            raise AnswerError("That names no run. Choose one of your runs, or paste the link of its page.")
        take = found.groupdict().get("take")
        return Cited(run=found["run"], take=int(take) if take else None)

    def run_cited(self, response: Cited) -> str:
        return response.run

    def with_facts(self, response: Cited, facts: Json) -> Cited:
        return replace(response, facts=facts)

    def grade(self, definition: LabGoalDefinition, frozen: Frozen, response: Cited) -> Outcome:
        if response.facts is None or not facts_suffice(definition, response.facts):
            return Outcome(score=None, notes=(Note(text=UNTOLD),))
        met = met_at_s(definition, response.facts)
        whole = sum(goal.weight for goal in definition.goals)
        score = sum(goal.weight for goal in definition.goals if goal.id in met) / whole
        return Outcome(
            score=1.0 if len(met) == len(definition.goals) else score,
            notes=tuple(_note(goal, goal.id in met) for goal in definition.goals),
        )

    def review(self, definition: LabGoalDefinition, frozen: Frozen, response: Cited | None) -> Mapping[str, Any]:
        lab, facts = definition.experiment, response.facts if response else None
        known = facts is not None and facts_suffice(definition, facts)
        met = met_at_s(definition, facts) if facts is not None and known else {}
        goals = [
            told | {"met": goal.id in met if known else None, "at_s": met.get(goal.id), "misconception": goal.misconception}
            | {"feedback": goal.feedback}
            for told, goal in zip(_told(definition), definition.goals, strict=True)
        ]  # fmt: skip
        solution = definition.solution
        return {
            "goals": goals,
            "run": _run_in_words(lab, response, definition) if response else None,
            "lab": {"slug": lab.slug, "title": lab.title},
            "solution": {
                "text": solution.text,
                "query": self._query(definition, solution.parameters),
                "settings": settings_in_words(lab, solution.parameters),
                "changes": changes_in_words(lab, [row.change() for row in solution.changes]),
                "sentence": (definition._artifact or {}).get("sentence", ""),
            },
        }

    def answer_text(self, definition: LabGoalDefinition, frozen: Frozen, response: Cited) -> str:
        if response.facts is None or not facts_suffice(definition, response.facts):
            return f"run {response.run}"
        met = met_at_s(definition, response.facts)
        return f"run {response.run}: {len(met)} of {len(definition.goals)} goals met"


def _told(definition: LabGoalDefinition) -> list[dict[str, Any]]:
    lab = definition.experiment
    return [{"text": goal.text, "conditions": goal_in_words(lab, goal, to_learner=True)} for goal in definition.watched()]


def _note(goal: AskedGoal, met: bool) -> Note:
    return Note(
        text="" if met else goal.feedback,
        about=goal.text,
        right=met,
        misconception="" if met else goal.misconception,
        given=True,
    )


def _run_in_words(lab: Experiment, response: Cited, definition: LabGoalDefinition) -> dict[str, Any]:
    facts = response.facts or {}
    return {
        "uuid": response.run, "short": response.run[:8], "take": facts.get("take", 1), "seed": facts.get("seed"),
        "settings": settings_in_words(lab, turned(definition, facts.get("parameters", {}))),
        "changes": changes_in_words(lab, ledger_of(facts)), "sentence": facts.get("sentence", ""),
    }  # fmt: skip


KIND = LabGoal()
