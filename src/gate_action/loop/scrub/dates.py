"""Finds dates of birth: a date is personal where the words before it say that somebody was born then."""

from collections.abc import Iterator

from gate_action.loop.scrub.finds import Find
from gate_action.loop.scrub.folding import fold
from gate_action.loop.scrub.patterns import regex

_BORN = fold(
    r"(?:\bborn\b|birth ?-?_?(?:day|date)|date[ _]?of[ _]?birth|\bd\.?o\.?b\b|\bbday\b|geb(?:oren|\.|urtstag|urtsdatum)"
    r"|\bnee?\(?e?\)? le\b|naissance|anniversaire|nacid[oa]|nacimiento|cumplea|\bnat[oa] il|nascita|compleanno"
    r"|nascimento|nascid[oa]"
    r"|geboorte|verjaardag|urodz|fodt|fodelse|fodd\b|syntyn|рожд|родил|生年月日|出生|誕生日|생년월일)"
)
_MONTH = fold(
    r"(?:jan|feb|mar|apr|avr|abr|may|mai|mei|mag|jun|giu|jul|juil|lug|aug|ago|aout|sep|set|oct|okt|ott|out|nov|dec|dez"
    r"|dic|gen|ene|fev|mrt|sty|lut|kwi|maj|cze|lip|sie|wrz|paz|lis|gru)[a-z]{0,8}\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|[.ºª])?"
_DATE = (
    rf"(?:\d{{4}}\s?[-./年]\s?\d{{1,2}}\s?[-./月]\s?\d{{1,2}}日?|\d{{1,2}}\s?[-./]\s?\d{{1,2}}\s?[-./]\s?(?:\d{{4}}|\d{{2}})"
    rf"|{_DAY}\s(?:of |de |di )?{_MONTH},?\s(?:de |of )?\d{{4}}|{_MONTH}\s{_DAY},?\s\d{{4}}|(?:19|20)\d{{6}})"
)
_BIRTH = regex(rf"(?i){_BORN}[^\d\n]{{0,40}}?({_DATE})\b")
_AFTER = regex(rf"(?i)\b({_DATE})[^\d\n]{{0,12}}{_BORN}")


def find_births(text: str) -> Iterator[Find]:
    for pattern in (_BIRTH, _AFTER):
        for match in pattern.finditer(text):
            yield Find("birth_date", match.start(1), match.end(1), match.group(1))
