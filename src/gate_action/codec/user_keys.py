"""A user's id -> the key under which the loop knows the user. The id itself is never kept."""

import hmac

from gate_action.errors import ConfigError

SECRET_NAME = "GATE_USER_KEY_SECRET"  # noqa: S105  # the variable's name
_SHORTEST = 16
_REMEMBERED = 10_000


class UserKeys:
    """Keys by HMAC-SHA256 of the id. Two secrets give one user two keys, and a key says which secret made it."""

    def __init__(self, secret: str) -> None:
        """Empty: no keys are made, every user is unknown. Raises ConfigError for a secret that can be guessed."""
        if secret and len(secret) < _SHORTEST:
            raise ConfigError(
                f"{SECRET_NAME} has {len(secret)} characters", hint=f"take at least {_SHORTEST} from a random source"
            )
        self._secret = secret.encode("utf-8", "surrogatepass")
        self._known: dict[str, str] = {}
        self.secret_id = self._sign("gate-action user key")[:6] if secret else ""
        """Stands in front of each key, so that one can tell which secret it needs."""
        self.dropped = 0
        """How often a user was named and could not be kept, for want of a secret."""

    def key(self, user_id: str) -> str:
        """``<secret id>-<32 hex digits>``; empty for an empty id, or without a secret."""
        if not user_id:
            return ""
        if not self._secret:
            self.dropped += 1
            return ""
        found = self._known.get(user_id)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[user_id] = f"{self.secret_id}-{self._sign('user' + chr(0) + user_id)[:32]}"
        return found

    def trace_key(self, trace_id: str) -> str:
        """``hmac:`` and 16 hex digits, by which a trace is known outside the store; empty without a secret."""
        return f"hmac:{self._sign('trace' + chr(0) + trace_id)[:16]}" if trace_id and self._secret else ""

    def mark(self, kind: str, text: str) -> str:
        """32 hex digits, by which something of a person who was forgotten is known again; empty without a secret."""
        return self._sign(f"forgotten\0{kind}\0{text}")[:32] if text and self._secret else ""

    def _sign(self, text: str) -> str:
        return hmac.digest(self._secret, text.encode("utf-8", "surrogatepass"), "sha256").hex()
