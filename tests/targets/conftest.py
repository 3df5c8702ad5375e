"""A build for targets that start children."""

from pathlib import Path

import pytest

from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(
        arm=Arm.HEAD, revision=Revision(sha="f" * 40), folder=tmp_path, environment={"PATH": "/usr/bin:/bin", "A": "1"}
    )
