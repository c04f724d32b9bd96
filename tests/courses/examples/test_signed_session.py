from collections.abc import Container, Mapping

import pytest

from courses.examples.signed_session import Session, SessionRefused, issued, verified

KEYS = {"new": b"n" * 32, "old": b"o" * 32}
SESSION = Session("ada", "t-1", "shop", issued_s=100.0, expires_s=1000.0)


def check(
    token: str,
    *,
    keys: Mapping[str, bytes] = KEYS,
    audience: str = "shop",
    now_s: float = 500.0,
    denied: Container[str] = (),
    not_before_s: Mapping[str, float] | None = None,
) -> Session:
    return verified(token, keys=keys, audience=audience, now_s=now_s, denied=denied, not_before_s=not_before_s or {})


@pytest.mark.parametrize("key_id", ["new", "old"])
def test_every_key_in_use_checks(key_id: str) -> None:
    assert check(issued(SESSION, key_id, KEYS)) == SESSION


def test_a_leaked_key_that_was_removed_opens_nothing() -> None:
    with pytest.raises(SessionRefused, match="key in use"):
        check(issued(SESSION, "old", KEYS), keys={"new": KEYS["new"]})


def test_a_changed_body_is_refused() -> None:
    key_id, _, signature = issued(SESSION, "new", KEYS).split(".")
    _, other, _ = issued(Session("eve", "t-1", "shop", 100.0, 1000.0), "new", KEYS).split(".")
    with pytest.raises(SessionRefused, match="not signed"):
        check(f"{key_id}.{other}.{signature}")


@pytest.mark.parametrize("token", ["", "a.b", "none.e30.", "new.e30.ß", "new..", "none.e30.00"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(SessionRefused):
        check(token)


def test_another_audience_is_refused() -> None:
    with pytest.raises(SessionRefused, match="made for shop"):
        check(issued(SESSION, "new", KEYS), audience="office")


def test_it_ends_in_the_second_of_its_expiry() -> None:
    token = issued(SESSION, "new", KEYS)
    assert check(token, now_s=999.9) == SESSION
    with pytest.raises(SessionRefused, match="expired"):
        check(token, now_s=1000.0)


def test_a_denied_token_is_refused_and_others_of_the_user_are_not() -> None:
    with pytest.raises(SessionRefused, match="taken back"):
        check(issued(SESSION, "new", KEYS), denied={"t-1"})
    assert check(issued(SESSION, "new", KEYS), denied={"t-2"}) == SESSION


def test_all_sessions_of_a_user_end_at_once() -> None:
    token = issued(SESSION, "new", KEYS)
    with pytest.raises(SessionRefused, match="taken back"):
        check(token, not_before_s={"ada": 200.0})
    assert check(token, not_before_s={"ada": 50.0, "eve": 200.0}) == SESSION
