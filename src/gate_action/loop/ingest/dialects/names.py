"""Attribute names by what they mean, in the order in which they count. New spellings stand before old ones."""

from collections.abc import Mapping
from typing import NamedTuple


class Spelling(NamedTuple):
    """An attribute that holds messages, and whose it is."""

    name: str
    dialect: str


OPERATION = ("gen_ai.operation.name",)
KIND = (
    "openinference.span.kind",
    "gen_ai.span.kind",
    "fi.span.kind",
    "fi.span_kind",
    "traceloop.span.kind",
    "langfuse.observation.type",
    "mlflow.spanType",
    "langsmith.span.kind",
    "llm.request.type",
)
PLAIN: Mapping[str, tuple[str, ...]] = {
    "conversation_id": (
        "gen_ai.conversation.id",
        "session.id",
        "gen_ai.session.id",
        "langfuse.session.id",
        "mlflow.trace.session",
        "traceloop.association.properties.session_id",
        "traceloop.association.properties.conversation_id",
        "ai.telemetry.metadata.sessionId",
        "thread.id",
    ),
    "join_key": ("gate.join_key",),
    "response_id": ("gen_ai.response.id", "ai.response.id"),
    "environment": ("deployment.environment.name", "deployment.environment", "langfuse.environment"),
    "release": ("gate.release", "langfuse.release", "service.version"),
    "prompt_name": ("gen_ai.prompt.name", "langfuse.observation.prompt.name", "traceloop.prompt.key"),
    "prompt_version": (
        "gate.prompt.version",
        "gen_ai.prompt.version",
        "langfuse.observation.prompt.version",
        "llm.prompt_template.version",
        "traceloop.prompt.version",
    ),
    "model": (
        "gen_ai.request.model",
        "llm.model_name",
        "gen_ai.response.model",
        "langfuse.observation.model.name",
        "llm.request.model",
        "ai.model.id",
        "mlflow.llm.model",
    ),
}
"""Fields of a part that are one text."""
USER = (
    "user.id",
    "enduser.id",
    "gen_ai.user.id",
    "langfuse.user.id",
    "mlflow.trace.user",
    "traceloop.association.properties.user_id",
    "ai.telemetry.metadata.userId",
)
APP = ("service.name", "openinference.project.name", "project_name")
INPUT_TOKENS = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
    "llm.usage.prompt_tokens",
)
OUTPUT_TOKENS = (
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
    "llm.usage.completion_tokens",
)
TOKEN_OBJECTS = ("langfuse.observation.usage_details", "mlflow.chat.tokenUsage")
"""JSON objects of token counts."""
COST = ("gen_ai.usage.cost", "gen_ai.usage.total_cost", "llm.cost.total", "gen_ai.cost.total")
COST_PARTS = ("gen_ai.usage.input_cost", "gen_ai.usage.output_cost")
COST_OBJECTS = ("langfuse.observation.cost_details", "mlflow.llm.cost")
PROBABILITY = ("gate.sampling.probability",)
STRATUM = ("gate.sampling.stratum",)
CONSENT = ("gate.consent",)
SLICE_PREFIX = "gate.slice."

INPUT = (
    Spelling("gen_ai.input.messages", "otel"),
    Spelling("ai.prompt.messages", "vercel"),
    Spelling("llm.input_messages", "openinference"),
    Spelling("langfuse.observation.input", "langfuse"),
    Spelling("mlflow.spanInputs", "mlflow"),
    Spelling("gen_ai.prompt", "otel"),
    Spelling("gen_ai.content.prompt", "otel"),
    Spelling("traceloop.entity.input", "traceloop"),
    Spelling("ai.prompt", "vercel"),
    Spelling("langfuse.trace.input", "langfuse"),
    Spelling("input.value", "openinference"),
    Spelling("user_input", "plain"),
)
OUTPUT = (
    Spelling("gen_ai.output.messages", "otel"),
    Spelling("ai.response.text", "vercel"),
    Spelling("llm.output_messages", "openinference"),
    Spelling("langfuse.observation.output", "langfuse"),
    Spelling("mlflow.spanOutputs", "mlflow"),
    Spelling("gen_ai.completion", "otel"),
    Spelling("gen_ai.content.completion", "otel"),
    Spelling("gen_ai.output", "otel"),
    Spelling("traceloop.entity.output", "traceloop"),
    Spelling("ai.response.object", "vercel"),
    Spelling("ai.response.toolCalls", "vercel"),
    Spelling("langfuse.trace.output", "langfuse"),
    Spelling("output.value", "openinference"),
    Spelling("model_output", "plain"),
)
SYSTEM = ("gen_ai.system_instructions", "gen_ai.system.instructions")
DOCUMENTS = ("gen_ai.retrieval.documents", "retrieval.documents")
TOOL_NAME = ("gen_ai.tool.name", "tool.name", "tool_call.function.name", "ai.toolCall.name", "traceloop.entity.name")
TOOL_ARGUMENTS = (
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.args",
    "gen_ai.tool.arguments",
    "tool_call.function.arguments",
    "ai.toolCall.args",
)
TOOL_PARAMETERS = ("tool.parameters", "gen_ai.tool.parameters")
"""What a tool takes, by OpenInference's word; older writers put there what it was given."""
TOOL_RESULT = ("gen_ai.tool.call.result", "gen_ai.tool.result", "ai.toolCall.result")
FLATTENED: Mapping[str, str] = {
    "gen_ai.input.messages.": "gen_ai.input.messages",
    "gen_ai.output.messages.": "gen_ai.output.messages",
    "llm.input_messages.": "llm.input_messages",
    "llm.output_messages.": "llm.output_messages",
    "gen_ai.prompt.": "gen_ai.prompt",
    "gen_ai.completion.": "gen_ai.completion",
    "retrieval.documents.": "retrieval.documents",
    "gen_ai.retrieval.documents.": "gen_ai.retrieval.documents",
}
"""Prefix of flattened keys, a number behind it -> the attribute that they spell together."""
FLATTENED_PREFIXES = tuple(FLATTENED)
