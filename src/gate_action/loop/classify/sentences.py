"""Keeps personal data out of the one sentence that is written about a turn. Patterns: no net is without holes."""

import re

from gate_action.answers.texts import on_one_line
from gate_action.loop.scrub.scrubber import Scrubber
from gate_action.model.scrubbing import Scrubbed

_LONGEST = 240
_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"  # an e-mail address
    r"|https?://\S+|www\.\S+"
    r"|(?<!\w)@\w{2,}"  # a name on a network
    r"|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b"  # an account, ISO 13616
    r"|\+?\d(?:[\s().,/-]{0,2}\d){4,}"  # an order, an account, a telephone; four digits are an amount or a year
)


def clean_sentence(text: str) -> str:
    """On one line, cut short, scrubbed; ``[...]`` for a link, a handle or a number that may be somebody's.

    Empty: it could not be made surely clean.
    """
    line = on_one_line(" ".join(text.split()), _LONGEST)
    scrubbed = Scrubber().scrub(line)
    return _PERSONAL.sub("[...]", str(scrubbed.row)) if isinstance(scrubbed, Scrubbed) else ""
