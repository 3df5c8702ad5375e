"""Builds: a revision that git cannot lay out is nobody's fault, and no reason to judge head alone."""

from pathlib import Path

import pytest

from gate_action.clients.git.repository import Git
from gate_action.engine.builds import CheckoutError, Workshop
from gate_action.errors import TargetStartError
from gate_action.model.metric import Limits
from gate_action.model.trial import Arm
from tests.repositories import Repository


async def test_a_checkout_that_fails_is_no_broken_build(tmp_path: Path):
    repository = Repository.create(tmp_path / "repository")
    repository.commit({"a": "1"})
    blob = repository.git("rev-parse", "HEAD:a")
    (repository.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    git = Git.find(repository.folder)
    workshop = Workshop(
        git=git, folder=tmp_path / "builds", needs_folder=True, setup=None, environment={}, limits=Limits()
    )
    with pytest.raises(CheckoutError, match=r"base .* cannot be checked out") as caught:
        await workshop.make(Arm.BASE, git.resolve("HEAD"))
    assert not isinstance(caught.value, TargetStartError)
