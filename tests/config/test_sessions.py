import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client

from config.sessions import SessionStore


@pytest.mark.parametrize(
    "key", ["aaaaaaaaaaaa\x00b", "aaaaaaaa\ud800", "x" * 41, "short", "", "../../etc/passwd", "ÄÄÄÄÄÄÄÄÄÄ"]
)
def test_a_key_that_the_site_never_gave_out_is_none(key: str) -> None:
    assert SessionStore(key).session_key is None


@pytest.mark.django_db
def test_a_cookie_with_a_nul_is_a_visitor() -> None:
    assert Client().get("/decisions/", headers={"cookie": 'sessionid="aaaaaaaaaaaa\\000b"'}).status_code == 200


@pytest.mark.django_db
def test_signing_in_changes_the_key_so_that_a_planted_session_is_worth_nothing() -> None:
    get_user_model().objects.create_user("ada", "ada@example.org", "a long enough word")
    browser = Client()
    planted = SessionStore()
    planted["mine"] = True
    planted.save()
    browser.cookies["sessionid"] = planted.session_key or ""
    browser.post("/accounts/login/", {"login": "ada", "password": "a long enough word"})
    kept = browser.cookies["sessionid"].value
    assert browser.session["_auth_user_id"]
    assert kept != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()
