"""How each route is attacked: its address, who may use it, its fields with values that it would take.

`ENTRIES` is by the route's name. A route that is not here fails a test, so nobody adds one without asking what it does
with nonsense. The admin's routes of a model are all alike and named by `ADMIN`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tests.quizzes.bank import DEFINITIONS

Persona = Literal["anonymous", "learner", "other", "candidate", "instructor", "administrator"]
GET: tuple[str, ...] = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Entry:
    """`form` and `json` hold values that are taken, JSON's as literals. `private_to`: to all others there is nothing there."""

    path: str
    methods: tuple[str, ...] = GET
    form: Mapping[str, str] | None = None
    json: Mapping[str, str] | None = None
    query: tuple[str, ...] = ()
    user: Persona = "learner"
    private_to: Persona | None = None
    any_method: bool = False
    """Class-based pages of other packages, which answer OPTIONS and such."""


def post(
    path: str, *, user: Persona = "learner", private: bool = False, methods: tuple[str, ...] = ("POST",), **form: str
) -> Entry:
    return Entry(path, methods, form=form, user=user, private_to=user if private else None)


def post_json(path: str, *, user: Persona = "learner", private: bool = False, **json: str) -> Entry:
    return Entry(path, ("POST",), json=json, user=user, private_to=user if private else None)


def account(path: str, **form: str) -> Entry:
    return Entry(path, ("GET", "HEAD", "POST"), form=form, query=("next", "email"), user="anonymous", any_method=True)


RUN, QUEUED, ATTEMPT, RECORD = "/labs/runs/{run}/", "/labs/runs/{queued}/", "/attempts/{attempt}/", "/decisions/{record}/"
PRACTICE, INVITATION = "/attempts/{practice}/questions/1/", "/invitations/{invitation}/"
EVIDENCE = RECORD + "evidence/{evidence}/"
USE = "/checklists/uses/{use}/"
OWN_CARD = "/review/cards/{own_card}/"
ROUND, ROUND_OVER = "/interviews/rounds/{round}/", "/interviews/rounds/{round_over}/"
SCORING, ROUND_SHARED = "/interviews/scorings/{scoring}/", "/interviews/shared/{round_share}/"
KNOBS = ("set.failure_rate", "set.rate_rps", "set.timeout_s", "set.nothing", "seed", "scene", "scenario", "page", "set.")
NOBODY = "00000000-0000-0000-0000-000000000000"

ENTRIES: dict[str, Entry] = {
    "livez": Entry("/livez", query=("q",)),
    "readyz": Entry("/readyz", query=("q",)),
    "metrics": Entry("/metrics", query=("name[]",)),
    # labs
    "labs:list": Entry("/labs/", query=("page", "q")),
    "labs:calibration": Entry("/labs/calibration/", query=("page",)),
    "labs:lab": Entry("/labs/circuit-breaker/", query=KNOBS),
    "labs:run": Entry(RUN, query=("scene", "set.failure_rate")),
    "labs:run_data": Entry(f"{RUN}data.json", query=("take",)),
    "labs:run_export_csv": Entry(f"{RUN}export.csv", query=("take",)),
    "labs:run_export_json": Entry(f"{RUN}export.json", query=("take",)),
    "labs:run_lines": Entry(f"{RUN}lines.json", query=("take",)),
    "labs:run_start": post_json(
        "/labs/circuit-breaker/runs/",
        parameters='{"failure_rate": 0.2}',
        world='"simulated"',
        seed="1",
        duration_s="30",
        arms='["windowed"]',
        prediction="{}",
        scenario='""',
    ),
    "labs:run_fork": post_json(f"{RUN}fork/", t_s="1", changes="[]", parameters="{}"),
    "labs:run_changes": post_json(
        f"{QUEUED}changes/",
        private=True,
        t_s="1.0",
        kind='"set"',
        name='"failure_rate"',
        value="0.5",
        target='""',
    ),
    "labs:run_change_undo": Entry(f"{QUEUED}changes/0/", ("DELETE",), private_to="learner"),
    "labs:run_cancel": post_json(f"{QUEUED}cancel/", private=True),
    # quizzes
    "quizzes:list": Entry("/quizzes/", query=("page",)),
    "quizzes:quiz": Entry("/quizzes/breakers/", query=("attempt",)),
    "quizzes:start": post("/quizzes/breakers/start/"),
    "quizzes:attempt": Entry(ATTEMPT, query=("question",), user="candidate", private_to="candidate"),
    "quizzes:answers": post_json(
        f"{ATTEMPT}answers/",
        user="candidate",
        private=True,
        answers='[{"question": "1", "seq": 1, "value": "1"}]',
        flags='{"1": true}',
        active_ms='{"1": 1500}',
        at='"1"',
    ),
    "quizzes:state": Entry(f"{ATTEMPT}state/", query=("at",), user="candidate", private_to="candidate"),
    "quizzes:submit": post(f"{ATTEMPT}submit/", user="candidate", private=True),
    "quizzes:section_open": post(f"{ATTEMPT}sections/1/open/", user="candidate", private=True),
    "quizzes:section_end": post(f"{ATTEMPT}sections/1/end/", user="candidate", private=True),
    "quizzes:leave": post(f"{ATTEMPT}questions/1/leave/", user="candidate", private=True),
    "quizzes:practice_check": post_json(f"{PRACTICE}check/", user="candidate", private=True, number="1"),
    "quizzes:practice_hint": post_json(f"{PRACTICE}hint/", user="candidate", private=True, number="1"),
    "quizzes:practice_solution": post_json(f"{PRACTICE}solution/", user="candidate", private=True, number="1"),
    "quizzes:question_runs": Entry(
        f"{ATTEMPT}questions/{1 + list(DEFINITIONS).index('lab-goal')}/runs/",
        query=("page",),
        user="candidate",
        private_to="candidate",
    ),
    "quizzes:inline": Entry("/questions/inline-one/inline/", query=("version",)),
    "quizzes:check": post("/questions/inline-one/check/", answer="1", version="1", reveal="yes"),
    # reviews
    # where one check stands for several names, one of them is attacked
    "reviews:review": Entry("/review/", query=("tag",)),
    "reviews:ratings": post_json(
        "/review/ratings/",
        ratings=f'[{{"id": "{NOBODY}", "card": "{NOBODY}", "revision": 0, "rating": 3}}]',
        zone='"Europe/Berlin"',
        choice='{"tag": "breakers"}',
    ),
    "reviews:undo": post_json("/review/undo/", id=f'"{NOBODY}"', rating=f'"{NOBODY}"'),
    "reviews:more_new": post("/review/more/"),
    "reviews:statistics": Entry("/review/statistics/", query=("q",)),
    "reviews:settings": post(
        "/review/settings/",
        methods=("GET", "HEAD", "POST"),
        percent="90",
        new_per_day="10",
        new_from="read",
        border_hour="4",
        time_zone="Europe/Berlin",
    ),
    "reviews:preview": post("/review/preview/", body="Text."),
    "reviews:cards": Entry("/review/cards/", query=("q", "page", "deleted")),
    "reviews:card_new": post(
        "/review/cards/new/", methods=("GET", "HEAD", "POST"), front="Front?", back="Back.", deck="Mine", tags="a b"
    ),
    "reviews:card_edit": post(
        OWN_CARD, private=True, methods=("GET", "HEAD", "POST"), front="Front?", back="Back.", deck="Mine"
    ),
    "reviews:card_delete": post(f"{OWN_CARD}delete/", private=True),
    "reviews:card_restore": post("/review/cards/{deleted_card}/restore/", private=True),
    "reviews:anki": post("/review/anki/", methods=("GET", "HEAD", "POST"), file="none"),
    "reviews:anki_export": Entry("/review/anki/deck.apkg", query=("lesson",)),
    "reviews:anki_preview": post("/review/anki/{anki_import}/", private=True, methods=("GET", "HEAD", "POST"), changed="deck"),
    "reviews:anki_undo": post("/review/anki/{anki_import}/undo/"),
    "reviews:answer": post_json("/review/{card}/answer/", private=True, revision="0", version="1", value='"1"', give_up="true"),
    "reviews:bury": post_json("/review/{card}/bury/", private=True, on="true", choice="{}"),
    "reviews:suspend": post_json("/review/{card}/suspend/", private=True, on="true"),
    "reviews:card_away": post("/review/{card}/away/", private=True, on="yes"),
    # interviews
    "interviews:list": Entry("/interviews/", query=("page",)),
    "interviews:prompt": Entry("/interviews/a-counter/", query=("level",)),
    "interviews:start": post("/interviews/a-counter/start/", level="staff"),
    "interviews:history": Entry("/interviews/history/", query=("prompt", "deleted")),
    "interviews:to_score": Entry("/interviews/to-score/", query=("page",)),
    "interviews:diagram": post("/interviews/diagram/", source="flowchart LR\n  a --> b"),
    "interviews:round": Entry(ROUND, query=("stage",), private_to="learner"),
    "interviews:state": Entry(f"{ROUND}state/", query=("after",), private_to="learner"),
    "interviews:notes": post_json(
        f"{ROUND}notes/", private=True, answers='[{"question": "sizing", "seq": 9, "value": "A note."}]', flags="{}"
    ),
    "interviews:panel": Entry(f"{ROUND}panel/", query=("stage",), private_to="learner"),
    "interviews:next": post(f"{ROUND}next/", private=True, stage="wrap-up"),
    "interviews:run": Entry(
        f"{ROUND}run/",
        (*GET, "POST"),
        json={"parameters": '{"failure_rate": 0.2}', "seed": "1", "duration_s": "30", "arms": '["windowed"]'},
        private_to="learner",
    ),
    "interviews:change": post_json(f"{ROUND}change/", private=True, run="null", playhead_s="1.5"),
    "interviews:finish": post(f"{ROUND}finish/", private=True, give_up="yes"),
    "interviews:report": Entry(f"{ROUND_OVER}report/", query=("by",), private_to="learner"),
    "interviews:report_markdown": Entry(f"{ROUND_OVER}report.md", query=("by",), private_to="learner"),
    "interviews:report_json": Entry(f"{ROUND_OVER}report.json", query=("by",), private_to="learner"),
    "interviews:answers": post(f"{ROUND_OVER}answers/", private=True),
    "interviews:share": post(f"{ROUND_OVER}share/", private=True, on="yes", whom="link"),
    "interviews:delete": post(f"{ROUND_OVER}delete/", private=True),
    "interviews:restore": post(f"{ROUND_OVER}restore/", private=True),
    "interviews:score": post(f"{ROUND_OVER}score/", private=True),
    "interviews:scoring": Entry(SCORING, query=("item",), private_to="learner"),
    "interviews:scoring_state": Entry(f"{SCORING}state/", query=("after",), private_to="learner"),
    "interviews:scoring_items": post_json(
        f"{SCORING}items/",
        private=True,
        answers='[{"question": "strong-1", "seq": 1, "value": {"points": 2, "quotation": "", "aloud": true, "remark": ""}}]',
        flags="{}",
    ),
    "interviews:scoring_finish": post(f"{SCORING}finish/", private=True),
    "interviews:shared": Entry(ROUND_SHARED, query=("q",)),
    "interviews:shared_begin": post(f"{ROUND_SHARED}begin/"),
    # invitations
    "invitations:invitation": Entry(INVITATION, query=("email",), user="anonymous"),
    "invitations:accept": post(f"{INVITATION}accept/", user="anonymous", name="Ada", email="ada@example.org"),
    "invitations:start": post(f"{INVITATION}start/", user="anonymous"),
    "invitations:my_data": Entry(f"{INVITATION}data/", query=("format",), user="anonymous"),
    # courses
    "courses:home": Entry("/", query=("page",)),
    "courses:favicon": Entry("/favicon.ico"),
    "courses:courses": Entry("/courses/", query=("page",)),
    "courses:course": Entry("/courses/sample/", query=("page",)),
    "courses:lessons": Entry("/lessons/", query=("page",)),
    "courses:lesson": Entry("/lessons/first-steps/", query=("q",)),
    "courses:progress": post("/lessons/first-steps/progress/", read="yes"),
    "courses:note": post("/lessons/first-steps/note/", text="A note.", revision="0"),
    "courses:search": Entry("/search/", query=("q", "page")),
    "courses:diagram": Entry(f"/diagrams/{'a' * 64}.svg"),
    "courses:exercises": Entry("/exercises/", query=("page",)),
    "courses:exercise": Entry("/exercises/slow-pictures/", query=("q",)),
    "courses:exercise_begin": post("/exercises/slow-pictures/begin/"),
    "courses:exercise_write": Entry("/exercises/slow-pictures/write/", query=("body",), user="anonymous"),
    "courses:exercise_compare": post(
        "/exercises/slow-pictures/compare/",
        user="anonymous",
        methods=("GET", "HEAD", "POST"),
        title="A title",
        body="## Options\n\nText.",
        give_up="yes",
    ),
    "courses:exercise_ratings": Entry("/exercises/slow-pictures/ratings/", ("POST",), form={"point-one": "met"}),
    "courses:checklists": Entry("/checklists/", query=("page",)),
    "courses:checklist": Entry("/checklists/before-release/", query=("page",)),
    "courses:checklist_use_new": post("/checklists/before-release/use/", title="Photo service v2"),
    "courses:checklist_use": Entry(USE, query=("show",), private_to="learner"),
    "courses:checklist_use_save": Entry(
        f"{USE}save/",
        ("POST",),
        form={"title": "Photo service v3", "revision": "1", "state.rollback": "todo", "note.rollback": "Not tried."},
        private_to="learner",
    ),
    "courses:checklist_use_attach": post(f"{USE}record/", private=True, record="{record}"),
    "courses:checklist_use_delete": post(f"{USE}delete/", private=True),
    "courses:checklist_use_export": Entry(f"{USE}export/", query=("format",), private_to="learner"),
    "courses:decisions": Entry("/decisions/", query=("status",)),
    "courses:decision_new": post(
        "/decisions/new/",
        methods=("GET", "HEAD", "POST"),
        title="A title",
        body="Text.",
        template="short",
        run="/labs/runs/{run}/",
    ),
    "courses:decision_preview": post("/decisions/preview/", body="Text."),
    "courses:decision_shared": Entry("/decisions/shared/{share}/", query=("q",)),
    "courses:decision": Entry(RECORD, query=("version",), private_to="learner"),
    "courses:decision_save": post(f"{RECORD}save/", private=True, title="A title", body="Text.", revision="1", version="yes"),
    "courses:decision_status": post(f"{RECORD}status/", private=True, status="superseded", superseded_by=NOBODY),
    "courses:decision_share": post(f"{RECORD}share/", private=True, share="on"),
    "courses:decision_delete": post(f"{RECORD}delete/", private=True),
    "courses:decision_export": Entry(f"{RECORD}export/", query=("format",), private_to="learner"),
    "courses:decision_history": Entry(f"{RECORD}history/", query=("version",), private_to="learner"),
    "courses:decision_restore": post(f"{RECORD}history/1/restore/", private=True),
    "courses:decision_checklists": post(f"{RECORD}checklists/", private=True, what="use:{use}"),
    "courses:decision_checklist_remove": post(f"{RECORD}checklists/{{use}}/remove/", private=True),
    "courses:decision_cite": post(f"{RECORD}evidence/", private=True, run="/labs/runs/{run}/"),
    "courses:decision_evidence": Entry(EVIDENCE, query=("q",), private_to="learner"),
    "courses:decision_uncite": post(f"{EVIDENCE}remove/", private=True),
    "courses:decision_condition": post(f"{EVIDENCE}condition/", private=True, what="windowed|p99_s", operator="<", value="1"),
    "courses:decision_confirm": post(f"{EVIDENCE}confirm/", private=True, traffic="same"),
    # accounts
    "account_login": account("/accounts/login/", login="learner", password="not the one", remember="on", next="/labs/"),
    "account_logout": account("/accounts/logout/", next="/labs/"),
    "account_inactive": account("/accounts/inactive/"),
    "account_signup": account(
        "/accounts/signup/",
        username="newcomer",
        email="new@example.org",
        password1="a long enough word",
        password2="a different one",
        next="/labs/",
    ),
    "account_reauthenticate": account("/accounts/reauthenticate/", password="not the one", next="/labs/"),
    "account_email": account("/accounts/email/", email="new@example.org", action_add=""),
    "account_email_verification_sent": account("/accounts/confirm-email/"),
    "account_change_password": account("/accounts/password/change/", oldpassword="x", password1="y", password2="z"),
    "account_set_password": account("/accounts/password/set/", password1="y", password2="z"),
    "account_reset_password": account("/accounts/password/reset/", email="nobody@example.org"),
    "account_confirm_login_code": account("/accounts/login/code/confirm/", code="123"),
    "account_confirm_email": account("/accounts/confirm-email/MQ:abc/"),
    "account_reset_password_from_key_done": account("/accounts/password/reset/key/done/"),
    "account_reset_password_from_key": account("/accounts/password/reset/key/1-set-password/", password1="y", password2="z"),
    "account_reset_password_done": account("/accounts/password/reset/done/"),
}

ADMIN_PAGES = {
    "admin:index",
    "admin:login",
    "admin:logout",
    "admin:password_change",
    "admin:password_change_done",
    "admin:autocomplete",
    "admin:jsi18n",
    "admin:view_on_site",
    "admin:app_list",
    "admin:auth_user_password_change",
    "admin:quizzes_question_as_learner",
    "admin:quizzes_question_import",
    "admin:quizzes_question_import_question",
    "admin:quizzes_question_export",
    "admin:quizzes_attempt_extra_time",
    "admin:quizzes_accommodation_people",
    "admin:reviews_flashcard_anki",
    "admin:interviews_prompt_try",
}
ADMIN_OF_A_MODEL = (
    "changelist",
    "add",
    "change",
    "delete",
    "history",
    "simple_history",
    "preview",
    "difference",
    "reference",
    "live",
    "duplicate",
    "revisions",
    "preview_attempt",
    "regrade",
    "results",
    "results_csv",
    "report",
    "data",
    "renew",
    "take_back",
    "erase",
    "item",
    "record",
)

STRANGE_PATHS = (
    "/labs/runs/{nobody}/",
    "/labs/runs/not-a-uuid/",
    "/labs/runs/{run}/changes/{digits}/",
    "/labs/%00/",
    "/lessons/%00/",
    "/%00",
    "/lessons/%E2%80%AE/",
    "/quizzes/%C3%28/",
    "/diagrams/%00.svg",
    "/diagrams/{a}%0A.svg",
    "/decisions/shared/%00/",
    "/decisions/shared/{nul43}/",
    "/decisions/shared/{long}/",
    "/decisions/{record}/history/{digits}/restore/",
    "/decisions/{record}/evidence/{digits}/",
    "/decisions/{nobody}/",
    "/decisions/{record}/checklists/{nobody}/remove/",
    "/exercises/%00/",
    "/exercises/nowhere/compare/",
    "/checklists/%00/",
    "/checklists/uses/",
    "/checklists/uses/{nobody}/",
    "/checklists/uses/{nobody}/save/",
    "/attempts/{nobody}/",
    "/attempts/{nobody}/answers/",
    "/accounts/confirm-email/%D9%A1:x/",
    "/accounts/confirm-email/{digits}:a:b/",
    "/accounts/password/reset/key/zzzzzzzzzzzzz-x/",
    "/accounts/password/reset/key/1-%00/",
    "/accounts/password/reset/key/{digits}-a/",
    "/../../etc/passwd",
    "/static/../manage.py",
    "/static/%2e%2e/manage.py",
    "/labs/../admin/",
    "//evil.example/",
    "/\\evil.example/",
    "/accounts//evil.example",
)
__all__ = ["ADMIN_OF_A_MODEL", "ADMIN_PAGES", "ENTRIES", "STRANGE_PATHS", "Entry", "Persona"]
