"""The import of 1,000 GIFT questions through its page: preview, import, and the preview of the same file again.

Through Django's own stack (routes, sessions, forms, templates) in this process, on a real PostgreSQL. The file mixes the kinds
that GIFT holds, with Markdown, code and escapes, as an export of a real bank does.
"""

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from benchmarks._site import prepared
from benchmarks.report import Report

if TYPE_CHECKING:
    from django.test import Client

QUESTIONS = 1_000
PROMISED_S = 10.0
IMPORT = "/admin/quizzes/question/import/"
KINDS = (
    "Which of these is true of system {n}?{{\n\t=It fails fast.#Yes\\: nothing is sent.\n\t~It retries.#That is a retry."
    "\n\t~It waits.#No.\n\t####Because of `{n}`.\n}}",
    "Which two hold at {n}?{{\n\t~%50%A **timeout**#Yes.\n\t~%50%HTTP 503#Yes.\n\t~%-50%HTTP 404#No.\n\t~%-50%HTTP 201\n}}",
    "How many calls fail of {n}?\\n\\n```python\\nx \\= \\{{1\\: {n}\\}}\\n```{{#\n\t=%100%{n}:0.5#Just so."
    "\n\t=%0%-{n}:0.5#The sign.\n\t~#Count.\n}}",
    "System {n} keeps its promise.{{TRUE#No, it does.#Right.}}",
    "The state after {n} failures?{{=%100%open#Yes. =%50%half*#Nearly.}}",
    "Match what bounds what at {n}.{{=Bulkhead -> concurrency =Timeout -> waiting = -> money}}",
)


def run(report: Report) -> None:
    prepared()
    from quizzes.models import Question, QuestionVersion

    client, text = _instructor(), _file()
    try:
        shown, preview_s = _timed(lambda: client.post(IMPORT, {"text": text, "step": "preview"}))
        seen = re.search(r'name="seen" value="(\w+)"', shown.content.decode())
        assert seen is not None
        taken = {"text": text, "step": "import", "seen": seen[1], "take": list(range(1, QUESTIONS + 1))}
        done, import_s = _timed(lambda: client.post(IMPORT, taken))
        again, again_s = _timed(lambda: client.post(IMPORT, {"text": text, "step": "preview"}))
        report.show(
            f"file of {QUESTIONS:,} GIFT questions, page of its preview", f"{_kib(text.encode())}, {_kib(shown.content)}"
        )
        report.show("preview of new questions", f"{preview_s:.2f} s")
        report.show("import of them, one transaction", f"{import_s:.2f} s")
        report.show("preview of the same file again: each is merged with the bank's", f"{again_s:.2f} s")
        same = again.content.count(b'class="import-row same"')
        report.exactly("questions that the second preview calls the same", same, QUESTIONS)
        report.exactly("versions in the bank", QuestionVersion.objects.count(), QUESTIONS)
        assert done.status_code == 302
        report.at_most(f"preview and import of {QUESTIONS:,} GIFT questions", preview_s + import_s, PROMISED_S, "s")
    finally:
        Question.objects.update(current=None)
        Question.objects.all().delete()


def _file() -> str:
    parts = [
        f"// [id:bench-{n}] [tag:bench]\n::Question {n}::[markdown]{KINDS[n % len(KINDS)].format(n=n)}"
        for n in range(1, QUESTIONS + 1)
    ]
    return "\n\n".join(parts)


def _instructor() -> "Client":
    from django.test import Client

    from accounts.models import User

    user, _ = User.objects.get_or_create(username="bench-instructor", defaults={"is_staff": True, "is_superuser": True})
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    return client


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began_s = time.perf_counter()
    reply = call()
    return reply, time.perf_counter() - began_s


def _kib(data: bytes) -> str:
    return f"{len(data) / 1024:,.0f} KiB"
