"""How long servers ask us to wait."""

import pytest

from gate_action.clients.retry_after import backoff_s, read_retry_after

DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": " 0 "}, 0.0),
        ({"Date": DATE, "Retry-After": "Wed, 21 Oct 2026 07:28:30 GMT"}, 30.0),
        ({"Date": DATE, "Retry-After": "Wed, 21 Oct 2026 07:00:00 GMT"}, 0.0),
        ({"Retry-After": DATE}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "\u0663"}, None),
        ({"Retry-After": "9" * 400}, 86_400.0),
        ({}, None),
    ],
)
def test_only_what_the_standard_knows_is_a_wait(headers: dict[str, str], expected: float | None):
    assert read_retry_after(headers) == expected


@pytest.mark.parametrize(
    ("tries", "retry_after_s", "expected"),
    [(1, None, 0.5), (3, None, 2.0), (9, None, 60.0), (1, 7, 7), (1, 9999, 9999), (1, -1, 0)],
)
def test_backoff_obeys_the_provider_and_else_doubles(tries: int, retry_after_s: float | None, expected: float):
    assert backoff_s(tries, retry_after_s) == expected
