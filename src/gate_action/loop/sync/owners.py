"""Whom GitHub asks for a review of proposed files, by the base's CODEOWNERS. GitHub does the asking."""

from collections.abc import Iterable

from gate_action.codec.code_owners import decode_owners
from gate_action.integrity.files import read_if_there
from gate_action.integrity.owners import OWNERS
from gate_action.model.protocols import Files
from gate_action.report.escape import SafeMarkdown, fill, join, markdown_code


def find_owners(files: Files, paths: Iterable[str]) -> tuple[str, ...]:
    """Sorted, in small letters; none where no line covers any of ``paths``."""
    contents = (read_if_there(files, path) for path in OWNERS)
    owners = decode_owners(next((content for content in contents if content), b""))
    rules = (owners.rule_of(path) for path in paths)
    return tuple(sorted({owner for rule in rules if rule for owner in rule.owners}))


def say_owners(owners: tuple[str, ...]) -> SafeMarkdown:
    """Named in code, so that nobody is called a second time."""
    if not owners:
        return fill("No line of CODEOWNERS covers these files: GitHub asks nobody for a review.")
    return fill("Their code owners are asked: {owners}.", owners=join([markdown_code(one) for one in owners], ", "))
