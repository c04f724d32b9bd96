"""What a stranger may not get out of the site, whatever the page: headers, redirects, cookies, figures, big requests."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.auth import get_user_model
from django.test import Client

import config.settings
from labs.models import Run

ROOT = Path(__file__).resolve().parent.parent
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    "https:evil.example",
    "\x00//evil.example",
]


@pytest.mark.django_db
@pytest.mark.parametrize("where", ELSEWHERE)
def test_signing_in_never_leads_elsewhere(client: Client, where: str) -> None:
    get_user_model().objects.create_user("ada", "ada@example.org", "a long enough word")
    page = client.post("/accounts/login/", {"login": "ada", "password": "a long enough word", "next": where})
    assert page.headers.get("Location", "/").startswith("/")
    assert "evil" not in page.headers.get("Location", "")
    assert "evil" not in client.post("/accounts/logout/", {"next": where}).headers.get("Location", "")


@pytest.mark.django_db
def test_passwords_are_kept_under_argon2_and_open_the_account(client: Client, settings: Any) -> None:
    settings.PASSWORD_HASHERS = config.settings.PASSWORD_HASHERS
    ada = get_user_model().objects.create_user("ada", "ada@example.org", "a long enough word")
    assert ada.password.startswith("argon2$argon2id$")
    client.post("/accounts/login/", {"login": "ada", "password": "a long enough word"})
    assert client.session["_auth_user_id"] == str(ada.pk)


@pytest.mark.django_db
def test_guessing_a_password_ends_soon(client: Client) -> None:
    get_user_model().objects.create_user("ada", "ada@example.org", "a long enough word")
    answers = [client.post("/accounts/login/", {"login": "ada", "password": f"guess {number}"}) for number in range(12)]
    assert "Too many failed" in answers[-1].content.decode() or answers[-1].status_code == 429
    right = client.post("/accounts/login/", {"login": "ada", "password": "a long enough word"})
    assert "_auth_user_id" not in client.session
    assert right.status_code in (200, 429)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/no-such-page", 404), ("/labs/runs/", 404), ("/accounts/login/", 200), ("/search/?q=%00", 200)],
)
def test_every_page_of_every_status_has_its_guards(client: Client, path: str, status: int) -> None:
    page = client.get(path)
    assert page.status_code == status
    guarded(page.headers)


@pytest.mark.django_db
def test_a_server_error_has_its_guards_and_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr("courses.views.pages.search", broken)
    page = Client(raise_request_exception=False).get("/search/?q=x")
    assert page.status_code == 500
    assert "Something broke on our side" in page.content.decode()
    assert "secret of the house" not in page.content.decode()
    guarded(page.headers)


@pytest.mark.django_db
def test_a_post_without_a_token_and_a_foreign_host_have_their_guards() -> None:
    strict = Client(enforce_csrf_checks=True)
    for page in (strict.post("/decisions/preview/"), strict.get("/", headers={"host": "evil.example"})):
        assert page.status_code in (400, 403)
        guarded(page.headers)


def guarded(headers: Any) -> None:
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_cookies_and_transport_are_strict_in_production(tmp_path: Path) -> None:
    show = """
import config.wsgi
from django.conf import settings as s
from django.test import Client
c = Client()
plain, page = c.get('/labs/'), c.get('/livez', secure=True)
print(plain.status_code, plain['Location'])
print(page['Strict-Transport-Security'])
print(s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE)
print(s.CSRF_COOKIE_SECURE, s.CSRF_COOKIE_SAMESITE)
"""
    environment = {
        "PATH": os.environ["PATH"],
        "PLIMSOLL_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "a-key-of-production-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
        "DATABASE_URL": os.environ["TESTS_DATABASE_URL"],
        "REDIS_URL": os.environ["TESTS_VALKEY_URL"],
        "ALLOWED_HOSTS": "testserver",
    }
    done = subprocess.run([sys.executable, "-c", show], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("301 https://testserver/"), done.stderr
    assert lines[1] == "max-age=31536000; includeSubDomains; preload"
    assert lines[2:] == ["True True Lax", "True Lax"]


@pytest.mark.django_db
def test_visitors_behind_a_proxy_are_told_apart(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the limit of one address would be one for the whole site, or a header would lift it."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.LABS_LIMITS = {"runs_per_minute_per_address": 1}
    monkeypatch.setattr("labs.tasks.compute_run.apply_async", lambda *_, **__: None)
    statuses = [
        Client()
        .post("/labs/circuit-breaker/runs/", {}, content_type="application/json", headers={"X-Forwarded-For": forwarded})
        .status_code
        for forwarded in ("198.51.100.1", "198.51.100.1", "198.51.100.2", "203.0.113.9, 198.51.100.2")
    ]
    assert statuses == [201, 429, 201, 429]
    assert Run.objects.count() == 2


def test_the_edge_refuses_what_is_too_large_and_streams_take_any_cursor_for_a_fresh_start(site: str) -> None:
    with httpx.Client(base_url=site, timeout=20) as browser:
        answer = browser.post("/decisions/preview/", content=b"x" * (11 * 1024 * 1024))
        assert answer.status_code == 413
        assert "larger than" in answer.text
        nowhere = "/labs/runs/00000000-0000-0000-0000-000000000000/events"
        for token in ("", "x", "\x00", "é", "a:b", "9" * 3000):
            assert browser.get(nowhere, params={"token": token}).status_code == 403
        assert browser.post(nowhere).status_code == 405
        assert browser.get(f"{nowhere}?token=%ff&last=%00&{'a=1&' * 2000}").status_code == 403
