"""Which revisions, whose gate.yaml, whose fixtures: all that is known before anything runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gate_action.clients.git import Git, GitError
from gate_action.config.loading import load_config
from gate_action.config.settings import Config
from gate_action.engine.revisions import find_revisions
from gate_action.errors import ConfigError
from gate_action.gate import Loaded
from gate_action.model.protocols import Files
from gate_action.model.run import BaseRule, Revision, Revisions
from gate_action.wiring.options import RunOptions
from gate_action.wiring.suites import join_suites, load_suite, open_sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The subject of a run. ``files`` are those of the revision whose policy decides: base's, or head's alone."""

    git: Git
    revisions: Revisions
    config: Config
    files: Files
    warnings: tuple[str, ...]

    @property
    def has_base(self) -> bool:
        return self.revisions.base is not None


def find_judged(options: RunOptions) -> Judged:
    """Raises ConfigError: no repository, no such commit, a gate.yaml that cannot be used."""
    git = Git.find(options.repository)
    revisions = find_revisions(git, base=options.base, head=options.head, rule=options.base_rule)
    warnings = list(_warn_of_workspace(git, options))
    head_config = load_config(git.files(revisions.head), options.config, options.gate)
    if revisions.base is not None:
        base_files = git.files(revisions.base)
        try:
            config = load_config(base_files, options.config, options.gate)
        except ConfigError as error:
            warnings.append(f"base has no usable gate, so head is judged by its own: {error.message}")
        else:
            return Judged(git=git, revisions=revisions, config=config, files=base_files, warnings=tuple(warnings))
    return _alone(git, revisions.head, head_config, tuple(warnings))


def judge_alone(judged: Judged, options: RunOptions) -> Judged:
    """Head by its own gate, without a base. Raises ConfigError."""
    head = judged.revisions.head
    return _alone(judged.git, head, load_config(judged.git.files(head), options.config, options.gate), judged.warnings)


def load_judged(judged: Judged, environ: Mapping[str, str], warn: Callable[[str], None]) -> Loaded:
    """The suite that decides. Raises ConfigError when head's fixtures cannot be used.

    Where base's alone cannot, head repairs them: all of its fixtures are new then, and ``warn`` is told.
    """
    sources = open_sources(judged.config, environ)
    head = load_suite(sources, judged.git.files(judged.revisions.head))
    base = None
    if judged.has_base:
        try:
            base = load_suite(sources, judged.files)
        except ConfigError as error:
            warn(f"base's fixtures cannot be used, so all of head's are new: {error.message}")
    return join_suites(base, head)


def _alone(git: Git, head: Revision, config: Config, warnings: tuple[str, ...]) -> Judged:
    revisions = Revisions(head=head, base=None, rule=BaseRule.NONE)
    return Judged(git=git, revisions=revisions, config=config, files=git.files(head), warnings=warnings)


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
