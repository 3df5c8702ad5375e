"""All that is found in one text, by every detector and in every reading of it; in the original's positions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gate_action.loop.scrub.contacts import REGIONS, find_emails, find_phones
from gate_action.loop.scrub.dates import find_births
from gate_action.loop.scrub.finds import Find, merge
from gate_action.loop.scrub.folding import fold
from gate_action.loop.scrub.national_ids import NATIONAL_IDS
from gate_action.loop.scrub.network import find_addresses
from gate_action.loop.scrub.numbers import find_numbers
from gate_action.loop.scrub.patterns import Pattern, regex
from gate_action.loop.scrub.persons import find_persons
from gate_action.loop.scrub.pseudonyms import hide
from gate_action.loop.scrub.secret_shapes import SHAPES
from gate_action.loop.scrub.secrets import find_secrets, find_shapes, find_split_secrets, is_named_secret, is_piece
from gate_action.loop.scrub.views import View, closed_up, find_deeper, read

Detect = Callable[[str], Iterator[Find]]
Known = Sequence[tuple[str, str]]
"""(kind, value) of what was found elsewhere in the row: it is looked for by the letter."""

_SHAPED = frozenset(shape.kind for shape in SHAPES)
SECRET_KINDS = _SHAPED | {
    "secret",
    "password",
    "bearer_token",
    "url_token",
    "private_key",
    "recovery_phrase",
    "encoded",
}
_PERSONAL = (
    "email phone birth_date ip_address mac_address card card_security_code iban bank_account name place address "
    "location wallet profile user_name"
)
KINDS = SECRET_KINDS | {entry.kind for entry in NATIONAL_IDS} | frozenset(_PERSONAL.split())
_SHORTEST_KNOWN = 5
_SEAM = regex(r"[\s\"'`]|[A-Za-z0-9][-.][A-Za-z0-9]")
_REST_OF_TOKEN = regex(r"[^\s\"'`<>,;)\]}]*")
_NEXT_PIECE = regex(r"[\s\"'`+]{1,12}([A-Za-z0-9_+/=.-]{1,400})")
_NEXT_LINE = regex(r"\s{0,8}\r?\n\s{0,12}([A-Za-z0-9_+/=.-]{4,400})")
_LONGEST_PIECE = 420
_SHORTEST_GROUP = 6
_UUID = regex(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """``regions``: whose telephone numbers are known in their national spelling. ``names``: an optional recogniser."""

    regions: tuple[str, ...] = REGIONS
    names: Detect | None = None
    keep: frozenset[str] = frozenset()
    """Values that are no person's, folded and in small letters: the team's own address or number. Never a secret."""

    def scan(self, name: str, text: str, known: Known = ()) -> tuple[Find, ...]:
        """What is found in ``text``, which an object holds under ``name`` ("" for none). Ordered, not overlapping."""
        lead = f"{name}: " if name else ""
        finds = [find for find in self._readings(hide(lead + text, KINDS), known) if self._counts(find)]
        finds += _named(name, lead, text)
        clipped = (find._replace(start=max(0, find.start - len(lead)), end=find.end - len(lead)) for find in finds)
        return merge(find for find in clipped if find.end > find.start)

    def look_again(self, name: str, text: str, known: Known) -> tuple[Find, ...]:
        """``scan`` of what was scrubbed, and every secret's shape searched for by itself."""
        hidden = hide(text, KINDS)
        shapes = (find for view in read(hidden) for find in find_shapes(view.text, one_by_one=True))
        return (*self.scan(name, text, known), *shapes)

    def _readings(self, text: str, known: Known) -> Iterator[Find]:
        for view in read(text):
            yield from (_continued(text, find) for find in _placed(view, self._detect(view.text, known)))
            for place in find_deeper(view):
                yield Find("encoded", place.start, place.end, text[place.start : place.end])
            for closed in closed_up(view):
                yield from _split(text, closed)
        if self.names is not None:
            yield from self.names(text)

    def _detect(self, text: str, known: Known) -> Iterator[Find]:
        yield from find_secrets(text)
        yield from find_emails(text)
        public = tuple(match.span() for match in _UUID.finditer(text))
        for find in (*find_phones(text, self.regions), *find_numbers(text)):
            if not any(start <= find.start and find.end <= end for start, end in public):
                yield find
        yield from find_addresses(text)
        yield from find_births(text)
        yield from find_persons(text)
        for kind, value in known:
            yield from _again(kind, value, text)

    def _counts(self, find: Find) -> bool:
        return find.kind in SECRET_KINDS or fold(find.value).lower().strip() not in self.keep


def known_values(finds: Sequence[Find]) -> Known:
    """What is worth looking for elsewhere: a word of four letters would be found in others."""
    return tuple({(find.kind, find.value) for find in finds if len(find.value) >= _SHORTEST_KNOWN})


def _placed(view: View, finds: Iterator[Find]) -> Iterator[Find]:
    for find in finds:
        if find.end > find.start:
            yield Find(find.kind, *view.origin(find.start, find.end), find.value)


def _split(text: str, closed: View) -> Iterator[Find]:
    """Secrets that white space or dashes cut apart, with all the pieces that follow."""
    for find in _placed(closed, find_split_secrets(closed.text)):
        if _SEAM.search(text[find.start : find.end]):
            rest = _REST_OF_TOKEN.match(text[find.end : find.end + _LONGEST_PIECE])
            yield find._replace(end=_last_piece(text, find.end + rest.end(), _NEXT_PIECE))


def _continued(text: str, find: Find) -> Find:
    """A secret by shape, with what a line break cut off."""
    return find._replace(end=_last_piece(text, find.end, _NEXT_LINE)) if find.kind in _SHAPED else find


def _last_piece(text: str, end: int, following: Pattern) -> int:
    """Where the pieces end that follow ``end``: those that are no words, or as long as the one before."""
    length = len(text[max(0, end - _LONGEST_PIECE) : end].rsplit(maxsplit=1)[-1])
    while match := following.match(text[end : end + _LONGEST_PIECE]):
        piece = match.group(1)
        if not is_piece(piece) and not _SHORTEST_GROUP <= len(piece) == length:
            break
        end, length = end + match.end(), len(piece)
    return end


def _again(kind: str, value: str, text: str) -> Iterator[Find]:
    start = text.find(value)
    while start >= 0:
        yield Find(kind, start, start + len(value), value)
        start = text.find(value, start + len(value))


def _named(name: str, lead: str, text: str) -> Iterator[Find]:
    """All of a value whose key says that it is a secret."""
    if "<" not in text and is_named_secret(name, text):
        yield Find("secret", len(lead), len(lead) + len(text), text)
