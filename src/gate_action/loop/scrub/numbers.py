"""Finds numbers of cards, accounts and persons: by shape and checksum, and by the words before where both are weak."""

from collections.abc import Iterator
from functools import cache

from gate_action.loop.scrub.finds import Find
from gate_action.loop.scrub.folding import fold
from gate_action.loop.scrub.national_ids import NATIONAL_IDS
from gate_action.loop.scrub.patterns import Pattern, Patterns, regex

_BEFORE, _AFTER = 48, 24
_DIGITS = regex(r"(?:^|[^0-9A-Za-z_.#])(\d(?:[ \-./]{0,3}\d){12,60})")
_SHORTEST_CARD, _LONGEST_CARD = 13, 19
_SCHEME = regex(
    r"^(?:4(?:\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}"
    r"|(?:6011|65\d\d|64[4-9]\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|220[0-4]\d{12,15})$"
)
_CARD_WORDS = regex(r"(?i)card|visa|master|maestro|girocard|amex|karte|carte|tarjeta|carta|cartao|kaart|cvc|cvv|karta")
_SECURITY_CODE = regex(
    r"(?i)\b(?:cvc2?|cvv2?|cid|card security code|prufziffer|kartenprufnummer)\b[^\d\n]{0,12}(\d{3,4})\b"
)
_IBAN = regex(r"(?:^|[^0-9A-Za-z])([A-Za-z]{2}\d{2}(?:[ \-.]{0,2}[A-Za-z0-9]){11,30})")
_SHORTEST_IBAN = 15
_ACCOUNT = regex(
    r"(?i)\b(?:account (?:no|nr|number|#)|acct|kontonummer|konto-?nr|routing(?: (?:no|number))?|\baba|sort code"
    r"|numero de cuenta)\b[^\d\n]{0,12}(\d(?:[ -]?\d){5,16})|\b(?:account|konto|cuenta|compte)\s(\d{8,17})\b"
)


def find_numbers(text: str) -> Iterator[Find]:
    yield from _cards(text)
    yield from _ibans(text)
    for pattern, kind in ((_SECURITY_CODE, "card_security_code"), (_ACCOUNT, "bank_account")):
        for match in pattern.finditer(text):
            group = match.lastindex
            yield Find(kind, match.start(group), match.end(group), _compact(match.group(group)))
    for number, match in _shapes().finditer(text):
        entry, found = NATIONAL_IDS[number], match.group(1)
        is_named = entry.words and _words(entry.words).search(_around(text, *match.span(1))) is not None
        if is_named or (entry.written and regex(entry.written).fullmatch(found) and entry.is_valid(found)):
            yield Find(entry.kind, match.start(1), match.end(1), _compact(found))


def _cards(text: str) -> Iterator[Find]:
    """In a row of digits a card may have neighbours: a date of expiry, a security code, an order's number."""
    for match in _DIGITS.finditer(text):
        run, at = match.group(1), 0
        is_told = _CARD_WORDS.search(_before(text, match.start(1))) is not None
        while at < len(run):
            length = _card_length(run, at, is_told=is_told)
            if length:
                start = match.start(1) + at
                yield Find("card", start, start + length, _compact(run[at : at + length]))
            at = _next_group(run, at + length)


def _card_length(run: str, at: int, *, is_told: bool) -> int:
    """How many characters of ``run`` from ``at`` on are a card; 0: none are."""
    from stdnum import luhn

    digits, length = "", 0
    for place in range(at, len(run)):
        digits += run[place] if run[place].isdigit() else ""
        if len(digits) > _LONGEST_CARD:
            break
        has_end = place + 1 == len(run) or not run[place + 1].isdigit()
        if len(digits) < _SHORTEST_CARD or not has_end or len(set(digits)) == 1:
            continue
        if (is_told or _SCHEME.search(digits)) and luhn.is_valid(digits):
            length = place + 1 - at
    return length


def _next_group(run: str, at: int) -> int:
    """Where the next digit after a sign that is none stands."""
    while at < len(run) and run[at].isdigit():
        at += 1
    while at < len(run) and not run[at].isdigit():
        at += 1
    return at


def _ibans(text: str) -> Iterator[Find]:
    from stdnum import iban

    for match in _IBAN.finditer(text):
        found = match.group(1)
        end = len(found)
        while len(_compact(found[:end])) >= _SHORTEST_IBAN:  # words may follow at once: the longest that is right
            if iban.is_valid(found[:end], check_country=False):
                yield Find("iban", match.start(1), match.start(1) + end, _compact(found[:end]).upper())
                break
            end -= 1
            end -= len(found[:end]) - len(found[:end].rstrip(" -."))


def _around(text: str, start: int, end: int) -> str:
    """The words that may name a number, without the number: mostly before it, at times behind."""
    return text[max(0, start - _BEFORE) : start] + " \n " + text[end : end + _AFTER]


def _before(text: str, start: int) -> str:
    return text[max(0, start - _BEFORE) : start]


def _compact(text: str) -> str:
    return "".join(filter(str.isalnum, text))


@cache
def _shapes() -> Patterns:
    return Patterns(rf"(?:^|[^0-9A-Za-z])({entry.pattern})\b" for entry in NATIONAL_IDS)


@cache
def _words(words: str) -> Pattern:
    return regex("(?i)" + fold(words))
