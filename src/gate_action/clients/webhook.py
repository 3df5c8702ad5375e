"""One JSON document by POST to an address that the environment names. Follows no redirect, and tells no secret."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import field

from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import JsonObject

_TIMEOUT_S = 10
_TRIES = 3
_WORKED = 300
_TOO_BUSY = 429
_BROKEN = 500


class WebhookError(Exception):
    """It was not taken. The message holds no part of the address: that is a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    url: str = field(repr=False)
    key: str = field(default="", repr=False)
    """Signs the body: ``X-Gate-Signature: sha256=<HMAC>``; empty: no signature."""
    pause: Callable[[float], None] = time.sleep

    def post(self, document: JsonObject) -> None:
        """Raises WebhookError, after three tries where another may help."""
        import requests  # loaded where there is a webhook

        body = json.dumps(document, ensure_ascii=False, sort_keys=True).encode()
        headers = {"content-type": "application/json"}
        if self.key:
            headers["x-gate-signature"] = "sha256=" + hmac.new(self.key.encode(), body, hashlib.sha256).hexdigest()
        told = ""
        for tried in range(_TRIES):
            if tried:
                self.pause(2.0**tried)
            try:
                answer = requests.post(self.url, body, headers=headers, timeout=_TIMEOUT_S, allow_redirects=False)
            except requests.RequestException as error:
                told = type(error).__name__
                continue
            if answer.status_code < _WORKED:
                return
            told = f"status {answer.status_code}"
            if answer.status_code < _BROKEN and answer.status_code != _TOO_BUSY:
                break
        raise WebhookError(f"the webhook did not take it: {told}")
