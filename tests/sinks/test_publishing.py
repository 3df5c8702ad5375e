import logging
from dataclasses import dataclass
from typing import ClassVar

import pytest

from gate_action.clients.github.client import ForbiddenError
from gate_action.model.report import Report
from gate_action.sinks.publishing import UnpublishedError, publish_all
from tests.sinks.published import passing


@dataclass(frozen=True, kw_only=True)
class _Sink:
    name: ClassVar[str] = "check run"
    error: Exception | None = None
    seen: list[Report]

    def publish(self, report: Report) -> None:
        self.seen.append(report)
        if self.error:
            raise self.error


def test_what_works_warns_of_nothing():
    seen: list[Report] = []
    assert publish_all([_Sink(seen=seen), _Sink(seen=seen)], passing()) == ()
    assert len(seen) == 2


def test_each_failure_is_a_warning_and_the_other_sinks_still_publish():
    seen: list[Report] = []
    sinks = [
        _Sink(seen=seen, error=ForbiddenError("GitHub would not", hint="look at permissions")),
        _Sink(seen=seen, error=UnpublishedError("the pull request has moved on")),
        _Sink(seen=seen, error=PermissionError(13, "Permission denied", "report.json")),
        _Sink(seen=seen),
    ]
    assert publish_all(sinks, passing()) == (
        "check run: GitHub would not (look at permissions)",
        "check run: the pull request has moved on",
        "check run: [Errno 13] Permission denied: 'report.json'",
    )
    assert len(seen) == 4


def test_a_defect_is_called_one_and_its_traceback_is_logged(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR):
        warnings = publish_all([_Sink(seen=[], error=KeyError("id"))], passing())
    assert warnings == ("check run: a defect of gate-action kept it from publishing: KeyError: 'id'",)
    [record] = caplog.records
    assert record.exc_info is not None
