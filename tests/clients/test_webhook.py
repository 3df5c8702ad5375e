import hashlib
import hmac
import json

import pytest

from gate_action.clients.webhook import Webhook, WebhookError
from standins.webhook import receive


def hook(url: str, key: str = "") -> Webhook:
    return Webhook(url=url, key=key, pause=lambda _: None)


def test_the_document_is_posted_and_signed():
    with receive() as receiver:
        hook(receiver.url, "k").post({"verdict": "held", "cluster": "é"})
    ((headers, body),) = receiver.taken
    assert json.loads(body) == {"verdict": "held", "cluster": "é"}
    assert headers["x-gate-signature"] == "sha256=" + hmac.new(b"k", body, hashlib.sha256).hexdigest()


def test_without_a_key_there_is_no_signature():
    with receive() as receiver:
        hook(receiver.url).post({})
    assert "x-gate-signature" not in receiver.taken[0][0]


@pytest.mark.parametrize(("statuses", "tries"), [((503, 429, 204), 3), ((500, 204), 2)])
def test_a_busy_receiver_is_asked_again(statuses: tuple[int, ...], tries: int):
    with receive(*statuses) as receiver:
        hook(receiver.url).post({})
    assert len(receiver.taken) == tries


@pytest.mark.parametrize(("statuses", "tries"), [((500, 500, 500), 3), ((404,), 1), ((302,), 1)])
def test_what_is_not_taken_is_told_without_the_address(statuses: tuple[int, ...], tries: int):
    with receive(*statuses) as receiver, pytest.raises(WebhookError) as error:
        hook(receiver.url).post({})
    assert len(receiver.taken) == tries
    assert "secret" not in str(error.value)
    assert "secret" not in repr(hook(receiver.url))


def test_nobody_there_is_told_without_the_address():
    with receive() as receiver:
        url = receiver.url
    with pytest.raises(WebhookError, match="ConnectionError") as error:
        hook(url).post({})
    assert "secret" not in str(error.value)
