"""A signed token that lets its bearer listen to one run: checked without the database before a stream starts."""

from uuid import UUID

from django.core import signing

from labs.limits import limits

SALT = "labs.events"


def events_token(run: UUID) -> str:
    return signing.TimestampSigner(salt=SALT).sign(run.hex).partition(":")[2]


def may_listen(run: UUID, token: str) -> bool:
    try:
        signing.TimestampSigner(salt=SALT).unsign(f"{run.hex}:{token}", max_age=limits().token_s)
    except signing.BadSignature:
        return False
    return True
