"""A turn's texts -> the little that implicit signals are judged by, so that no text has to be read again. Pure."""

import hashlib
import re

import orjson

_MESSAGE = '{"role":'
_ANSWERED = re.compile('"role":"(?:assistant|ai|model|aimessage)"')
_MOST_TOOLS = 50
_LENGTH = 32


def digest_history(messages: str) -> str:
    """Of all messages but the last one. Empty, where nothing was answered before it: all conversations begin alike.

    ``messages``: as the column of ``turn``, JSON without spaces that ingest wrote; within its strings no quotation mark
    stands without a backslash.
    """
    before = messages[: max(messages.rfind(_MESSAGE), 0)]
    if not _ANSWERED.search(before):
        return ""
    return hashlib.sha256(before.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


def name_tools(tool_calls: str) -> str:
    """``tool_calls``: as the column of ``turn``. The names, a line each, in their order, each once."""
    if not tool_calls:
        return ""
    try:
        calls = orjson.loads(tool_calls)
    except orjson.JSONDecodeError:  # a stranger's text
        return ""
    named = (one.get("name") for one in calls if isinstance(one, dict)) if isinstance(calls, list) else ()
    names = dict.fromkeys(name.replace("\n", " ")[:200] for name in named if isinstance(name, str) and name)
    return "\n".join([*names][:_MOST_TOOLS])
