"""Who must review what the gate rests on, by base's CODEOWNERS and by head's: what each difference does to the gate."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from gate_action.codec.code_owners import OwnerRule, Owners, decode_owners
from gate_action.integrity.files import read_if_there
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Place
from gate_action.model.integrity import Area, Effect, GateChange
from gate_action.model.protocols import Files

OWNERS: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks for it; the first one that is there counts."""
_MOST_NAMED: Final = 3


class Guarded(NamedTuple):
    """What a gate rests on."""

    paths: tuple[str, ...]
    """Files of either revision; and names for those to come, e.g. ``fixtures/*.jsonl``."""
    folders: tuple[str, ...]
    """In which every file counts."""


class _Read(NamedTuple):
    """A revision's CODEOWNERS. ``path`` is empty where there is none."""

    path: str
    owners: Owners

    def rule_of(self, path: str) -> OwnerRule | None:
        return self.owners.rule_of(path)

    def owners_of(self, path: str) -> frozenset[str]:
        rule = self.rule_of(path)
        return rule.owners if rule else frozenset()


def compare_owners(base: Files, head: Files, find_guarded: Callable[[], Guarded]) -> tuple[GateChange, ...]:
    """A change for each group of guarded paths whose owners change alike. Without any, one for the file.

    A line that may reach files of the gate that are not there yet is held to loosen. ``find_guarded`` is asked only
    where the owners differ.
    """
    ours, theirs = _read(base), _read(head)
    if ours == theirs:
        return ()
    compared = _Compared(ours, theirs, find_guarded())
    groups, doubt = tuple(compared.groups()), compared.doubt()
    return groups if groups and not doubt else (*groups, compared.whole(doubt))


@dataclass(frozen=True, slots=True)
class _Compared:
    base: _Read
    head: _Read
    guarded: Guarded

    def groups(self) -> Iterator[GateChange]:
        together: dict[tuple[frozenset[str], frozenset[str]], list[str]] = {}
        for path in self._paths():
            before, after = self.base.owners_of(path), self.head.owners_of(path)
            if before != after:
                together.setdefault((before, after), []).append(path)
        for (before, after), paths in together.items():
            effect, what, why = _weigh(before, after)
            yield GateChange(
                area=Area.WORKFLOW,
                subject=f"owners of {_name(paths)}",
                effect=effect,
                what=what,
                base=_spell(before),
                head=_spell(after),
                why=why,
                place=self._place(self.head.rule_of(paths[0])),
            )

    def whole(self, doubt: str) -> GateChange:
        """The file's change, as far as it changes nobody's part in what is there."""
        what = "added" if not self.base.path else "removed" if not self.head.path else "edited"
        return GateChange(
            area=Area.WORKFLOW,
            subject=self.head.path or self.base.path,
            effect=Effect.UNCLEAR if doubt else Effect.NEUTRAL,
            what=what,
            why=doubt or "what the gate rests on keeps its owners",
            place=self._place(None),
        )

    def doubt(self) -> str:
        """Why it may matter to the gate beside its groups. Empty where it cannot: first owners take nothing away."""
        before, after = self.base.owners, self.head.owners
        if not self.base.path:
            return ""
        if before.skipped != after.skipped:
            return "it has lines that cannot be read"
        ours, theirs = ({(rule.pattern, rule.owners) for rule in side.rules} for side in (before, after))
        changed = ours ^ theirs
        for rule in (*after.rules, *before.rules):
            if (rule.pattern, rule.owners) in changed and self._is_of_files_to_come(rule):
                return f"{rule.pattern} is about files to come that the gate would rest on"
        return ""

    def _is_of_files_to_come(self, rule: OwnerRule) -> bool:
        is_inside = any(f"{rule.literal}/".startswith(f"{folder}/") for folder in self.guarded.folders)
        return is_inside and not any(map(rule.matches, self._paths()))

    def _paths(self) -> list[str]:
        own = {path for path in (self.base.path, self.head.path) if path}
        return sorted({*self.guarded.paths, *own})

    def _place(self, rule: OwnerRule | None) -> Place:
        return Place(self.head.path or self.base.path, rule.line if rule else None)


def _read(files: Files) -> _Read:
    for path in OWNERS:
        content = read_if_there(files, path)
        if content is not None:
            return _Read(path, decode_owners(content))
    return _Read("", Owners())


def _weigh(before: frozenset[str], after: frozenset[str]) -> tuple[Effect, str, str]:
    if not after:
        return Effect.LOOSENS, "removed", "nobody has to review it any longer"
    if not before:
        return Effect.TIGHTENS, "added", ""
    if before < after:
        return Effect.LOOSENS, "edited", "further people may approve it, and one of them is enough"
    return Effect.UNCLEAR, "edited", "other people have to review it"


def _name(paths: Sequence[str]) -> str:
    more = len(paths) - _MOST_NAMED
    return ", ".join(paths[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _spell(owners: frozenset[str]) -> str:
    return ", ".join(sorted(owners)) or "nobody"
