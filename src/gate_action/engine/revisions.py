"""Which two revisions are compared, and by what rule base was found."""

from gate_action.clients.git.repository import Git
from gate_action.errors import ConfigError
from gate_action.model.run import BaseRule, Revision, Revisions


def find_revisions(git: Git, *, base: str | None, head: str | None, rule: str | None = None) -> Revisions:
    """Head is ``head`` or the checked-out commit; base is ``base``, else it is looked for.

    On a branch: the merge-base with the default branch. On the default branch itself: the commit before.
    A first commit has none. ``rule``: how a caller that knows the event found ``base``. Raises ConfigError.
    """
    name = head or "HEAD"
    if base is not None:
        how = _named(rule) if rule else BaseRule.GIVEN
        return Revisions(head=git.resolve(name), base=git.resolve(base), rule=how)
    return _look_for_base(git, *git.resolve_and_default(name))


def _look_for_base(git: Git, head: Revision, default: Revision | None) -> Revisions:
    fork = default if default in (None, head) else git.merge_base(head, default)
    if default is not None and fork is None:
        raise ConfigError(
            f"head {head.short} and the default branch {default.short} have no common commit in this clone",
            hint="use actions/checkout with fetch-depth: 0, or give --base",
        )
    if fork is not None and fork.sha != head.sha:
        return Revisions(head=head, base=fork, rule=BaseRule.MERGE_BASE)
    parents = git.parents(head)
    if not parents:
        return Revisions(head=head, base=None, rule=BaseRule.NONE)
    return Revisions(head=head, base=parents[0], rule=BaseRule.PREVIOUS)


def _named(words: str) -> BaseRule:
    for rule in BaseRule:
        if words in {rule.value, rule.name.lower().replace("_", "-")}:
            return rule
    known = ", ".join(rule.name.lower().replace("_", "-") for rule in BaseRule)
    raise ConfigError(f"the base rule {words!r} is not known", hint=f"one of: {known}")
