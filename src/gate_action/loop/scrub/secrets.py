"""Finds keys, tokens and passwords: by a provider's shape, by what they are assigned to, or by looking random."""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise

from gate_action.loop.scrub.finds import Find
from gate_action.loop.scrub.patterns import Pattern, Patterns, regex
from gate_action.loop.scrub.secret_shapes import SHAPES

_NAMES = (
    r"(?:pass(?:word|wd|phrase|code|wort)|pswd|secret|token|credentials?|(?:api|access|auth|secret|private|signing"
    r"|encryption|account|client|master|license|shared|verification|security|confirmation|login|sign-?in|one[ -]time"
    r"|activation|backup)[_ -]?(?:key|secret|token|code)|authorization|kennwort"
    r"|(?:bestatigungs|sicherheits|freischalt)code|\btan|code de (?:verification|securite)|codigo de verificacion"
    r"|mot de passe|contrasena|senha|parola d'ordine|wachtwoord|haslo"
    r"|\b(?:pass|pwd|pin|otp|sas|mdp|clave|parol|2fa[_ -]?code))"
)
_PASSWORDS = (
    r"(?:pass(?:word|wd|wort|phrase|code)|kennwort|mot de passe|contrasena|senha|wachtwoord|haslo"
    r"|\b(?:pwd|mdp|pin|clave|pass))"
)
_SUFFIX = r"(?:[_-][a-z0-9_]{1,12}|\d{1,3}|s)?[\"'`*\]]{0,3}"
_IS = r"\s(?:is|was|ist|lautet|war|est|era|es|e|to|auf|en|byl|jest):?\s{1,3}"
_SIGN = r"\s{0,3}(?::=|=>|[:=>])\s{0,3}"
_QUOTE = r"[\"'`*\x{201c}\x{201e}]{1,3}"
_VALUE = r"[^\s\x{fffc}]"

_ASSIGNED = regex(
    rf"(?i)({_NAMES}){_SUFFIX}(?:{_SIGN}|(?:\s[a-z']{{1,15}}){{0,4}}?{_IS})"
    rf"({_QUOTE})?(?:bearer |basic |token )?({_VALUE}{{4,500}})"
)
_NAME = regex(rf"(?i){_NAMES}{_SUFFIX}$")
_MAY_BE_NUMBER = regex(r"(?i)pass|pin|otp|2fa|code|wort|contrasena|senha|mdp|pwd|haslo|clave")
_WRITTEN = regex(rf"(?i){_PASSWORDS}{_SUFFIX}{_SIGN}({_VALUE}{{6,100}}?)[.!,;}}]?\s{{0,3}}(?:$|\n)")
_QUOTED = regex(
    rf"(?i){_PASSWORDS}{_SUFFIX}(?:{_SIGN}|(?:\s[a-z']{{1,15}}){{0,4}}?{_IS}|\s{{1,3}})"
    r"[\"'`\x{201c}\x{201e}]([^\"'`\n\x{fffc}\x{201c}\x{201d}]{4,100})[\"'`\x{201d}\x{201c}]"
)
_GIVEN = regex(rf"(?i){_PASSWORDS}{_SUFFIX}\s{{1,3}}({_VALUE}{{8,100}})")
_CALLED = regex(
    r"(?i)(?:\s(?:-u|--user|--proxy-user)[ =][\"']?[^\s:\"']{1,100}:|\bsshpass\s{1,3}-p\s?[\"']?)"
    r"([^\s\"'`\x{fffc}]{4,200})"
)
"""A password that a command line is given."""
_PHRASE = regex(
    r"(?i)(?:\b(?:seed|recovery|backup|wallet|secret)[ -](?:recovery )?(?:phrase|words)|\bmnemonic)"
    r"[^\n]{0,24}?[\s:\"'`]{1,4}"
    r"((?:\d{1,2}[.)]?\s{0,2})?[a-z]{3,8}(?:[\s,]{1,3}(?:\d{1,2}[.)]?\s{0,2})?[a-z]{3,8}){11,23})\b"
)
"""The words that a wallet is restored from: twelve or more of three to eight letters (BIP 39)."""
_BEARER = regex(r"(?i)\b(?:bearer|basic|token|apikey|digest)[ :]{1,2}([A-Za-z0-9._~+/=-]{16,1000})")
_USERINFO = regex(r"(?i)\b[a-z][a-z0-9+.-]{1,30}://([^\s/?#\"'<>:@]{0,200}:[^\s/?#\"'<>]{1,300})@")
_PARAMETER = regex(
    r"(?i)[?&#;](?:[a-z_.-]{0,30}(?:token|key|secret|sig|signature|auth|password|passwd|pwd|jwt|session|sid|otp|credential)"
    r"|code|state|ticket|hash)=([^&\s\"'<>#\x{fffc}]{6,1000})"
)
_PEM = regex(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-[^-])*(?:-----END [A-Z0-9 ]{0,40}(?:-----)?)?"
    r"|PuTTY-User-Key-File-\d:(?:[^-]|-[^-])*Private-MAC: ?[0-9a-f]{0,128}"
)
_RANDOM = regex(r"(?:^|%[0-9A-Fa-f]{2}|[^A-Za-z0-9_+=%-])([A-Za-z0-9_+=-]{24,1000})")
_SLASHED = regex(r"(?:^|[^A-Za-z0-9+/=.])([A-Za-z0-9+/]{40})\b")
_PUBLIC = regex(
    r"(?i)^sha(?:1|256|384|512)[-=:]"
    r"|^(?:call|fc|rs|msg|resp|run|step|asst|thread|toolu|srvtoolu|item|req|gen|chatcmpl|cmpl|file|batch|conv)[_-][A-Za-z0-9]+$"
)
"""Digests, and the ids that model providers give to answers, calls and files: they open nothing."""
_HEXADECIMAL = regex(r"^[0-9a-fA-F-]+$")
_PLACEHOLDER = regex(
    r"(?i)^(?:[x*._-]{3,}|\$\{[a-z0-9_.]+\}?|\$[A-Z_]+|%[sd]|your[_-].*|null|none|true|false|undefined|string|redacted"
    r"|masked|hidden|required|optional|missing|invalid|incorrect|expired|changed|forgotten|updated|rejected|https?:.*)$"
)
_PLAIN = regex(r"(?i)^(?:[\w./-]+\.(?:py|js|ts|md|txt|json|ya?ml|html?|php|png|pdf)|[\d.,:/-]+[a-z]{0,3})$")
"""A file, or a number with its unit."""
_CLOSING = ".!?:"
"""What ends a sentence rather than a password."""
_RANDOM_BITS = 3.6
_CHANGES = 0.3


def find_secrets(text: str) -> Iterator[Find]:
    """All secrets of a folded text."""
    yield from find_shapes(text)
    yield from _found("private_key", _PEM, text, 0)
    yield from _found("password", _USERINFO, text, 1)
    yield from _found("bearer_token", _BEARER, text, 1, _looks_issued)
    yield from _found("url_token", _PARAMETER, text, 1)
    yield from _assigned(text)
    yield from _found("password", _WRITTEN, text, 1, _is_given)
    yield from _found("password", _QUOTED, text, 1, _is_given)
    yield from _found("password", _GIVEN, text, 1, _looks_made_up)
    yield from _found("password", _CALLED, text, 1, _is_given)
    yield from _found("recovery_phrase", _PHRASE, text, 1)
    yield from _found("secret", _RANDOM, text, 1, looks_random)
    yield from _found("secret", _SLASHED, text, 1, looks_random)


def find_shapes(text: str, *, one_by_one: bool = False) -> Iterator[Find]:
    """Secrets by a provider's shape alone."""
    for number, match in _shapes().finditer(text, one_by_one=one_by_one):
        shape, found = SHAPES[number], match.group(1)
        if not shape.plain or _has_digits(found, 1) or _changes(found) > _CHANGES / 2:
            yield Find(shape.kind, match.start(1), match.end(1), found)


def _assigned(text: str) -> Iterator[Find]:
    """What stands after ``api_key =``, ``my password is`` and the like, if it is more than a word of the sentence."""
    for match in _ASSIGNED.finditer(text):
        name, quote, value = match.groups()
        value = _cut(value, quote)
        is_number = value.replace(".", "").replace(",", "").isdigit()
        if looks_chosen(value) and (not is_number or _MAY_BE_NUMBER.search(name)):
            yield Find("secret", match.start(3), match.start(3) + len(value), value)


def _cut(value: str, quote: str | None) -> str:
    """``value`` up to the quote that it was opened with, or without what closes the sentence or the call around it."""
    if quote and quote[-1] in value:
        return value[: value.index(quote[-1])]
    value = value.split("</", maxsplit=1)[0]
    end = min((at for at in map(value.find, ('","', "','", '"}', "'}", '"]', "']")) if at > 0), default=len(value))
    return value[:end].rstrip(_CLOSING + ",;\"'`)]}")


def find_split_secrets(text: str) -> Iterator[Find]:
    """Secrets by shape in a text whose spaces were taken out. Words may follow at once, so each find is the shortest
    that has the shape, and digits, mixed letters or capitals alone must tell it from words.
    """
    for number, match in _shortest_shapes().finditer(text):
        shape, found = SHAPES[number], match.group(1)
        least_digits, least_changes = (6, _CHANGES) if shape.plain else (2, _CHANGES / 2)
        if _has_digits(found, 1 if found.isupper() else least_digits) or _changes(found) > least_changes:
            yield Find(shape.kind, match.start(1), match.end(1), found)


def is_piece(chunk: str) -> bool:
    """May ``chunk``, which follows a piece of a key after white space, be its next piece? No word is one."""
    return any(char.isdigit() for char in chunk) or (not chunk.islower() and not chunk[1:].islower() and len(chunk) > 1)


def is_named_secret(name: str, text: str) -> bool:
    """Does the key of an object say that its value is a secret, as ``db_password`` and ``clientSecret`` do?"""
    if not _NAME.search(name.strip()) or not looks_chosen(text):
        return False
    is_password = _MAY_BE_NUMBER.search(name) is not None
    return is_password or not (text.isdigit() or any(map(str.isspace, text)))


def looks_random(value: str) -> bool:
    """Are classes of characters mixed as no word, slug or hexadecimal digest mixes them?"""
    if _HEXADECIMAL.search(value) or _PUBLIC.search(value):
        return False
    return _has_digits(value, 2) and _changes(value) > _CHANGES and _bits(value) > _RANDOM_BITS


def _changes(value: str) -> float:
    """How often small letters, capitals and digits take turns, as a share of all letters and digits."""
    kinds = ["u" if c.isupper() else "l" if c.islower() else "d" for c in value if c.isalnum()]
    return sum(a != b for a, b in pairwise(kinds)) / max(1, len(kinds))


def _bits(value: str) -> float:
    """Shannon's entropy of a character."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())


def _has_digits(value: str, least: int) -> bool:
    return sum(char.isdigit() for char in value) >= least


def _looks_issued(value: str) -> bool:
    return _has_digits(value, 1) and not _is_placeholder(value)


def looks_chosen(value: str) -> bool:
    """Is it more than a word or a number, as people's passwords and machines' tokens are?"""
    value = value.rstrip(_CLOSING)
    mixed = any(c.isupper() for c in value[1:]) and any(c.islower() for c in value)
    odd = any(not c.isalpha() and c not in "-/._'" for c in value)
    return len(value) >= 4 and (mixed or odd) and not _is_placeholder(value)  # noqa: PLR2004


def _looks_made_up(value: str) -> bool:
    """Nothing but "password" stands before it: no word, and no name with a number, is mixed as much."""
    value = value.rstrip(_CLOSING)
    mixed = _changes(value) > (_CHANGES / 2 if _has_digits(value, 1) else _CHANGES)
    return mixed and looks_chosen(value) and not _PLAIN.search(value)


def _is_placeholder(value: str) -> bool:
    return _PLACEHOLDER.search(value) is not None


def _is_given(value: str) -> bool:
    return not _is_placeholder(value)


def _found(kind: str, pattern: Pattern, text: str, group: int, accepts: Callable[[str], bool] = bool) -> Iterator[Find]:
    for match in pattern.finditer(text):
        found = match.group(group)
        if accepts(found):
            value = found.rstrip(_CLOSING) or found
            yield Find(kind, match.start(group), match.start(group) + len(value), value)


@cache
def _shapes() -> Patterns:
    """Group 1 is the secret. Nothing of a ``plain`` one may touch a letter or digit before it."""
    edge = "(?:^|[^A-Za-z0-9_])"
    return Patterns(f"{edge if shape.plain else ''}({shape.pattern})" for shape in SHAPES)


@cache
def _shortest_shapes() -> Patterns:
    return Patterns(f"(?U)({shape.pattern})" for shape in SHAPES)
