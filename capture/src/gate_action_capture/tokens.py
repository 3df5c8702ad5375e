"""Tokens that let one browser speak of one call: made by the application with its answer, checked by the service."""

import base64
import hashlib
import hmac
import time

_VERSION = "v1"
_SHORTEST_SECRET = 16


class TokenError(ValueError):
    """A token that does not hold. The message says why, and never what would."""


def feedback_token(secret: str, target: str, *, lifetime_s: float = 7 * 86_400, now: float | None = None) -> str:
    """To be sent to the browser beside ``target``, the answer's trace id or join key.

    An HMAC-SHA256 over target and expiry: who was not handed it cannot speak of that call. Raises ValueError for a
    secret of fewer than 16 characters.
    """
    expires = int((time.time() if now is None else now) + lifetime_s)
    return f"{_VERSION}.{expires}.{_sign(secret, target, expires)}"


def check_token(secret: str, target: str, token: str, *, now: float | None = None) -> None:
    """Raises TokenError: malformed, of another target or secret, or expired."""
    version, _, rest = token.partition(".")
    written, _, signature = rest.partition(".")
    if version != _VERSION or not (written.isascii() and written.isdigit() and len(written) <= len("9999999999")):
        raise TokenError("the token is not one of this service")
    expires = int(written)
    if not hmac.compare_digest(signature.encode(), _sign(secret, target, expires).encode()):
        raise TokenError("the token does not belong to this call")
    if (time.time() if now is None else now) > expires:
        raise TokenError("the token has expired")


def _sign(secret: str, target: str, expires: int) -> str:
    if len(secret) < _SHORTEST_SECRET:
        raise ValueError(
            f"the secret has {len(secret)} characters: give at least {_SHORTEST_SECRET}, from a random source"
        )
    message = f"{_VERSION}\0{expires}\0{target}".encode("utf-8", "surrogatepass")
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
