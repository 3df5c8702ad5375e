"""Classifies without a model: by words, and only where they leave little doubt. What it cannot tell is ``unknown``."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files as packaged
from typing import Any

import msgspec
import re2

from gate_action.answers.refusals import find_refusal, fold
from gate_action.answers.values import Unreadable, is_list, parse, unfenced
from gate_action.codec.positions import decode_text
from gate_action.codec.yaml_text import parse_yaml
from gate_action.loop.classify.answer import Found
from gate_action.loop.classify.subjects import Statement, Subject
from gate_action.model.fixture import digest_json
from gate_action.model.loop import Aside, FailureMode, FeedbackKind, ModeFound
from gate_action.model.rubric import Rubric

VERSION = "1"
"""Of what stands in this file; the words have a version of their own."""
NAME = "rules"
_RETRIES = frozenset({"retry", "regenerate", "regenerated"})
_LONGEST_QUOTE = 200
_LONGEST_READ = 20_000
"""Characters of a text: complaints are short."""
_GRAVEST_FIRST = (
    FailureMode.UNDER_REFUSAL,
    FailureMode.TOOL_MISUSE,
    FailureMode.FORMAT_ERROR,
    FailureMode.OVER_REFUSAL,
    FailureMode.HALLUCINATION,
    FailureMode.MISSED_INTENT,
)


class Rules(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The file ``rules.yaml``."""

    version: str
    says: Mapping[str, tuple[str, ...]]
    asks_for_json: tuple[str, ...]
    tool_failed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RulesClassifier:
    rubric: Rubric
    rules: Rules

    @property
    def name(self) -> str:
        return NAME

    @cached_property
    def digest(self) -> str:
        rules: Any = msgspec.to_builtins(self.rules)
        return digest_json({"rules": rules, "labels": list(self.rubric.labels), "version": VERSION})

    async def classify(self, subject: Subject) -> Found:
        """Asks nobody."""
        return self.judge(subject)

    def judge(self, subject: Subject) -> Found:
        present = {mode: quote for mode, quote in self._evidence(subject) if mode in self.rubric.mode_names}
        modes = tuple(
            ModeFound(mode=name, is_present=name in present, quote=present.get(name, ""))
            for name in self.rubric.mode_names
        )
        label = next((str(mode) for mode in _GRAVEST_FIRST if mode in present), "")
        if label:
            return Found(label=label, modes=modes)
        return self._without_mode(subject, modes)

    def _without_mode(self, subject: Subject, modes: tuple[ModeFound, ...]) -> Found:
        for aside in (Aside.NOT_A_FAILURE, Aside.UNMET_NEED):
            if any(self._said(aside, text) for text in _comments(subject)):
                return Found(label=aside, modes=modes)
        if _is_praise(subject):
            return Found(label=Aside.NOT_A_FAILURE, modes=modes)
        return Found(label=Aside.UNKNOWN, modes=modes, cause=_why_unknown(subject))

    def _evidence(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Modes and the words that show them; the last of one mode counts."""
        if not _is_complaint(subject):
            return
        if any(one.name in _RETRIES for one in subject.statements if one.kind == FeedbackKind.IMPLICIT):
            yield FailureMode.MISSED_INTENT, _short(subject.input)
        for mode in FailureMode:
            for text in _comments(subject):
                if quote := self._said(mode, text):
                    is_about_refusing = mode is not FailureMode.OVER_REFUSAL or _refusal(subject.output)
                    if is_about_refusing:
                        yield mode, quote
        if (refusal := _refusal(subject.output)) and any(one.correction for one in subject.statements):
            yield FailureMode.OVER_REFUSAL, refusal  # somebody knew the answer that it declined to give
        if self._matches("asks_for_json", fold(subject.input[:_LONGEST_READ])) and _is_no_json(subject.output):
            yield FailureMode.FORMAT_ERROR, _short(subject.output)
        if failed := self._failed_result(subject.tool_calls):
            yield FailureMode.TOOL_MISUSE, failed

    def _said(self, label: str, text: str) -> str:
        """The first sentence of ``text`` that says so; empty: none."""
        return next((line for line in _sentences(text) if self._matches(label, fold(line))), "")

    def _matches(self, name: str, folded: str) -> bool:
        pattern = self._patterns.get(name)
        return pattern is not None and pattern.search(folded) is not None

    def _failed_result(self, tool_calls: str) -> str:
        for result in _results(tool_calls):
            if self._matches("tool_failed", result.lower()[:_LONGEST_READ]):
                return _short(result)
        return ""

    @cached_property
    def _patterns(self) -> Mapping[str, Any]:
        lists = {**self.rules.says, "asks_for_json": self.rules.asks_for_json, "tool_failed": self.rules.tool_failed}
        return {name: re2.compile("|".join(f"(?:{one})" for one in patterns)) for name, patterns in lists.items()}


def load_rules() -> Rules:
    """The packaged ones."""
    content = packaged("gate_action.loop.classify").joinpath("rules.yaml").read_bytes()
    return msgspec.convert(parse_yaml(decode_text(content)).value, Rules)


def _is_complaint(subject: Subject) -> bool:
    return any(one.polarity < 0 or one.correction for one in subject.statements)


def _is_praise(subject: Subject) -> bool:
    return bool(subject.statements) and all(one.polarity > 0 and not one.correction for one in subject.statements)


def _why_unknown(subject: Subject) -> str:
    if _refusal(subject.output):
        return "it sounds like a refusal; whether it should have answered, rules cannot tell"
    if subject.words:
        return "what people wrote has none of the words that rules know"
    return "nobody wrote what was wrong"


def _comments(subject: Subject) -> Iterator[str]:
    """Of people who did not praise it."""
    yield from (_readable(one) for one in subject.statements if one.comment and one.polarity <= 0)


def _readable(one: Statement) -> str:
    return one.comment[:_LONGEST_READ]


def _sentences(text: str) -> Iterator[str]:
    for match in re2.finditer(r"[^.!?\n\x{3002}\x{ff01}\x{ff1f}]+", text):
        if line := match.group().strip():
            yield line[:_LONGEST_QUOTE]


def _refusal(output: str) -> str:
    """The first sentence that sounds like one, verbatim."""
    return next((line for line in _sentences(output[:_LONGEST_READ]) if find_refusal(fold(line))), "")


def _is_no_json(output: str) -> bool:
    return isinstance(parse(unfenced(output)), Unreadable)


def _results(tool_calls: str) -> Iterator[str]:
    try:
        calls = json.loads(tool_calls) if tool_calls else []
    except (ValueError, RecursionError):
        return
    for call in calls if is_list(calls) else ():
        if isinstance(call, Mapping) and call.get("result") not in (None, ""):
            result = call["result"]
            yield result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)


def _short(text: str) -> str:
    return text.strip()[:_LONGEST_QUOTE]
