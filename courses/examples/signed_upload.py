"""Signed uploads: large files go straight to the object store, and the application only signs what may be sent.

A picture of 2 MB through the gateway and an application's process occupies both for as long as a phone needs to send it.
Instead the client asks for a permit: which key, how large, of what kind, until when. The application checks who asks and signs.
The store (or a small part in front of it) checks the signature and never asks the application.

The permit names all that matters, because whoever has it can do what it says as often as it likes until it ends: one key, so
that nothing else is overwritten; a size, so that nobody fills the disk; a short life. What was uploaded is not public yet: a
worker looks at the file first.

Source. S3's POST policies work like this; its presigned URLs as well, but for the size, which they do not bound (Amazon S3 user
guide, *Download and upload objects with presigned URLs*; API reference, *POST policy*).
"""

from dataclasses import astuple, dataclass
from hashlib import sha256
from hmac import compare_digest
from hmac import new as mac_of
from urllib.parse import parse_qsl, urlencode


class UploadRefused(Exception):
    """Not what was signed; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What may be sent, once it is signed."""

    key: str
    content_type: str
    max_bytes: int
    expires_s: int


def signed(permit: Permit, secret: bytes) -> str:
    """The query of an upload's address."""
    fields = zip(("key", "type", "max", "expires"), astuple(permit), strict=True)
    return urlencode([*fields, ("mac", _mac(permit, secret))])


def accepted(query: str, *, secret: bytes, content_type: str, size_bytes: int, now_s: float) -> Permit:
    """The permit of this upload. Raises `UploadRefused`; the signature is looked at before anything is believed."""
    try:
        fields = dict(parse_qsl(query, strict_parsing=True))
        permit = Permit(fields["key"], fields["type"], int(fields["max"]), int(fields["expires"]))
        mac = fields["mac"].encode()
    except (KeyError, ValueError) as error:
        raise UploadRefused("not a permit") from error
    if not compare_digest(mac, _mac(permit, secret).encode()):
        raise UploadRefused("not signed by us")
    if now_s >= permit.expires_s:
        raise UploadRefused("expired")
    if content_type != permit.content_type or size_bytes > permit.max_bytes:
        raise UploadRefused("not the file that was announced")
    return permit


def _mac(permit: Permit, secret: bytes) -> str:
    return mac_of(secret, repr(astuple(permit)).encode(), sha256).hexdigest()
