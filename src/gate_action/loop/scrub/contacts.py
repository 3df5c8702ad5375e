"""Finds how a person is reached: e-mail addresses and telephone numbers, however they are spelled."""

from collections.abc import Iterator, Sequence

from gate_action.loop.scrub.finds import Find
from gate_action.loop.scrub.folding import fold
from gate_action.loop.scrub.patterns import LETTER, Pattern, regex

_ANY = rf"0-9{LETTER}"
_LOCAL = rf"[{_ANY}][{_ANY}._%+'-]{{0,63}}"
_LABEL = rf"[{_ANY}](?:[{_ANY}-]{{0,61}}[{_ANY}])?"
_EMAIL = regex(rf"(?:^|[^0-9A-Za-z._%+-])({_LOCAL}\s?@\s?(?:{_LABEL}(?:\.|\s\.\s)){{1,5}}[{LETTER}]{{2,24}})")
_AT = r"\s{0,2}[(\[{]\s?(?:at|@|arroba|chez)\s?[)\]}]\s{0,2}"
_DOT = r"\s{0,2}(?:\.|[(\[{]\s?(?:dot|\.|punkt|point|punto)\s?[)\]}]|\s(?:dot|punkt)\s)\s{0,2}"
_SPELLED = regex(
    rf"(?i)({_LOCAL}(?:{_AT}(?:{_LABEL}{_DOT}){{1,4}}|(?:\sat\s|\s?@\s?)(?:{_LABEL}\s(?:dot|punkt)\s){{1,4}})[{LETTER}]{{2,24}})"
)
_PICTURE = regex(r"(?i)@\dx\.(?:png|jpe?g|gif|webp|svg)$")
_CLONE = regex(r"(?i)^git@[a-z0-9.-]+$")

_PHONE = regex(r"(?:^|[^0-9A-Za-z+_#.\-/])((?:\+|\(\+?|00)?\d(?:[ ().\-/]{0,3}\d){5,24})")
_PHONE_WORDS = regex(
    "(?i)"
    + fold(
        r"(?:\b(?:tele?(?:ph|f)o+n\w*|tel|phone\w*|call(?:ed|ing)?|mobile?\w*|cell\w*|fax|whats ?app|signal|sms"
        r"|texte?d?|ring|handy\w*"
        r"|rufnummer|anrufen|erreich\w*|joindre|appel\w*|portable|movil|llam\w*|celular|ligar|chiam\w*|bellen|nummer"
        r"|numero|my number|contact|reach|komorka|dzwon\w*|callback|dial)\b|телефон|звон|電話|电话|手机|전화)"
    )
)
_OTHER_WORDS = regex(
    r"(?i)\b(?:order|invoice|ticket|tracking|ref(?:erence)?|sku|article|item|part|model|serial|isbn|ean|version|build"
    r"|bestell\w*|rechnung\w*|auftrag\w*|artikel\w*|sendung\w*|commande|facture|pedido|factura|ordine|fattura|bestelling|zamowien\w*|id|no|nr|number"
    r"|case|claim|policy|transaction|shipment|parcel|batch|lot)\b"
)
_DATE = regex(r"^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})(?:\D.*)?$")
_NORTH_AMERICAN = regex(r"^(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}$")
_BRAZILIAN = regex(r"^\(\d{2}\) ?9?\d{4}-\d{4}$")
_GROUPED = {"US": _NORTH_AMERICAN, "CA": _NORTH_AMERICAN, "BR": _BRAZILIAN}
"""Who writes a number within the country without a leading 0."""
_BEFORE, _AFTER = 40, 12
_LEAST, _MOST = 7, 15

REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "BR", "IN", "AU", "CA", "AT", "CH", "BE", "PL", "SE", "PT")
"""Whose national spelling of a telephone number is looked for, if the configuration names no other."""


def find_emails(text: str) -> Iterator[Find]:
    for pattern in (_EMAIL, _SPELLED):
        for match in pattern.finditer(text):
            found = match.group(1)
            if not _PICTURE.search(found) and not (_CLONE.search(found) and text[match.end() : match.end() + 1] == ":"):
                yield Find("email", match.start(1), match.end(1), found)


def find_phones(text: str, regions: Sequence[str] = REGIONS) -> Iterator[Find]:
    """Numbers that say so: by a leading plus, by the words before, or by the way a country groups its digits."""
    for match in _PHONE.finditer(text):
        before = text[max(0, match.start(1) - _BEFORE) : match.start(1)]
        for found in _shorter(match.group(1)):
            end = match.start(1) + len(found)
            digits = "".join(filter(str.isdigit, found))
            is_told = _PHONE_WORDS.search(text[end : end + _AFTER]) is not None
            if _LEAST <= len(digits) <= _MOST and (is_told or _is_phone(found, before, regions)):
                yield Find("phone", match.start(1), end, digits)
                break


def _shorter(found: str) -> Iterator[str]:
    """``found``, and what is left of it without its last groups: another number may follow at once."""
    yield found
    for at in range(len(found) - 1, 0, -1):
        if not found[at].isdigit() and found[at - 1].isdigit():
            yield found[:at]


def _is_phone(found: str, before: str, regions: Sequence[str]) -> bool:
    if _DATE.search(found):
        return False
    if found.startswith(("+", "(+")):
        return _parses(found, None)
    if _speaks_last(_PHONE_WORDS, _OTHER_WORDS, before):
        return True
    if found.startswith("00") and _parses("+" + found[2:], None):
        return True
    grouped = (not found.isdigit() and "." not in found) or bool(_NORTH_AMERICAN.search(found))
    return grouped and not _OTHER_WORDS.search(before) and any(_is_national(found, region) for region in regions)


def _is_national(found: str, region: str) -> bool:
    """Is it valid there, and spelled as people of that country write it: with a trunk 0, or in its own groups?"""
    groups = _GROUPED.get(region)
    spelled = bool(groups.search(found)) if groups else found.lstrip("(").startswith("0")
    return spelled and _parses(found, region)


def _parses(found: str, region: str | None) -> bool:
    import phonenumbers

    try:
        number = phonenumbers.parse(found, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(number) if region is None else phonenumbers.is_valid_number(number)


def _speaks_last(wanted: Pattern, others: Pattern, before: str) -> bool:
    """Is the last word before that says what a number is one of ``wanted``?"""
    last = max((match.end() for match in wanted.finditer(before)), default=-1)
    return last >= 0 and last >= max((match.end() for match in others.finditer(before)), default=-1)
