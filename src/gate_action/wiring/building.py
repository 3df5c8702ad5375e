"""Makes the builds of one run ready and opens them: each revision as its own gate.yaml says, once that was approved."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import field
from pathlib import Path
from typing import cast

from gate_action.config.settings import TargetSettings
from gate_action.engine.builds import Workshop
from gate_action.errors import MissingKeyError
from gate_action.model.dataclass import dataclass
from gate_action.model.protocols import Target, Try
from gate_action.model.run import PASSED_ON, Build, Revision, Setup
from gate_action.model.trial import Arm
from gate_action.wiring.judged import Judged
from gate_action.wiring.objects import build_named

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """Of one run."""

    judged: Judged
    environ: Mapping[str, str] = field(repr=False)
    folder: Path
    """Where builds live: children enter it."""

    @asynccontextmanager
    async def open(self, arm: Arm, admit: Callable[[Build], Build] | None = None) -> AsyncIterator[Try]:
        """``admit``: what a build is given besides, once it is made. Raises TargetStartError, CheckoutError."""
        revisions = self.judged.revisions
        revision = revisions.head if arm is Arm.HEAD else revisions.base
        assert revision is not None  # noqa: S101  # the walk opens base only where there is one
        settings = self.judged.target(arm)
        target = self._target(settings)
        workshop = self._workshop(settings, needs_folder=target.needs_folder)
        _log.info("%s: building %s", arm, revision.short)
        build = await workshop.make(arm, revision)
        async with target.open(admit(build) if admit else build, self.judged.config.limits) as tries:
            yield tries

    async def open_policy(self) -> Build:
        """The checkout that the repository's own evaluators run in: the deciding gate's, apart from the builds."""
        workshop = self._workshop(self.judged.config.target, needs_folder=True, folder="policy")
        return await workshop.make(Arm.BASE, self.judged.policy_revision)

    async def open_preview(self, revision: Revision) -> Build:
        """The checkout of the gate that does not decide, for its own evaluators: with no more than builds may see."""
        workshop = self._workshop(self.judged.config.target, needs_folder=True, folder="preview")
        return await workshop.make(Arm.HEAD, revision)

    def environment_of(self, arm: Arm) -> Mapping[str, str]:
        """What that build's child may see of ours. Raises MissingKeyError."""
        return self._environment(self.judged.target(arm))

    def _target(self, settings: TargetSettings) -> Target:
        top = self.judged.git.repository
        return cast("Target", build_named("targets", settings.kind, settings.options, self.environ, top))

    def _workshop(self, settings: TargetSettings, *, needs_folder: bool, folder: str = "") -> Workshop:
        setup = settings.setup
        return Workshop(
            git=self.judged.git,
            folder=self.folder / folder,
            needs_folder=needs_folder,
            setup=Setup(run=setup.run, lock=setup.lock) if setup else None,
            environment=self._environment(settings),
            limits=self.judged.config.limits,
        )

    def _environment(self, settings: TargetSettings) -> Mapping[str, str]:
        """What a child may see. Raises MissingKeyError."""
        missing = [name for name in settings.env if not self.environ.get(name)]
        if missing:
            raise MissingKeyError(
                f"the target needs {', '.join(missing)}, and the environment has no value for it",
                hint="set it in the workflow step's env, from a secret; or remove it from target.env",
            )
        return {name: self.environ[name] for name in (*PASSED_ON, *settings.env) if name in self.environ}
