"""Prompt files of a checkout: read without leaving it, checked, and turned into the messages of one model call."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import msgspec

from gate_action.clients.templates import as_text, check_template, fill_text, placeholders, values_of
from gate_action.codec.positions import TextError, decode_text
from gate_action.codec.yaml_text import parse_yaml
from gate_action.errors import ConfigError, TargetStartError
from gate_action.model.dataclass import dataclass
from gate_action.model.fixture import Fixture, Json, JsonObject

_LONGEST_BYTES = 1_000_000
_YAML = (".yaml", ".yml", ".json")


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role: str
    content: str


@dataclass(frozen=True, slots=True)
class PromptText:
    """Messages with placeholders. ``role`` empty: the whole of a text file, the system's if anything comes after it."""

    messages: tuple[_Message, ...]

    def fill(self, fixture: Fixture, attempt: int) -> list[JsonObject]:
        """Placeholders filled; after them a chat's messages, or an input of another kind that no placeholder took.

        Raises ConfigError when the fixture does not fit.
        """
        if fixture.turns is not None:
            raise ConfigError(
                f"fixture {fixture.id!r} has several turns, which a prompt is not asked one by one",
                hint="give its input as messages, or judge the application with the http or command target",
            )
        values = values_of(fixture, attempt)
        following = self._following(fixture.input)
        own = "system" if following else "user"
        filled: list[JsonObject] = [
            {"role": message.role or own, "content": fill_text(message.content, values)} for message in self.messages
        ]
        return filled + following

    def _following(self, value: Json) -> list[JsonObject]:
        names = {name for message in self.messages for name in placeholders(message.content)}
        messages = value.get("messages") if isinstance(value, Mapping) else None
        if isinstance(messages, list):
            is_taken = any(name == "input" or name.startswith("input.messages") for name in names)
            return [] if is_taken else messages
        is_taken = any(name.partition(".")[0] == "input" for name in names)
        return [] if is_taken else [{"role": "user", "content": as_text(value)}]


def load_prompt(folder: Path, path: str) -> PromptText:
    """Raises TargetStartError: this revision has no such file inside its checkout, or it is no prompt."""
    content = _read(folder, path)
    try:
        text = decode_text(content)
        messages = _messages(text) if path.endswith(_YAML) else (_Message(role="", content=text),)
        for message in messages:
            check_template(message.content)
    except (TextError, ValueError) as error:  # a ValueError is msgspec's, or a placeholder's
        raise TargetStartError(f"the prompt {path} cannot be used: {error}") from error
    return PromptText(messages)


def _messages(text: str) -> tuple[_Message, ...]:
    messages = msgspec.convert(parse_yaml(text).value, tuple[_Message, ...])
    if not messages:
        raise ValueError("it has no message")
    return messages


def _read(folder: Path, path: str) -> bytes:
    if PurePosixPath(path).is_absolute():
        raise TargetStartError(f"the prompt {path} is not a path inside the repository")
    top = folder.resolve()
    try:
        file = (top / path).resolve(strict=True)
        if not file.is_relative_to(top):
            raise TargetStartError(f"the prompt {path} leads out of the repository")
        with file.open("rb") as opened:
            content = opened.read(_LONGEST_BYTES + 1)
    except OSError as error:
        raise TargetStartError(f"the prompt {path} cannot be read: {error.strerror}") from error
    if len(content) > _LONGEST_BYTES:
        raise TargetStartError(f"the prompt {path} is longer than {_LONGEST_BYTES} bytes")
    return content
