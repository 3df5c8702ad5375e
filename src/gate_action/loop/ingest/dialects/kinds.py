"""What a span is: an agent that answers, a model call, a tool, a retrieval. By its attributes, never by its name."""

from collections.abc import Mapping
from typing import Any

_OF_OPERATION = {
    **dict.fromkeys(("chat", "text_completion", "generate_content", "call_llm", "completion", "responses"), "model"),
    **dict.fromkeys(("invoke_agent", "invoke_workflow", "agent", "workflow"), "agent"),
    "execute_tool": "tool",
    **dict.fromkeys(("retrieval", "retrieve"), "retrieval"),
    **dict.fromkeys(("embeddings", "create_agent", "plan"), ""),
}
_OF_KIND = {
    **dict.fromkeys(("llm", "chat_model", "chat", "generation", "completion", "model"), "model"),
    **dict.fromkeys(("agent", "workflow"), "agent"),
    **dict.fromkeys(("chain", "task", "span", "conversation"), "chain"),
    **dict.fromkeys(("tool", "tool_call"), "tool"),
    **dict.fromkeys(("retriever", "retrieval"), "retrieval"),
    **dict.fromkeys(("embedding", "reranker", "guardrail", "evaluator", "parser", "event", "prompt", "memory"), ""),
}


def find_kind(best: Mapping[str, Any]) -> str:
    """``agent``, ``model``, ``tool`` or ``retrieval``; ``chain``: an agent if it is asked and answers; empty: none.

    ``best``: what the span says of its ``operation``, its ``kind`` and the like.
    """
    operation = best.get("operation")
    if type(operation) is str and (found := _OF_OPERATION.get(operation.lower())) is not None:
        return found
    told = best.get("kind")
    if type(told) is str and (found := _OF_KIND.get(told.strip('"').lower())) is not None:
        return found
    vercel = best.get("vercel")
    if type(vercel) is str:
        return _of_vercel(vercel)
    is_tool = "tool_name" in best and ("tool_arguments" in best or "tool_parameters" in best)
    return "tool" if is_tool else "chain"


def _of_vercel(operation: str) -> str:
    if operation == "ai.toolCall":
        return "tool"
    if operation.startswith("ai.embed"):
        return ""
    return "model" if operation.endswith((".doGenerate", ".doStream")) else "agent"
