import uuid
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from courses import decisions, evidence
from courses.decisions import DecisionRefused
from courses.models import Confirmation, DecisionRecord, Evidence
from labs.models import Run

SignedIn = Callable[[User], Client]
MakeRun = Callable[..., Run]


@pytest.fixture
def record(learner: User) -> DecisionRecord:
    return decisions.decision_start(owner_id=learner.pk, title="Use a breaker", template=None, body="Text.")


@pytest.fixture
def cited(record: DecisionRecord, finished_run: MakeRun) -> Evidence:
    return evidence.cite_run(record=record, run_id=finished_run().pk)


def holds_below(cited: Evidence, value: float) -> Evidence:
    return evidence.set_condition(evidence=cited, arm="windowed", metric="p99_s", operator="<", value=value)


def test_a_cited_run_is_frozen_and_outlives_the_run(
    record: DecisionRecord, finished_run: MakeRun, learner: User, signed_in: SignedIn
) -> None:
    run = finished_run()
    signed_in(learner).post(f"/decisions/{record.pk}/evidence/", {"run": f"http://testserver/labs/runs/{run.pk}/?x"})
    run.delete()
    page = signed_in(learner).get(f"/decisions/{record.pk}/").content.decode()
    assert "The windowed breaker saved most of the load." in page
    assert "no longer kept" in page


@pytest.mark.parametrize("status", ["queued", "failed", "cancelled"])
def test_only_finished_runs_are_cited(record: DecisionRecord, finished_run: MakeRun, status: str) -> None:
    run = finished_run(status=status, summary=None)
    with pytest.raises(DecisionRefused, match="Only a finished run"):
        evidence.cite_run(record=record, run_id=run.pk)
    assert not Evidence.objects.exists()


def test_a_run_is_cited_once_and_must_be_there(record: DecisionRecord, cited: Evidence) -> None:
    with pytest.raises(DecisionRefused, match="cited already"):
        evidence.cite_run(record=record, run_id=cited.run_id)
    with pytest.raises(DecisionRefused, match="no run"):
        evidence.cite_run(record=record, run_id=uuid.uuid4())


@pytest.mark.parametrize("run", ["", "nonsense", "'; DROP TABLE", "x" * 10_000])
def test_what_is_no_run_is_refused_in_words(record: DecisionRecord, learner: User, signed_in: SignedIn, run: str) -> None:
    response = signed_in(learner).post(f"/decisions/{record.pk}/evidence/", {"run": run}, follow=True)
    assert "Paste the address of a run." in response.content.decode()


def test_a_condition_must_be_about_what_was_measured(cited: Evidence) -> None:
    for arm, metric in (("windowed", "goodput_rps"), ("windowed", "nonsense"), ("nonsense", "p99_s")):
        with pytest.raises(DecisionRefused, match="did not measure"):
            evidence.set_condition(evidence=cited, arm=arm, metric=metric, operator="<", value=1.0)
    for operator, value in (("==", 1.0), ("<", None)):
        with pytest.raises(DecisionRefused, match="Choose a comparison"):
            evidence.set_condition(evidence=cited, arm="windowed", metric="p99_s", operator=operator, value=value)


@pytest.mark.parametrize("value", ["nan", "inf", "abc", "", "1e400"])
def test_a_value_that_is_no_number_is_refused(cited: Evidence, learner: User, signed_in: SignedIn, value: str) -> None:
    data = {"what": "windowed|p99_s", "operator": "<", "value": value}
    path = f"/decisions/{cited.record_id}/evidence/{cited.pk}/condition/"
    assert signed_in(learner).post(path, data, headers={"HX-Request": "true"}).status_code == 422
    cited.refresh_from_db()
    assert not cited.has_condition


def test_half_a_condition_is_refused_by_the_database(cited: Evidence) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.update(operator="<")


@pytest.mark.parametrize(("p99_s", "verdict"), [(0.45, "holds"), (0.55, "broken")])
def test_the_record_says_whether_the_evidence_still_holds(
    cited: Evidence, finished_run: MakeRun, learner: User, signed_in: SignedIn, p99_s: float, verdict: str
) -> None:
    holds_below(cited, 0.5)
    Confirmation.objects.create(evidence=cited, run_id=finished_run(p99_s=p99_s).pk)
    page = signed_in(learner).get(f"/decisions/{cited.record_id}/").content.decode()
    assert Confirmation.objects.get().verdict == verdict
    assert Confirmation.objects.get().measured == p99_s
    assert ("The evidence no longer holds" in page) is (verdict == "broken")


def test_a_confirmation_waits_for_its_run_and_tells_of_a_failed_one(cited: Evidence, finished_run: MakeRun) -> None:
    holds_below(cited, 0.5)
    run = finished_run(status="queued", summary=None)
    Confirmation.objects.create(evidence=cited, run_id=run.pk)
    settled = evidence.settle(cited)
    assert settled is not None
    assert settled.verdict == "pending"
    Run.objects.filter(pk=run.pk).update(status="failed", message="The worker died.")
    settled = evidence.settle(cited)
    assert settled is not None
    assert (settled.verdict, settled.message) == ("unknown", "The worker died.")


def test_a_lost_run_leaves_the_question_open(cited: Evidence) -> None:
    holds_below(cited, 0.5)
    Confirmation.objects.create(evidence=cited, run_id=uuid.uuid4())
    settled = evidence.settle(cited)
    assert settled is not None
    assert settled.verdict == "unknown"


@pytest.mark.parametrize("traffic", ["same", "new"])
def test_the_cited_run_is_run_again(cited: Evidence, learner: User, signed_in: SignedIn, traffic: str) -> None:
    holds_below(cited, 0.5)
    path = f"/decisions/{cited.record_id}/evidence/{cited.pk}/confirm/"
    response = signed_in(learner).post(path, {"traffic": traffic}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "running again" in response.content.decode()
    again = Run.objects.get(pk=Confirmation.objects.get().run_id)
    assert (again.lab, again.owner_id, again.status) == ("circuit-breaker", learner.pk, "queued")
    assert (again.seed == 7) is (traffic == "same")


def test_without_a_condition_nothing_is_run(cited: Evidence, learner: User, signed_in: SignedIn) -> None:
    path = f"/decisions/{cited.record_id}/evidence/{cited.pk}/confirm/"
    response = signed_in(learner).post(path, headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert "Say first what must hold." in response.content.decode()
    assert Run.objects.count() == 1


def test_a_shared_record_shows_its_evidence_without_tools(cited: Evidence, client: Client) -> None:
    holds_below(cited, 0.5)
    token = decisions.decision_share(record=cited.record, on=True).share_token
    page = client.get(f"/decisions/shared/{token}/").content.decode()
    assert "saved most of the load" in page
    assert "Run it again" not in page


def test_evidence_of_another_record_is_not_there(cited: Evidence, stranger: User, signed_in: SignedIn) -> None:
    theirs = decisions.decision_start(owner_id=stranger.pk, title="x", template=None, body="")
    assert signed_in(stranger).post(f"/decisions/{theirs.pk}/evidence/{cited.pk}/remove/").status_code == 404
    assert Evidence.objects.exists()
