"""Which files of the repository a gate rests on, by what its gate.yaml names. Reads no fixture, runs nothing."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from gate_action.codec.acknowledgements import LEDGER_NAME
from gate_action.codec.row_files import SUFFIXES
from gate_action.config.settings import Config
from gate_action.engine.evaluator_files import find_evaluator_files
from gate_action.integrity.files import find_starters
from gate_action.integrity.owners import Guarded
from gate_action.integrity.python_code import find_code
from gate_action.model.fixture import Json
from gate_action.model.protocols import Files
from gate_action.wiring.judge_records import lock_path

_WORKFLOWS: Final = ".github/workflows"
_WILD: Final = frozenset("*?[")


def list_own(config: Config) -> tuple[str, ...]:
    """gate.yaml, and what lies beside it under a name of ours."""
    return (config.path, lock_path(config), str(PurePosixPath(config.path).with_name(LEDGER_NAME)))


def list_sources(config: Config) -> tuple[str, ...]:
    """Files, folders and globs of the repository that fixtures come from."""
    return tuple(str(path) for source in config.sources for path in _paths(source.options.get("paths")))


def list_named(config: Config, files: tuple[Files, ...]) -> Iterator[str]:
    """Every text of the gate that is the path of something in the repository: recordings, schemas, setup, locks."""
    value: Any = config.document.value
    for part in config.top:  # what other gates of the file name is their affair
        value = value[part]
    for text in _texts(value):
        wanted = text.strip().removeprefix("./").rstrip("/")
        is_path = wanted not in {"", "."} and not wanted.startswith("/") and ".." not in PurePosixPath(wanted).parts
        if is_path and not set(wanted) & {*_WILD, "\n"} and any(each.find(wanted) for each in files):
            yield wanted


def python_roots(config: Config) -> tuple[str, ...]:
    """Folders that the repository's own evaluators are imported from, beside the top."""
    path = config.target.options.get("path", ()) if config.target.kind == "python" else ()
    return tuple(map(str, path)) if isinstance(path, list | tuple) else ()


def find_guarded(config: Config, files: tuple[Files, ...], running: str = "") -> Guarded:
    """What people may want to own: files of either revision, and fixtures and workflows to come.

    ``running``: the path of the workflow that this run is a run of.
    """
    code = find_evaluator_files(config.metrics, None)
    functions = [path for each in files for path in find_code(each, code.functions, python_roots(config))]
    starters = [path for each in files for path in find_starters(each, running)]
    sources = list_sources(config)
    patterns = (*list_own(config), *sources, *list_named(config, files), *code.prompts)
    there = [path for pattern in patterns for each in files for path in each.find(pattern)]
    folders = sorted({folder for pattern in sources if (folder := _folder(pattern, there)) is not None})
    inside = [f"{folder}/" if folder else "" for folder in folders]
    to_come = [f"{folder}{depth}*{suffix}" for folder in inside for depth in ("", "*/") for suffix in SUFFIXES]
    workflows = f"{_WORKFLOWS}/*.yml", f"{_WORKFLOWS}/*.yaml"
    paths = {*list_own(config), *there, *functions, *starters, *to_come, *workflows}
    return Guarded(tuple(sorted(paths)), (*filter(None, folders), _WORKFLOWS))


def _folder(pattern: str, there: list[str]) -> str | None:
    """The folder that all of a source's files lie in; empty for the repository's top, None for a single file."""
    parts = PurePosixPath(pattern).parts
    wild = next((n for n, part in enumerate(parts) if set(part) & _WILD), len(parts))
    folder = str(PurePosixPath(*parts[:wild])) if wild else ""
    return None if folder in there else folder


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
