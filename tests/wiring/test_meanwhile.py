"""What tells the report is loaded beside calls that take their time, and not beside others."""

import asyncio
import threading

import pytest

from gate_action.wiring.meanwhile import load_for_telling


@pytest.mark.parametrize("has_answers", [True, False])
def test_the_report_is_loaded_meanwhile_where_no_build_has_answered_soon(has_answers: bool):
    loaded = threading.Event()

    async def wait() -> None:
        load_for_telling(lambda: has_answers, loaded.set)
        assert not loaded.is_set(), "the first calls are sent before"
        await asyncio.sleep(0.1)

    asyncio.run(wait())
    assert loaded.wait(0.0 if has_answers else 10.0) is not has_answers
