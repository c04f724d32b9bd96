"""An interview against a model of it: parts opened and ended in any order, answers to any part, time going by at any point."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from quizzes.errors import AnswersRefused, AttemptClosed
from quizzes.models import Answer, Attempt
from quizzes.services.answers import Sent, answers_save
from quizzes.services.finish import attempt_expire_if_overdue, attempt_submit
from quizzes.services.sections import section_end, section_open
from quizzes.services.start import attempt_start
from quizzes.services.state import attempt_state
from tests.quizzes.bank import let_time_pass, person, question, quiz

LIMIT_S, GRACE_S, PARTS = 100, 10, 3
STEPS_S = st.sampled_from([7, 21, 49, 77])  # sevens: no sum comes within two seconds of limit + grace


class InterviewModel(RuleBasedStateMachine):
    """`opened` is how many parts were opened, `age_s` the age of the open one; None between two."""

    @initialize()
    def begin(self) -> None:
        self.sandbox = transaction.atomic()
        self.sandbox.__enter__()
        slugs = [f"part-{number}" for number in range(1, PARTS + 1)]
        for slug in slugs:
            question(slug)
        sections = [{"questions": [slug], "time_limit_s": LIMIT_S} for slug in slugs]
        rules: dict[str, Any] = {"mode": "interview", "time_limit_s": None, "grace_s": GRACE_S, "sections": sections}
        self.attempt = attempt_start(person(), quiz(**rules))
        self.opened = 0
        self.age_s: int | None = None
        self.over = False
        self.seq = 0
        self.kept: list[tuple[int, int]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.sandbox.__exit__(None, None, None)

    @property
    def open_now(self) -> bool:
        return not self.over and self.age_s is not None and self.age_s <= LIMIT_S + GRACE_S

    def notice_the_clock(self) -> None:
        """What every page and every save does first: end what is past its time."""
        attempt_expire_if_overdue(Attempt.objects.get(pk=self.attempt.pk))
        if self.age_s is not None and not self.open_now:
            self.age_s = None
            self.over = self.over or self.opened == PARTS

    @rule(position=st.integers(1, PARTS))
    def open_part(self, position: int) -> None:
        self.notice_the_clock()
        if self.over or position > self.opened + 1:
            with pytest.raises(AttemptClosed):
                section_open(self.attempt, position)
        else:
            section_open(self.attempt, position)
            if position == self.opened + 1:
                self.opened, self.age_s = position, 0

    @rule(position=st.integers(1, PARTS))
    def end_part(self, position: int) -> None:
        self.notice_the_clock()
        if self.over:
            with pytest.raises(AttemptClosed):
                section_end(self.attempt, position)
        else:
            section_end(self.attempt, position)
            if position == self.opened:
                self.age_s = None

    @rule(position=st.integers(1, PARTS), value=st.sampled_from(["1", "2", None]))
    def answer(self, position: int, value: Any) -> None:
        self.seq += 1
        if position > self.opened:
            with pytest.raises(AnswersRefused):
                answers_save(self.attempt, [Sent(position, self.seq, value)])
            return
        taken = self.open_now and position == self.opened
        assert answers_save(self.attempt, [Sent(position, self.seq, value)]) == {
            f"{position}:{self.seq}": "kept" if taken else "refused"
        }
        if taken:
            self.kept.append((position, self.seq))

    @rule(seconds=STEPS_S)
    def wait(self, seconds: int) -> None:
        let_time_pass(self.attempt, seconds)
        if self.age_s is not None:
            self.age_s += seconds

    @rule()
    def hand_in(self) -> None:
        self.notice_the_clock()
        assert attempt_submit(Attempt.objects.get(pk=self.attempt.pk)) is not self.over
        self.over, self.age_s = True, None

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        if not hasattr(self, "attempt"):
            return
        rows = Answer.objects.values_list("attempt_question__position", "client_seq")
        assert sorted(rows) == sorted(self.kept)
        open_rows = self.attempt.sections.filter(opened_at__isnull=False, closed_at__isnull=True).count()
        assert open_rows <= 1
        assert self.attempt.sections.filter(opened_at__isnull=False).count() == self.opened

    @invariant()
    def the_page_shows_the_open_part_alone(self) -> None:
        if not hasattr(self, "attempt"):
            return
        row = Attempt.objects.get(pk=self.attempt.pk)
        if row.running:
            shown = set(attempt_state(row).questions)
            assert shown <= {str(self.opened)}
            assert not self.open_now or shown == {str(self.opened)}


@pytest.mark.slow
@pytest.mark.django_db
def test_no_order_of_events_parts_the_interview_from_its_model() -> None:
    run_state_machine_as_test(
        InterviewModel,
        settings=settings(
            max_examples=20, stateful_step_count=20, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        ),
    )
