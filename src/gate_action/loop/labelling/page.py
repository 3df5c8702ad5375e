"""The labelling page: one turn, one button and one key a label. What a stranger wrote goes in as escaped text."""

from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined

from gate_action.loop.classify.subjects import Statement, Subject
from gate_action.loop.labelling.session import SKIP, UNDO, Session
from gate_action.report.escape import visible

_LONGEST = 20_000
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ heading }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style nonce="{{ nonce }}">
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 1rem auto 9rem; padding: 0 1rem; }
h1 { font-size: 1rem; opacity: .7; } h2 { font-size: .8rem; margin: 1rem 0 .2rem; opacity: .7; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; padding: .6rem .8rem; border: 1px solid var(--line);
  border-radius: .4rem; font: .9rem/1.5 ui-monospace, monospace; max-height: 18rem; overflow: auto; }
form { position: fixed; inset: auto 0 0; background: Canvas; border-top: 1px solid var(--line); padding: .6rem 1rem; }
div { display: flex; gap: .4rem; flex-wrap: wrap; max-width: 52rem; margin: 0 auto .3rem; }
button { font: inherit; font-size: .9rem; padding: .3rem .6rem; } kbd { font-weight: 700; margin-right: .3rem; }
</style></head><body>
<h1>{{ heading }}</h1>
{% if error %}<p role="alert">{{ error }}</p>{% endif %}
{% for part in parts %}<h2>{{ part.name }}</h2><pre tabindex="0">{{ part.text }}</pre>
{% endfor %}
<form method="post" action="./" autocomplete="off">
<input type="hidden" name="csrf" value="{{ csrf }}"><input type="hidden" name="row" value="{{ row }}">
<div>{% for key, words in labels %}
<button name="action" value="{{ key }}" data-key="{{ key }}"><kbd>{{ key }}</kbd>{{ words }}</button>{% endfor %}</div>
<div>{% for key, words in others %}
<button name="action" value="{{ key }}" data-key="{{ key }}"><kbd>{{ key }}</kbd>{{ words }}</button>{% endfor %}</div>
</form>
<script nonce="{{ nonce }}">
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  const button = [...document.querySelectorAll("button")].find((one) => one.dataset.key === key);
  if (button) { event.preventDefault(); button.click(); }
});
</script></body></html>
"""


class _Part(NamedTuple):
    name: str
    text: str


def render(session: Session, *, csrf: str, nonce: str, error: str = "") -> str:
    """The turn that is next, or that none is left."""
    subject, (done, total) = session.current, session.progress
    others = [(SKIP, "skip"), (UNDO, "undo")] if subject else [(UNDO, "undo")]
    return str(
        _template().render(
            heading=f"{done} of {total} labelled" + ("" if subject else ": none is left"),
            parts=_parts(subject) if subject else (),
            row=subject.turn_id if subject else "",
            labels=tuple(session.keys.items()) if subject else (),
            others=(*others, ("q", "quit")),
            csrf=csrf,
            nonce=nonce,
            error=error,
        )
    )


def _parts(subject: Subject) -> tuple[_Part, ...]:
    parts = (
        _Part("Asked", subject.input),
        _Part("Answered", subject.output),
        _Part("Documents", subject.context),
        _Part("Tools", subject.tool_calls),
        *(_Part("Feedback", say_statement(one)) for one in subject.statements),
    )
    return tuple(part._replace(text=visible(part.text[:_LONGEST])) for part in parts if part.text)


def say_statement(one: Statement) -> str:
    """A line on what it is, then what was written."""
    mood = {-1: "bad", 0: "", 1: "good"}[one.polarity]
    told = ", ".join(part for part in (one.name, mood, one.label) if part)
    correction = f"should be: {one.correction}" if one.correction else ""
    return "\n".join([told, *(text for text in (one.comment, correction) if text)])


@cache
def _template() -> Any:
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(_PAGE)
