"""YAML text -> plain JSON values and their places. What JSON cannot say (sets, odd tags, cycles) is refused."""

import math
import re
from collections.abc import Iterable, Iterator

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gate_action.codec.json_text import find_surrogates
from gate_action.codec.positions import MAX_DEPTH, START, Document, Path, Position, TextError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Json

_TAG = "tag:yaml.org,2002:"
_TEXTS = frozenset({"str", "timestamp", "value", "merge"})
"""``=`` and ``<<`` have tags of their own in YAML 1.1, and mean nothing as values."""
_AMBIGUOUS = re.compile(r"(?i:yes|no|on|off)|[-+]?0[0-7_]+|[-+]?[0-9_]*[:_][0-9:_.]*")
"""What YAML 1.1 reads as true, false or a number, and 1.2 (and most people) as a text or as another number."""
_ALIAS_GROWTH = 10
_ALIAS_FREE = 10_000
"""Aliases may make a document ten times as large as it is written, and may always add 10,000 values."""
_MAX_NUMBER = 300
"""Digits: above a float's range, below what int() refuses."""


def parse_yaml(text: str) -> Document:
    """SafeLoader's reading of one document, with duplicate keys refused and dates left as texts. Raises TextError."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_depth(yaml.parse(text, Loader=loader))
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = Position(mark.line + 1, mark.column + 1) if mark else None
        raise TextError(f"not YAML: {error.problem or error.context}", position) from error
    except yaml.YAMLError as error:
        raise TextError(f"not YAML: {str(error).splitlines()[0]}") from error
    if root is None:
        return Document(None, YamlPlaces(None))
    reader = _Reader(yaml.constructor.SafeConstructor())
    value = reader.read(root)
    places = YamlPlaces(root)
    for path in find_surrogates(value):
        raise TextError("a lone surrogate (half of a character)", places.locate(path))
    return Document(value, places)


@dataclass(frozen=True, slots=True)
class YamlPlaces:
    """Walks the node tree for each question: asked only when there is something to complain of."""

    root: Node | None

    def locate(self, path: Path, *, is_key: bool = False) -> Position:
        if self.root is None:
            return START
        key, node = self.root, self.root
        for part in path:
            entry = _child(node, part)
            if entry is None:
                return _position(node)
            key, node = entry
        return _position(key if is_key else node)

    def written(self, path: Path) -> str | None:
        node = self.root
        for part in path:
            entry = _child(node, part) if node is not None else None
            if entry is None:
                return None
            node = entry[1]
        return str(node.value) if isinstance(node, ScalarNode) and not node.style else None

    def entries(self, path: Path) -> "Iterator[YamlPlaces]":
        """The places of each entry of the list at ``path``."""
        node = self.root
        for part in path:
            entry = _child(node, part) if node is not None else None
            node = entry[1] if entry else None
        for child in node.value if isinstance(node, SequenceNode) else ():
            yield YamlPlaces(child)

    def ambiguous(self) -> Iterator[tuple[Path, str]]:
        """Path and spelling of every bare word that is no text here and would be one elsewhere."""
        yield from _ambiguous(self.root, ())


def _ambiguous(node: Node | None, path: Path) -> Iterator[tuple[Path, str]]:
    match node:
        case MappingNode():
            for key, value in node.value:
                yield from _ambiguous(value, (*path, key.value))
        case SequenceNode():
            for index, entry in enumerate(node.value):
                yield from _ambiguous(entry, (*path, index))
        case ScalarNode() if not node.style and node.tag.removeprefix(_TAG) not in _TEXTS:
            if _AMBIGUOUS.fullmatch(node.value):
                yield path, node.value
        case _:
            return


def _child(node: Node, part: str | int) -> tuple[Node, Node] | None:
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in reversed(node.value) if key.value == part), None)
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _position(part: Node | yaml.Event) -> Position:
    mark = part.start_mark
    return Position(mark.line + 1, mark.column + 1) if mark else START


def _check_depth(events: Iterable[yaml.Event]) -> None:
    """Before composing, which recurses."""
    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise TextError(f"nested deeper than {MAX_DEPTH}", _position(event))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Reader:
    """Turns nodes into plain values. A node that an alias repeats is read once; its weight counts each time."""

    def __init__(self, constructor: SafeConstructor) -> None:
        self._constructor = constructor
        self._done: dict[int, tuple[Json, int]] = {}
        self._open: set[int] = set()
        self._written = 0

    def read(self, node: Node) -> Json:
        return self._read(node)[0]

    def _read(self, node: Node) -> tuple[Json, int]:
        """The value, and how many values it would be if it were written out."""
        if id(node) in self._done:
            return self._done[id(node)]
        if id(node) in self._open:
            raise TextError("an alias that holds itself", _position(node))
        self._open.add(id(node))
        self._written += 1
        value, weight = self._build(node)
        if weight > _ALIAS_GROWTH * self._written + _ALIAS_FREE:
            raise TextError("aliases blow this document up", _position(node), hint="repeat fewer parts by alias")
        self._open.discard(id(node))
        self._done[id(node)] = value, weight
        return value, weight

    def _build(self, node: Node) -> tuple[Json, int]:
        if isinstance(node, MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node)
        if isinstance(node, SequenceNode) and node.tag == _TAG + "seq":
            entries = [self._read(entry) for entry in node.value]
            return [value for value, _ in entries], 1 + sum(weight for _, weight in entries)
        if isinstance(node, ScalarNode):
            return self._scalar(node), 1
        raise _odd_tag(node)

    def _mapping(self, node: MappingNode) -> tuple[Json, int]:
        self._check_keys(node)
        self._merge(node)
        entries = {key.value: self._read(value) for key, value in node.value}
        return {key: value for key, (value, _) in entries.items()}, 1 + sum(weight for _, weight in entries.values())

    def _merge(self, node: MappingNode) -> None:
        """``<<``, as SafeLoader does it: own keys win."""
        if not any(key.tag == _TAG + "merge" for key, _ in node.value):
            return
        try:
            self._constructor.flatten_mapping(node)
        except (yaml.MarkedYAMLError, RecursionError) as error:
            raise TextError("a merge key (<<) takes an object or a list of objects", _position(node)) from error
        for key, _ in node.value:
            _check_key(key)

    def _check_keys(self, node: MappingNode) -> None:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag == _TAG + "merge":
                continue
            _check_key(key)
            if key.value in seen:
                raise TextError(f"the key {key.value!r} stands twice", _position(key), hint="keep one of them")
            seen.add(key.value)

    def _scalar(self, node: ScalarNode) -> Json:
        kind = node.tag.removeprefix(_TAG)
        if kind in _TEXTS:  # JSON has no dates: a date is the text that was written
            return str(node.value)
        try:
            match kind:
                case "null":
                    return None
                case "bool":
                    return bool(self._constructor.construct_yaml_bool(node))
                case "int":
                    return self._integer(node)
                case "float":
                    return self._float(node)
                case _:
                    raise _odd_tag(node)
        except (ValueError, KeyError) as error:
            raise TextError(f"{node.value[:40]!r} is not a {kind}", _position(node)) from error

    def _integer(self, node: ScalarNode) -> int:
        if len(node.value) > _MAX_NUMBER:
            raise TextError(f"the number {node.value[:40]}... is too large", _position(node))
        return int(self._constructor.construct_yaml_int(node))

    def _float(self, node: ScalarNode) -> float:
        number = float(self._constructor.construct_yaml_float(node))
        if not math.isfinite(number):
            raise TextError(
                f"{node.value} has no JSON",
                _position(node),
                hint="leave a missing measurement out, or write it as text",
            )
        return number


def _check_key(key: Node) -> None:
    if not isinstance(key, ScalarNode):
        raise TextError("a key is not text", _position(key))
    if key.tag.removeprefix(_TAG) not in _TEXTS:
        hint = f'YAML reads the bare word {key.value} as something else; quote it: "{key.value}"'
        raise TextError(f"the key {key.value!r} is not text", _position(key), hint=hint)


def _odd_tag(node: Node) -> TextError:
    tag = node.tag.replace(_TAG, "!!")
    return TextError(f"the tag {tag} is not read here", _position(node), hint="write plain YAML")
