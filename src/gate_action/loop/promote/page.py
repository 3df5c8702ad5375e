"""The review's page. No script, nothing from elsewhere; all that a stranger wrote goes in as escaped text."""

from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined

from gate_action.loop.promote.session import Session
from gate_action.loop.promote.telling import check_text, expected_text, text_of
from gate_action.model.fixture import ABSENT
from gate_action.report.escape import visible

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ heading }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style nonce="{{ nonce }}">
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: .8rem; margin: 1.2rem 0 .2rem; opacity: .7; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; padding: .6rem .8rem; border: 1px solid var(--line);
  border-radius: .4rem; font: .9rem/1.5 ui-monospace, monospace; }
.bad { border-left: .3rem solid #c62828; } .error { color: #c62828; font-weight: 600; }
form { border-top: 1px solid var(--line); margin-top: 1.5rem; padding-top: 1rem; display: grid; gap: .7rem; }
textarea, input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; }
button { font: inherit; padding: .45rem 1rem; } .row { display: flex; gap: .6rem; flex-wrap: wrap; }
</style></head><body>
<h1>{{ heading }}</h1>
{% if error %}<p class="error" role="alert">{{ error }}</p>{% endif %}
{% for part in parts %}<h2>{{ part.name }}</h2><pre{% if part.is_bad %} class="bad"{% endif %}>{{ part.text }}</pre>
{% endfor %}
<form method="post" action="./" autocomplete="off">
<input type="hidden" name="csrf" value="{{ csrf }}"><input type="hidden" name="row" value="{{ row }}">
{% if row %}
<div class="row"><button name="action" value="accept">Accept</button>
<button name="action" value="skip">Skip</button></div>
<label for="correction">The right answer (text, or JSON)</label>
<textarea id="correction" name="correction" rows="5">{{ correction }}</textarea>
<div class="row"><button name="action" value="correct">Accept with this answer</button></div>
<label for="reason">Why it is no fixture</label><input id="reason" name="reason">
<div class="row"><button name="action" value="reject">Reject</button></div>
{% endif %}
<div class="row"><button name="action" value="finish">Finish: write what was decided</button></div>
</form></body></html>
"""


class Part(NamedTuple):
    name: str
    text: str
    is_bad: bool = False


def render(session: Session, *, csrf: str, nonce: str, error: str = "") -> str:
    """The next candidate, or that none is left."""
    candidate = session.show()
    done, count = len(session.reviews), len(session.proposal.candidates)
    expected = candidate.fixture.expected.output if candidate else ABSENT
    return str(
        _template().render(
            heading=f"{done + 1} of {count}" if candidate else f"All {count} candidates are decided",
            parts=_parts(session),
            row=candidate.fixture.id if candidate else "",
            correction="" if expected is ABSENT else text_of(expected),
            csrf=csrf,
            nonce=nonce,
            error=error,
        )
    )


def _parts(session: Session) -> tuple[Part, ...]:
    candidate = session.current
    if candidate is None:
        return ()
    fixture = candidate.fixture
    parts = (
        Part("Cluster", candidate.title),
        Part("What went wrong", candidate.sentence),
        Part("Asked", text_of(fixture.input)),
        Part("The answer rests on", "\n".join(fixture.context)),
        Part("Answered", "" if fixture.failing_output is ABSENT else text_of(fixture.failing_output), is_bad=True),
        Part("The user said", candidate.comment),
        Part("Expected", expected_text(fixture)),
        Part("Checks", "\n".join(map(check_text, fixture.checks))),
        Part("Replaced by the scrubber", candidate.replaced),
        Part("Consent", fixture.consent),
    )
    return tuple(part._replace(text=visible(part.text)) for part in parts if part.text)


@cache
def _template() -> Any:
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(_PAGE)
