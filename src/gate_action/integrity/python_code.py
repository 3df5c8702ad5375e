"""Which files of a repository a function of it rests on: its module, and all that this imports, as far as the text
tells. Reads source, runs none of it.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from gate_action.model.protocols import Files

_MOST_FILES = 2_000
"""More than any evaluator imports: a bound for a source that was made to take for ever."""


def find_code(files: Files, functions: Iterable[str], roots: Iterable[str] = ()) -> tuple[str, ...]:
    """Paths of the modules behind ``functions`` (``package.module:name``) and of what they import, sorted.

    ``roots``: folders on sys.path beside the repository's top. What is not a file of the repository is passed over.
    """
    known = frozenset(files.find("**/*.py")) | frozenset(files.find("*.py"))
    finder = _Finder(known, tuple(PurePosixPath(root) for root in (*roots, ".")))
    waiting = [path for function in functions for path in finder.locate(function.partition(":")[0])]
    found: set[str] = set()
    while waiting and len(found) < _MOST_FILES:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += finder.imported_by(path, files.read(path))
    return tuple(sorted(found))


class _Finder:
    """Module names -> files, as the import system would find them."""

    def __init__(self, known: frozenset[str], roots: tuple[PurePosixPath, ...]) -> None:
        self._known = known
        self._roots = roots

    def locate(self, module: str) -> tuple[str, ...]:
        """The module's file and those of the packages around it, in the first root that has it."""
        parts = module.split(".")
        for root in self._roots:
            steps = [str(root.joinpath(*parts[:count])) for count in range(1, len(parts) + 1)]
            files = [path for step in steps for path in (f"{step}.py", f"{step}/__init__.py") if path in self._known]
            if any(path in files for path in (f"{steps[-1]}.py", f"{steps[-1]}/__init__.py")):
                return tuple(files)
        return ()

    def imported_by(self, path: str, source: bytes) -> Iterator[str]:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return  # it cannot be imported either: its own change is told all the same
        for node in ast.walk(tree):
            for module in _modules(node, self._package(path)):
                yield from self.locate(module)

    def _package(self, path: str) -> tuple[str, ...]:
        """The package that relative imports of this file start at."""
        place = PurePosixPath(path)
        root = next(root for root in self._roots if place.is_relative_to(root))
        return place.relative_to(root).parent.parts


def _modules(node: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            start = package[: len(package) - level + 1] if level else ()
            base = ".".join((*start, *((module,) if module else ())))
            if base:
                yield base
            yield from (".".join(filter(None, (base, alias.name))) for alias in names)
