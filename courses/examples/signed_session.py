"""Signed sessions: the session travels with the request, and what must be taken back is kept on the server after all.

A token says who somebody is, for whom, and until when, and a MAC proves that one of our servers said so. Any node can check it
without asking anybody. That is all the statelessness there is: logout, a ban and a leaked key need memory on the server again.

1. The algorithm is *pinned*: HMAC-SHA256, named by this code and never by the token.
2. The key is chosen by its id from those in use. A new key signs while the old one still checks; a leaked one is removed.
3. The audience is checked: what was made for the shop does not open the office.
4. `denied` holds the ids of tokens that were taken back, each until it would have expired. `not_before_s` ends all sessions of
   a user at once, with one number for each user.

Source. RFC 8725, JSON Web Token Best Current Practices (2020), 3.1 (algorithms), 3.9 (audience).

Limits. Readable by whoever holds it: signed is not encrypted. Use a maintained JWT library for tokens that others must read. As
long as `denied` and `not_before_s` lag, a token that was taken back still works: short lives bound that lag.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from hmac import compare_digest
from hmac import new as mac_of


class SessionRefused(Exception):
    """This token opens nothing; the message is for the log, not for the caller."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a token says."""

    user: str
    token_id: str
    audience: str
    issued_s: float
    expires_s: float


def issued(session: Session, key_id: str, keys: Mapping[str, bytes]) -> str:
    """The token: key id, session and signature."""
    body = urlsafe_b64encode(json.dumps(asdict(session)).encode()).decode()
    said = f"{key_id}.{body}"
    return f"{said}.{_signature(said, keys[key_id])}"


def verified(
    token: str,
    *,
    keys: Mapping[str, bytes],
    audience: str,
    now_s: float,
    denied: Container[str],
    not_before_s: Mapping[str, float],
) -> Session:
    """The session of a token. Raises SessionRefused; nothing of an unsigned token is believed."""
    key_id, body, signature = _parts(token)
    key = keys.get(key_id)
    if key is None or not compare_digest(signature, _signature(f"{key_id}.{body}", key)):
        raise SessionRefused("not signed by a key in use")
    session = Session(**json.loads(urlsafe_b64decode(body)))
    if session.audience != audience:
        raise SessionRefused(f"made for {session.audience}")
    if now_s >= session.expires_s:
        raise SessionRefused("expired")
    if session.token_id in denied or session.issued_s < not_before_s.get(session.user, 0.0):
        raise SessionRefused("taken back")
    return session


def _parts(token: str) -> tuple[str, str, str]:
    parts = token.split(".")
    if len(parts) != 3 or not token.isascii():
        raise SessionRefused("not a token")
    return parts[0], parts[1], parts[2]


def _signature(said: str, key: bytes) -> str:
    return mac_of(key, said.encode(), sha256).hexdigest()
