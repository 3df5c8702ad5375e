"""Judges a prompt file of the repository: puts the fixture's input in and asks a model, through litellm."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import ClassVar

from gate_action.clients.llm import ModelCallError, ModelRequest, Models, open_models
from gate_action.clients.model_keys import RECORDED_BASE_URL, Access, find_access
from gate_action.clients.prompts import PromptText, load_prompt
from gate_action.errors import TargetStartError
from gate_action.model.fixture import Fixture, Json
from gate_action.model.metric import Limits
from gate_action.model.protocols import Try
from gate_action.model.replay import Tracing
from gate_action.model.run import Build
from gate_action.model.trial import Attempt, Fault, Output, TrialError


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The file is the revision's own; model, parameters and key are those of base's gate.yaml, for both builds."""

    needs_folder: ClassVar[bool] = True

    prompt: str
    """Path in the repository: a text with ``{{input}}``, ``{{input.part}}`` and ``{{context}}``, or YAML: a list of
    ``{role, content}``. What no placeholder takes of the input comes after it: a chat's messages, or a user's message.
    """
    model: str
    """As litellm names it, e.g. ``openai/gpt-4o-mini``."""
    parameters: Mapping[str, Json] = field(default_factory=dict)
    """As the provider's API names them: temperature, tools ..."""
    base_url: str = ""
    key: str = ""
    """Name of the variable that holds the key, listed in ``target.env`` too; empty: the provider's usual one."""

    @asynccontextmanager
    async def open(self, build: Build, limits: Limits) -> AsyncIterator[Try]:
        """Raises TargetStartError, MissingKeyError."""
        if build.folder is None:
            raise TargetStartError(f"{build.arm} has no checkout to read {self.prompt} from")
        text = load_prompt(build.folder, self.prompt)
        base_url = build.environment.get(RECORDED_BASE_URL, self.base_url)
        access = find_access(self.model, build.environment, key=self.key, base_url=base_url)
        yield _Door(self, text, await open_models(limits.trial_timeout_s), access, build.tracing).ask


@dataclass(frozen=True, slots=True)
class _Door:
    """One open build."""

    target: Prompt
    text: PromptText
    models: Models
    access: Access
    tracing: Tracing | None

    async def ask(self, fixture: Fixture, attempt: int) -> Attempt:
        messages = self.text.fill(fixture, attempt)
        headers = {"traceparent": self.tracing.traceparent(fixture.id, attempt)} if self.tracing else {}
        request = ModelRequest(
            model=self.target.model, messages=messages, parameters=self.target.parameters, headers=headers
        )
        try:
            reply = await self.models.ask(request, self.access)
        except ModelCallError as error:
            fault = Fault.REFUSED if error.is_requests_fault else Fault.PROVIDER
            outcome = TrialError(fault=fault, detail=str(error))
            return Attempt(outcome=outcome, retry_after_s=error.retry_after_s)
        output = Output(content=reply.text, tool_calls=reply.tool_calls)
        return Attempt(outcome=output, usage=reply.usage)
