"""The settings read the environment once and fail loudly where something that serves is not told what it needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCTION = {
    "SECRET_KEY": "a-key-of-production-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
    "DATABASE_URL": "postgres://user:password@127.0.0.1:1/plimsoll",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "plimsoll.example.org",
}


def python(code: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {"PATH": os.environ["PATH"], "PLIMSOLL_VAR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, timeout=60
    )


def test_the_web_server_refuses_to_start_without_its_environment_and_names_what_is_missing(tmp_path: Path) -> None:
    done = python("import config.wsgi", tmp_path)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "Set SECRET_KEY, DATABASE_URL, REDIS_URL, ALLOWED_HOSTS in the environment" in last


def test_production_is_safe_by_default(tmp_path: Path) -> None:
    show = (
        "import config.wsgi\nfrom django.conf import settings as s\n"
        "print(s.DEBUG, s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0)"
    )
    done = python(show, tmp_path, **PRODUCTION)
    assert done.stdout.strip() == "False True True True True", done.stderr


def test_a_database_that_is_not_postgresql_is_refused(tmp_path: Path) -> None:
    done = python("from django.conf import settings; settings.DEBUG", tmp_path, DATABASE_URL="sqlite:///x.db")
    assert "DATABASE_URL must name a PostgreSQL database" in done.stderr


def test_commands_that_need_no_server_start_without_any_environment(tmp_path: Path) -> None:
    done = python("import django; django.setup()", tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_development_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    show = "from django.conf import settings; print(settings.SECRET_KEY)"
    first, second = (python(show, tmp_path, DEBUG="true").stdout for _ in range(2))
    assert len(first.strip()) > 50
    assert first == second
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_commands_beside_a_running_site_find_its_servers(tmp_path: Path) -> None:
    (tmp_path / "servers.json").write_text('{"DEBUG": "true", "REDIS_URL": "redis://127.0.0.1:7/0"}')
    show = "from django.conf import settings; print(settings.DEBUG, settings.REDIS_URL)"
    assert python(show, tmp_path).stdout.strip() == "True redis://127.0.0.1:7/0"
    assert python(show, tmp_path, REDIS_URL="redis://127.0.0.1:8/0").stdout.strip() == "True redis://127.0.0.1:8/0"


@pytest.mark.parametrize("directive", ["script-src 'self'", "connect-src 'self'", "img-src 'self' data: blob:"])
def test_every_page_carries_a_strict_content_security_policy(client: object, db: None, directive: str) -> None:
    from django.test import Client

    assert isinstance(client, Client)
    policy = client.get("/accounts/login/").headers["Content-Security-Policy"]
    assert directive in policy
    assert "unsafe" not in policy
