"""Files of base's revision beside head's that the gate rests on without being gate.yaml or fixtures: workflows that
start it, judge prompts, evaluators' code, calibrations. Reads them through Files; runs nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from gate_action.errors import ConfigError
from gate_action.model.fixture import Place
from gate_action.model.integrity import Area, Effect, GateChange
from gate_action.model.judge import JudgeRecord
from gate_action.model.protocols import Files

_GITHUB = ".github"
_ENDINGS = {".yml", ".yaml"}
_OURS = re.compile(rb"gate[-_]action", re.IGNORECASE)
_USED_HERE = re.compile(rb"uses:\s*[\"']?\./([^\s\"'#{},]*)")
"""A workflow or an action of the same repository: its path."""


def compare_workflows(base: Files, head: Files, running: str = "") -> tuple[GateChange, ...]:
    """Every change of the files under .github that start the gate.

    ``running``: the path of the workflow that this run is a run of. Where base has none that starts a gate, the change
    brings the first, and nothing is loosened by it.
    """
    before, after = (find_starters(files, running) for files in (base, head))
    changes = tuple(_differences(base, head, sorted(before | after), Area.WORKFLOW, "no gate can guard what starts it"))
    return changes if before else tuple(replace(change, effect=Effect.NEUTRAL, why="") for change in changes)


def compare_prompts(base: Files, head: Files, paths: Iterable[str]) -> tuple[GateChange, ...]:
    """Files that evaluators read at base: judge prompts and rubrics."""
    return tuple(_differences(base, head, sorted(set(paths)), Area.EVALUATOR, "the judge is asked something else"))


def compare_instructions(base: Files, head: Files, paths: Iterable[str]) -> tuple[GateChange, ...]:
    """Files that simulated users are told at base."""
    return tuple(_differences(base, head, sorted(set(paths)), Area.POLICY, "simulated users are told something else"))


def compare_code(base: Files, head: Files, paths: Iterable[str]) -> tuple[GateChange, ...]:
    """Files of the repository's own evaluators, and what they import from it."""
    return tuple(_differences(base, head, sorted(set(paths)), Area.EVALUATOR, "an evaluator runs it"))


def compare_records(
    base: Mapping[str, JudgeRecord], head: Mapping[str, JudgeRecord], path: str
) -> tuple[GateChange, ...]:
    """What judges.lock.yaml says of each judge metric."""
    changes = []
    for metric in sorted({*base, *head}):
        ours, theirs = base.get(metric), head.get(metric)
        if ours == theirs:
            continue
        what = "added" if ours is None else "removed" if theirs is None else "edited"
        changes.append(
            GateChange(
                area=Area.CALIBRATION,
                subject=f"{path}: {metric}",
                effect=Effect.TIGHTENS if ours is None else Effect.UNCLEAR,
                what=what,
                base=_told(ours),
                head=_told(theirs),
                why="its judge may block from now on" if ours is None else "it says which judge may block",
                place=Place(path, None),
            )
        )
    return tuple(changes)


def read_if_there(files: Files, path: str) -> bytes | None:
    """None: there is no such file. A path is never taken for a pattern here: a pull request may name files at will."""
    try:
        return files.read(path)
    except ConfigError:
        return None


def find_starters(files: Files, running: str = "") -> set[str]:
    """Paths under .github of all that starts a gate: what names it, what that uses, and what uses that."""
    texts = {path: files.read(path) for path in files.find(_GITHUB) if PurePosixPath(path).suffix in _ENDINGS}
    uses = {path: _used(text, texts) for path, text in texts.items()}
    found = {path for path, text in texts.items() if _OURS.search(text) or path == running}
    while more := {path for path in texts if path not in found and _is_tied(path, found, uses)}:
        found |= more
    return found


def _is_tied(path: str, found: set[str], uses: Mapping[str, set[str]]) -> bool:
    return bool(uses[path] & found) or any(path in uses[other] for other in found)


def _used(text: bytes, known: Iterable[str]) -> set[str]:
    """The known files that ``uses: ./...`` names: a workflow, or the folder of an action."""
    named = {place.decode(errors="replace").rstrip("/") for place in _USED_HERE.findall(text)}
    return {path for path in known if path in named or str(PurePosixPath(path).parent) in named}


def _differences(base: Files, head: Files, paths: Iterable[str], area: Area, why: str) -> Iterator[GateChange]:
    """A change of unclear effect for each path whose content differs."""
    for path in paths:
        ours, theirs = read_if_there(base, path), read_if_there(head, path)
        if ours == theirs:
            continue
        what = "added" if ours is None else "removed" if theirs is None else "edited"
        yield GateChange(area=area, subject=path, effect=Effect.UNCLEAR, what=what, why=why, place=Place(path, None))


def _told(record: JudgeRecord | None) -> str:
    if record is None:
        return "none"
    quality = record.quality
    labels = f"{quality.passes} labels of pass, {quality.fails} of fail"
    return f"{record.model}, J {quality.j.value:.2f} on {labels}, judge {record.judge[:19]}"
