from datetime import datetime

import pytest

from gate_action.codec.outcomes import OutcomeRow, decode_outcomes
from gate_action.codec.user_keys import UserKeys
from gate_action.errors import ConfigError

KEYS = UserKeys("sixteen characters at least")


def problems(text: str, keys: UserKeys = KEYS) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        decode_outcomes(text.encode(), "churn.csv", keys)
    return [str(problem) for problem in raised.value.problems]


def test_users_are_known_by_their_key_or_by_the_id_that_becomes_it():
    by_key = decode_outcomes(b"user_key,churned\nk1,yes\n", "churn.csv", KEYS)
    assert by_key == (OutcomeRow("k1", True, None),)
    (by_id,) = decode_outcomes(b"user_id,churned,at\nanna,no,2026-11-02T10:00:00+01:00\n", "churn.csv", KEYS)
    assert by_id == OutcomeRow(KEYS.key("anna"), False, datetime(2026, 11, 2, 9))  # noqa: DTZ001  # UTC


def test_every_fault_is_told_with_its_line():
    assert problems("user_key,churned\nk1,perhaps\n,yes\nk2,yes\n") == [
        "churn.csv:2: churned is 'perhaps', not yes or no",
        "churn.csv:3: no user is named",
    ]


def test_a_wrong_column_is_named():
    assert "there is no column 'user'" in problems("user,churned\nk1,yes\n")[0]


def test_ids_without_the_secret_are_refused():
    assert "GATE_USER_KEY_SECRET" in problems("user_id,churned\nanna,yes\n", UserKeys(""))[0]
