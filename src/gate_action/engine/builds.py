"""Makes a revision ready to run: its own checkout outside the workspace, its setup, its children's environment."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gate_action.clients.git import Git
from gate_action.clients.process import Identity, run_to_end
from gate_action.errors import TargetStartError
from gate_action.model.fixture import digest_json
from gate_action.model.metric import Limits
from gate_action.model.run import Build, Revision, Setup
from gate_action.model.trial import Arm

PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
"""What every child may know of our environment. The rest is named by ``target.env``."""


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Makes the builds of one run below ``folder``."""

    git: Git
    folder: Path
    needs_folder: bool
    setup: Setup | None
    identity: Identity
    environment: Mapping[str, str] = field(repr=False)
    """What a child may see: PASSED_ON and the names in ``target.env``."""
    limits: Limits

    async def make(self, arm: Arm, revision: Revision) -> Build:
        """Raises TargetStartError when the setup fails."""
        environment = self._environment(arm, revision)
        if not self.needs_folder:
            return Build(arm=arm, revision=revision, environment=environment)
        folder = self.folder / str(arm) / "checkout"
        self.git.checkout(revision, folder)
        self.identity.own(folder)
        build = Build(arm=arm, revision=revision, folder=folder, environment=environment)
        return await self._set_up(build, folder, self.setup) if self.setup else build

    def _environment(self, arm: Arm, revision: Revision) -> Mapping[str, str]:
        home = self.folder / str(arm) / "home"
        home.mkdir(parents=True, exist_ok=True)
        self.identity.own(home)
        own = {"HOME": str(home), "TMPDIR": str(home), "GATE_ARM": str(arm), "GATE_REVISION": revision.sha}
        return {**self.environment, **own}

    async def _set_up(self, build: Build, folder: Path, setup: Setup) -> Build:
        shared = self.folder / "setup" / _setup_digest(folder, setup)
        place = shared if setup.lock else self.folder / str(build.arm) / "setup"
        environment = {**build.environment, "GATE_SETUP_DIR": str(place)}
        build = replace(build, environment=environment)
        stamp = place.with_suffix(".done")
        if stamp.exists():
            return build
        place.mkdir(parents=True, exist_ok=True)
        self.identity.own(place)
        done = await run_to_end(
            setup.run, folder, environment, timeout_s=self.limits.setup_timeout_s, identity=self.identity
        )
        if done.exit_code != 0:
            raise TargetStartError(
                f"{build.arm}'s setup {' '.join(setup.run)!r} ended with exit code {done.exit_code}",
                tail=done.tail,
                hint="run target.setup.run in a clean checkout of that commit",
            )
        stamp.touch()
        return build


def _setup_digest(folder: Path, setup: Setup) -> str:
    def digest(path: str) -> str:
        file = folder / path
        if not file.is_file() or file.is_symlink():
            raise TargetStartError(f"target.setup.lock names {path}, which is no file of this revision")
        return hashlib.sha256(file.read_bytes()).hexdigest()

    return digest_json([list(setup.run), [[path, digest(path)] for path in setup.lock]]).removeprefix("sha256:")[:32]
