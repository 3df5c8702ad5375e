"""Makes a revision ready to run: its own checkout outside the workspace, its setup, its children's environment."""

import hashlib
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from gate_action.clients.children.identity import build_identity, child_identity
from gate_action.clients.children.process import describe_exit, run_to_end
from gate_action.clients.git.repository import Git, GitError
from gate_action.errors import NotEvaluatedError, TargetStartError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import digest_json
from gate_action.model.metric import Limits
from gate_action.model.run import Build, Revision, Setup
from gate_action.model.trial import Arm


class CheckoutError(NotEvaluatedError):
    """Git cannot lay out a revision's files: no build is to blame, base's neither."""


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Makes the builds of one run below ``folder``, which children can enter and not list."""

    git: Git
    folder: Path
    needs_folder: bool
    setup: Setup | None
    environment: Mapping[str, str] = field(repr=False)
    """What a child may see: PASSED_ON and the names in ``target.env``."""
    limits: Limits

    async def make(self, arm: Arm, revision: Revision) -> Build:
        """Raises CheckoutError; TargetStartError when the setup fails."""
        own = self.folder / str(arm)
        home, checkout = own / "home", own / "checkout"
        home.mkdir(parents=True)
        environment = {
            **self.environment,
            "HOME": str(home),
            "TMPDIR": str(home),
            "GATE_ARM": str(arm),
            "GATE_REVISION": revision.sha,
        }
        if not self.needs_folder:  # what has none starts no child of another uid, which would have to own it
            return Build(arm=arm, revision=revision, environment=environment)
        self._check_out(arm, revision, checkout)
        child_identity(arm, own, ["/bin/sh"], self.environment.get("PATH")).own(own)
        build = Build(arm=arm, revision=revision, folder=checkout, environment=environment)
        return await self._set_up(build, checkout, self.setup) if self.setup else build

    def _check_out(self, arm: Arm, revision: Revision, folder: Path) -> None:
        from gate_action.clients.git.checkout import check_out  # recordings need none
        from gate_action.clients.git.submodules import lay_out_submodules

        try:
            check_out(self.git, revision, folder)
            lay_out_submodules(self.git, revision, folder)
        except (GitError, OSError) as error:
            raise CheckoutError(
                f"{arm} {revision.short} cannot be checked out: {error}",
                hint="is there room in the temporary folder, and is the clone whole (fetch-depth: 0)?",
            ) from error

    async def _set_up(self, build: Build, checkout: Path, setup: Setup) -> Build:
        """Runs the setup unless one with an equal digest is done; the one who runs it owns what it makes."""
        shared = self.folder / "setup" / _setup_digest(checkout, setup)
        place = shared if setup.lock else self.folder / str(build.arm) / "setup"
        build = replace(build, environment={**build.environment, "GATE_SETUP_DIR": str(place)})
        stamp = place.with_suffix(".done")
        if stamp.exists():
            return build
        place.mkdir(parents=True, exist_ok=True)
        identity = build_identity(build, setup.run)
        identity.own(place)
        done = await run_to_end(
            setup.run, checkout, build.environment, timeout_s=self.limits.setup_timeout_s, identity=identity
        )
        if done.exit_code != 0:
            limit = f"it was ended after {self.limits.setup_timeout_s:g} s"
            ending = limit if done.exit_code is None else describe_exit(done.exit_code)
            raise TargetStartError(
                f"{build.arm}'s setup {' '.join(setup.run)!r} failed: {ending}",
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
