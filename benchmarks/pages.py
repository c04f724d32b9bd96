"""A lesson, signed out, on one web process, against Django's own ASGI handler.

As served, a page that visitors see alike is shared for some seconds; what one made anew for each request takes is shown
beside it.
"""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks._site import children
from benchmarks.report import Report
from config.processes import free_port

LASTS_S, ROUNDS = 4.0, 3


def run(report: Report) -> None:
    started = children()
    from django.core.management import call_command

    from courses.models import Lesson
    from tests.site import answers

    call_command("load_material", verbosity=0)
    lesson = Lesson.objects.filter(published=True).earliest("pk").get_absolute_url()
    try:
        site, anew = started.web(), started.web(SHARED_PAGES_S="0")
        port = free_port()
        other = started._start(["benchmarks._django_asgi"], {"PORT": str(port)})
        deadline_s = time.monotonic() + 30
        while not answers(f"http://127.0.0.1:{port}/livez"):
            assert time.monotonic() < deadline_s, other.output()
            time.sleep(0.05)
        ours, unshared, theirs = [], [], []
        for lasts_s in (1.0, *[LASTS_S] * ROUNDS):  # in turn; the first round warms caches up
            ours.append(_rate_rps(site.url, lesson, lasts_s))
            unshared.append(_rate_rps(anew.url, lesson, lasts_s))
            theirs.append(_rate_rps(f"http://127.0.0.1:{port}", lesson, lasts_s))
        mine_rps, anew_rps, yours_rps = (median(rate for rate, _ in some[1:]) for some in (ours, unshared, theirs))
        report.show("lesson page", f"{ours[-1][1] / 1024:.0f} KiB")
        report.show("lesson page, requests/s on one process", f"{mine_rps:.0f}/s")
        report.show("the same, made anew for each request (WSGI in threads)", f"{anew_rps:.0f}/s")
        report.show("lesson page through Django's ASGI handler, requests/s", f"{yours_rps:.0f}/s")
        report.at_least("lesson page / Django's ASGI handler", mine_rps / yours_rps, 3.0)
    finally:
        started.close()


def _rate_rps(url: str, path: str, lasts_s: float) -> tuple[float, int]:
    """Answers per second and bytes of each, as seen by a process of its own."""
    host, _, port = url.removeprefix("http://").partition(":")
    command = [sys.executable, "-m", "benchmarks._load", host, port, path, str(lasts_s)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).resolve().parent.parent, timeout=120)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    rate, length = done.stdout.split()
    return float(rate), int(length)
