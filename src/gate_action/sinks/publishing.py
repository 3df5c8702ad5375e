"""Publishes one report everywhere that it goes. What fails becomes a warning; nothing raises or changes the verdict."""

import logging
from collections.abc import Sequence

from gate_action.clients.github.client import GithubError
from gate_action.model.protocols import Sink
from gate_action.model.report import Report

_log = logging.getLogger(__name__)


class UnpublishedError(Exception):
    """A sink left something out, for a reason that the reader should know."""


def publish_all(sinks: Sequence[Sink], report: Report) -> tuple[str, ...]:
    """A warning for each sink that did not do all of its work, in the sinks' order."""
    warnings = (_publish(sink, report) for sink in sinks)
    return tuple(warning for warning in warnings if warning)


def _publish(sink: Sink, report: Report) -> str:
    try:
        sink.publish(report)
    except (UnpublishedError, GithubError, OSError) as error:
        return f"{sink.name}: {error}"
    except Exception as error:  # noqa: BLE001  # the verdict stands, whatever is wrong here; the log has the traceback
        _log.exception("the sink %s has a defect", sink.name)
        return f"{sink.name}: a defect of gate-action kept it from publishing: {type(error).__name__}: {error}"
    return ""
