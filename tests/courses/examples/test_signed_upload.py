import pytest

from courses.examples.signed_upload import Permit, UploadRefused, accepted, signed

SECRET = b"s" * 32
PERMIT = Permit("pictures/7/a b.jpg", "image/jpeg", 2_000_000, 1_000)


def upload(query: str, *, size_bytes: int = 100, content_type: str = "image/jpeg", now_s: float = 900) -> Permit:
    return accepted(query, secret=SECRET, content_type=content_type, size_bytes=size_bytes, now_s=now_s)


def test_what_was_signed_may_be_sent() -> None:
    assert upload(signed(PERMIT, SECRET), size_bytes=2_000_000) == PERMIT


@pytest.mark.parametrize(("old", "new"), [("a+b", "c"), ("max=2000000", "max=9000000"), ("expires=1000", "expires=9000")])
def test_a_changed_permit_is_refused(old: str, new: str) -> None:
    query = signed(PERMIT, SECRET)
    assert old in query
    with pytest.raises(UploadRefused, match="signed"):
        upload(query.replace(old, new))


def test_another_secret_signs_nothing() -> None:
    with pytest.raises(UploadRefused, match="signed"):
        upload(signed(PERMIT, b"x" * 32))


def test_a_permit_ends() -> None:
    with pytest.raises(UploadRefused, match="expired"):
        upload(signed(PERMIT, SECRET), now_s=1_000)


@pytest.mark.parametrize("query", ["", "key=a", "key=a&type=b&max=many&expires=1&mac=0"])
def test_what_is_no_permit_is_refused(query: str) -> None:
    with pytest.raises(UploadRefused, match="permit"):
        upload(query)


def test_another_file_than_the_announced_is_refused() -> None:
    query = signed(PERMIT, SECRET)
    with pytest.raises(UploadRefused, match="announced"):
        upload(query, size_bytes=2_000_001)
    with pytest.raises(UploadRefused, match="announced"):
        upload(query, content_type="text/html")
