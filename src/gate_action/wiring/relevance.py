"""Does a change touch anything that a gate's verdict could rest on? Decides by names of files, and runs nothing."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from gate_action.clients.files import match_paths
from gate_action.codec.acknowledgements import LEDGER_NAME
from gate_action.config.settings import Config
from gate_action.engine.evaluator_files import find_evaluator_files
from gate_action.errors import GateError
from gate_action.integrity.files import OWNERS
from gate_action.integrity.python_code import find_code
from gate_action.model.decision import Decision, Reason, ReasonKind, Verdict
from gate_action.model.fixture import Json
from gate_action.model.protocols import Files
from gate_action.wiring.inspection import python_roots
from gate_action.wiring.judged import Judged
from gate_action.wiring.judging import lock_path
from gate_action.wiring.suites import load_suite, open_sources

_WORKFLOWS: Final = ".github"
_SHOWN: Final = 5


def find_unaffected(judged: Judged) -> Decision | None:
    """PASS `not_affected`, where base's gate.yaml says `paths` and the change touches none of what counts.

    None: it has to be measured, also where that cannot be told.
    """
    base = judged.revisions.base
    if not judged.config.paths or base is None:
        return None
    changed = judged.git.changed_between(base, judged.revisions.head)
    if any(match_paths(pattern, changed) for pattern in judged.config.paths):
        return None
    counting = _own_files(judged)
    if counting is None or any(match_paths(pattern, changed) for pattern in counting):
        return None
    shown = ", ".join(judged.config.paths[:_SHOWN]) + (", ..." if judged.config.paths[_SHOWN:] else "")
    sentence = (
        f"nothing was measured, since none of the {len(changed):,} changed files lies in paths of "
        f"{judged.config.path} ({shown}) or belongs to the gate itself"
    )
    return Decision(verdict=Verdict.PASS, reasons=(Reason(kind=ReasonKind.NOT_AFFECTED, sentence=sentence),))


def _own_files(judged: Judged) -> tuple[str, ...] | None:
    """The gate's own files: what says what is measured and how, fixtures, evaluators and workflows among it.

    None where base's fixtures cannot be read: the run will tell what is wrong with them.
    """
    config = judged.config
    beside = PurePosixPath(config.path)
    try:
        suite = load_suite(open_sources(config, {}), judged.files)
        code = find_evaluator_files(config.metrics, suite)
    except GateError:
        return None
    files = (judged.files, judged.head_files)
    functions = [path for each in files for path in find_code(each, code.functions, python_roots(config))]
    named = {name for each in (config, judged.head_config) for name in _named_files(each, files)}
    sources = [str(path) for source in config.sources for path in _paths(source.options.get("paths"))]
    return (
        config.path,
        lock_path(config),
        str(beside.with_name(LEDGER_NAME)),
        _WORKFLOWS,
        *OWNERS,
        *sources,
        *code.prompts,
        *functions,
        *sorted(named),
    )


def _named_files(config: Config, files: tuple[Files, ...]) -> Iterator[str]:
    """Every text of the gate that is the path of something in the repository: recordings, schemas, setup, locks."""
    value: Any = config.document.value
    for part in config.top:  # what other gates of the file name is their affair
        value = value[part]
    for text in _texts(value):
        wanted = text.strip().removeprefix("./").rstrip("/")
        is_path = wanted not in {"", "."} and not wanted.startswith("/") and ".." not in PurePosixPath(wanted).parts
        if is_path and not set(wanted) & set("*?[\n") and any(each.find(wanted) for each in files):
            yield wanted


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)


def _paths(value: Json) -> tuple[Json, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()
