"""Each test starts and ends with capture off."""

from collections.abc import Iterator

import pytest

from gate_action_capture import shutdown


@pytest.fixture(autouse=True)
def _off() -> Iterator[None]:
    shutdown()
    yield
    shutdown()
