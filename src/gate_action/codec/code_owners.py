"""CODEOWNERS as GitHub reads it: who must review which path. The pull request may have written it. Knows no gate.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from gate_action.model.dataclass import dataclass

LARGEST: Final = 3_000_000
"""Bytes. GitHub loads no larger file: nobody owns anything then."""
_OWNER: Final = re.compile(r"@[^\s@/]+(?:/[^\s@/]+)?|[^\s@]+@[^\s@]+")
"""``@login``, ``@org/team`` or an address."""
_WORD: Final = re.compile(r"(?:\\ |[^ \t])+")
"""A space inside a path stands behind a backslash."""
_COMMENT: Final = re.compile(r"(?:^|[ \t])#.*")
_LONGEST: Final = 1_000
"""Characters of a pattern: no path that people own is longer, and what is matched stays small."""
_MOST_RULES: Final = 10_000
"""More than people write: a bound for a file that was made to take for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRule:
    """One line. The last one that matches a path says who owns it; without owners, nobody does."""

    pattern: str
    owners: frozenset[str]
    """Lower case: GitHub's names are the same in either."""
    line: int

    @property
    def literal(self) -> str:
        """The folder or file that it surely lies in; empty for a pattern that matches at any depth."""
        if "/" not in self.pattern.rstrip("/"):
            return ""
        parts = self.pattern.strip("/").split("/")
        wild = next((n for n, part in enumerate(parts) if set(part) & set("*?")), len(parts))
        return "/".join(parts[:wild])

    def matches(self, path: str) -> bool:
        """A folder's pattern matches all that lies below it; ``folder/*`` only what lies in it."""
        return _compile(self.pattern).fullmatch(path) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    rules: tuple[OwnerRule, ...] = ()
    skipped: tuple[str, ...] = ()
    """Lines that GitHub refuses, and so passes over, as they stand."""

    def rule_of(self, path: str) -> OwnerRule | None:
        return next((rule for rule in reversed(self.rules) if rule.matches(path)), None)


def decode_owners(content: bytes) -> Owners:
    """Never raises: a line that cannot be used is passed over, as GitHub does; so are all where there are too many."""
    if len(content) > LARGEST:
        return Owners()
    if content.count(b"\n") > _MOST_RULES:
        return Owners(skipped=(hashlib.sha256(content).hexdigest(),))
    rules, skipped = [], []
    for number, text in enumerate(content.decode(errors="replace").split("\n"), start=1):
        match list(_words(text)):
            case []:
                continue
            case [pattern, *owners] if _is_usable(pattern) and all(map(_OWNER.fullmatch, owners)):
                names = frozenset(owner.lower() for owner in owners)
                rules.append(OwnerRule(pattern=pattern.replace("\\ ", " "), owners=names, line=number))
            case _:
                skipped.append(text.strip())
    return Owners(rules=tuple(rules), skipped=tuple(skipped))


def _words(text: str) -> Iterator[str]:
    for word in _WORD.finditer(_COMMENT.sub("", text.rstrip("\r"))):
        yield word[0]


def _is_usable(pattern: str) -> bool:
    """What gitignore has beyond this (negation, ranges, escapes) GitHub does not take here."""
    signs = set(pattern.replace("\\ ", ""))
    return bool(pattern.strip("/")) and len(pattern) <= _LONGEST and not signs & set("[]!\\")


@lru_cache(maxsize=2 * _MOST_RULES)
def _compile(pattern: str) -> Any:
    """Linear in the path's length: the pattern may be a stranger's."""
    import re2  # few changes touch what somebody owns

    is_anchored = "/" in pattern.rstrip("/")
    *folders, last = pattern.strip("/").split("/")
    text = "" if is_anchored else "(?:.*/)?"
    for part in folders:
        text += "(?:.*/)?" if part == "**" else f"{_segment(part)}/"
    text += ".*" if last == "**" else _segment(last)
    if pattern.endswith("/"):
        text += "/.*"
    elif last != "*" or not is_anchored:
        text += "(?:/.*)?"
    return re2.compile(f"(?s){text}")


def _segment(part: str) -> str:
    signs = {"*": "[^/]*", "?": "[^/]"}
    return "".join(signs.get(sign) or re.escape(sign) for sign in part)
