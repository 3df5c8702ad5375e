"""Which revisions, and whose gate.yaml: all that is known before anything is loaded or run."""

from dataclasses import replace

from gate_action.clients.git.repository import Git, GitError, GitFiles
from gate_action.config.loading import load_config
from gate_action.config.settings import Config, TargetSettings
from gate_action.engine.revisions import find_revisions
from gate_action.errors import ConfigError
from gate_action.model.dataclass import dataclass
from gate_action.model.protocols import Files
from gate_action.model.run import BaseRule, Revision, Revisions
from gate_action.model.trial import Arm
from gate_action.wiring.options import RunOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The subject of a run. ``files`` are those of the revision whose policy decides: base's, or head's alone."""

    git: Git
    revisions: Revisions
    config: Config
    """What decides: base's, until head's is approved."""
    head_config: Config
    files: Files
    before: Revision | None
    """The base commit, whether it has a gate or not."""
    base_config: Config | None = None
    """Base's own, where head's was adopted: base's build is run as base says."""
    warnings: tuple[str, ...]

    @property
    def has_base(self) -> bool:
        return self.revisions.base is not None

    @property
    def head_files(self) -> Files:
        return self.git.files(self.revisions.head)

    @property
    def is_adopted(self) -> bool:
        """Does head's gate decide, though base has one?"""
        return self.base_config is not None

    @property
    def policy_revision(self) -> Revision:
        """Whose gate decides."""
        return self.revisions.head if self.is_adopted or self.revisions.base is None else self.revisions.base

    def target(self, arm: Arm) -> TargetSettings:
        """How a build is run: each as its own revision says, once head's gate was adopted."""
        return self.base_config.target if self.base_config and arm is Arm.BASE else self.config.target

    def adopt(self) -> "Judged":
        """With head's gate instead of base's: somebody approved what head does to it."""
        return replace(self, config=self.head_config, files=self.head_files, base_config=self.config)


def find_judged(options: RunOptions) -> Judged:
    """Raises ConfigError: no repository, no such commit, a gate.yaml that cannot be used."""
    git = Git.find(options.repository)
    revisions = find_revisions(git, base=options.base, head=options.head, rule=options.base_rule)
    warnings = list(_warn_of_workspace(git, options))
    head_files = git.files(revisions.head)
    head_config = load_config(head_files, options.config, options.gate)
    if revisions.base is not None:
        base_files = git.files(revisions.base)
        try:
            is_same = _is_same(options.config, base_files, head_files)
            config = head_config if is_same else load_config(base_files, options.config, options.gate)
        except ConfigError as error:
            warnings.append(f"base has no usable gate, so head is judged by its own: {error.message}")
        else:
            return Judged(
                git=git,
                revisions=revisions,
                config=config,
                head_config=head_config,
                files=base_files,
                before=revisions.base,
                warnings=tuple(warnings),
            )
    return _alone(git, revisions, head_config, tuple(warnings))


def _is_same(path: str, base: GitFiles, head: GitFiles) -> bool:
    """Git knows it without reading: most changes leave their gate alone."""
    return base.find(path) == (path,) and base.object_id(path) == head.object_id(path)


def judge_alone(judged: Judged, options: RunOptions) -> Judged:
    """Head by its own gate, without a base. Raises ConfigError."""
    config = load_config(judged.head_files, options.config, options.gate)
    return _alone(judged.git, judged.revisions, config, judged.warnings)


def _alone(git: Git, revisions: Revisions, config: Config, warnings: tuple[str, ...]) -> Judged:
    head = revisions.head
    return Judged(
        git=git,
        revisions=Revisions(head=head, base=None, rule=BaseRule.NONE),
        config=config,
        head_config=config,
        files=git.files(head),
        before=revisions.base,
        warnings=warnings,
    )


def _warn_of_workspace(git: Git, options: RunOptions) -> tuple[str, ...]:
    warnings = []
    try:
        changed = git.changed_files() if options.head is None else ()
    except GitError as error:
        changed = ()
        warnings.append(f"whether the work tree has uncommitted changes is not known: {error.message}")
    if changed:
        named = ", ".join(changed[:3]) + (" and others" if len(changed) > 3 else "")  # noqa: PLR2004  # as many as a line holds
        warnings.append(f"uncommitted changes are not judged: {named}")
    if git.keeps_credentials():
        warnings.append("the clone's .git/config holds a token: set persist-credentials: false in actions/checkout")
    return tuple(warnings)
