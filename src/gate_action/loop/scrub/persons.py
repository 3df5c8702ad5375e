"""Finds what tells of a person without a checksum: a name that is said, an address, a place on the map, an account.

Only what its own words or its own form give away: names in running text are left to the optional recogniser.
"""

from collections.abc import Iterator

from gate_action.loop.scrub.finds import Find
from gate_action.loop.scrub.folding import fold
from gate_action.loop.scrub.patterns import LETTER, regex

_CAPITAL = r"[A-Z\x{80}-\x{fffb}\x{fffd}-\x{10ffff}]"  # without what stands for a pseudonym
_WORD = rf"{_CAPITAL}[{LETTER}'-]{{1,30}}"
_PARTICLE = "(?:van|von|der|den|de|da|del|di|la|le|bin|al)[ ]"
_NAME = rf"({_WORD}(?:[ ](?:{_PARTICLE}){{0,2}}(?:{_WORD}|[A-Z]\.)){{0,3}})"
_I_AM = fold(
    r"my (?:full |first |last )?name(?:'s| is)|my name:|i am called|full name:|ich heisse|mein name ist"
    r"|je m'appelle|mon nom est|me llamo|mi nombre es|mi chiamo|il mio nome e|meu nome e|me chamo"
    r"|mijn naam is|ik heet|nazywam sie"
)
_REGARDS = fold(
    r"(?:kind|best|warm) regards|regards|sincerely|yours(?: truly| sincerely)?|cheers|mit freundlichen grussen"
    r"|viele grusse|lg|mfg|cordialement|saludos|cordiali saluti|atenciosamente"
)
_TITLE = "(?:Mr|Mrs|Ms|Mx|Dr|Prof|Herrn?|Frau|Mme|Sra?|Sig|Signora|Dhr|Mevr)"
_NAMES = (
    rf"\b(?i:{_I_AM})\s{{1,2}}{_NAME}",
    rf"(?:^|[\n.!?:,\"]\s?)\s{{0,4}}(?i:{_REGARDS}),?\s{{1,4}}{_NAME}\s{{0,3}}(?:[\n\"\\<]|$)",
    rf"\b{_TITLE}\b\.?[ ]{_NAME}",
)

_ROAD = (
    "(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Terrace|Crescent|Close|Parkway|Highway)"
)
_WAY = "(?:N|S|E|W|North|South|East|West)"
_FLAT = r"(?:Apt|Unit|Suite|Flat|Ste)\.?\s?#?\w{1,6},?\s"
_POSTCODE_GB = r"(?:[A-PR-UWYZ](?:\d[0-9A-HJKPSTUW]?|[A-HK-Y]\d[0-9ABEHMNPRVWXY]?) \d[ABD-HJLNP-UW-Z]{2})"
_TOWN = (
    rf"(?:,?\s{{1,2}}(?:{_FLAT})?{_WORD}(?:[ ]{_WORD}){{0,2}},?\s{{1,2}}"
    rf"(?:[A-Z]{{2}}\s\d{{5}}(?:-\d{{4}})?|{_POSTCODE_GB}))"
)
_CITY = rf"(?:,?\s{{1,2}}\d{{4,5}}\s{_WORD})"
_NEXT_WORDS = rf"{_WORD}(?:[ -](?:(?:de|del|da|do)[ ])?{_WORD}){{0,3}}"
_ROAD_AT_END = "(?i:strasse|str[.]|gasse|platz|allee|damm|ufer|weg|straat|laan|gracht)"
_ROAD_FR = r"(?i:rue|avenue|boulevard|chemin|impasse|allee|quai)\s(?:de la |de l'|des |du |de |d')?"
_ROAD_FIRST = r"(?:Via|(?i:calle|avenida|avda[.]?|paseo|plaza|viale|piazza|corso|rua|travessa|ulica|ul[.]))"
_OF = "(?:(?:de|del|della|dei|da|do|dos|la|las|los)[ ]){0,2}"
_ADDRESSES = (
    rf"\b(\d{{1,6}}[A-Za-z]?\s(?:{_WAY}\.?\s)?(?:[A-Z0-9][A-Za-z0-9'.-]{{0,30}}\s){{1,4}}{_ROAD}\b\.?{_TOWN}?)",
    rf"(?:^|[^{LETTER}])((?:{_WORD}\s){{0,2}}[A-Z][{LETTER}-]{{0,30}}{_ROAD_AT_END}\s\d{{1,4}}\s?[a-z]?{_CITY}?)\b",
    rf"\b(\d{{1,4}}(?:\sbis|\ster)?,?\s{_ROAD_FR}{_NEXT_WORDS}{_CITY}?)",
    rf"\b{_ROAD_FIRST}[ ]({_OF}{_NEXT_WORDS},?\s(?:n[.°º]?\s?)?\d{{1,4}}{_CITY}?)",
    rf"\b({_POSTCODE_GB})\b",
)

_PLACE = (
    r"(?:\b(?:lat\w*|lon\w*|lng|gps|coord\w*|location|position|standort|ubicaci\w*|koordinaten|maps?|geo)\b"
    r"|@|[?&](?:q|ll|center)=)"
)
_DEGREES = r"-?\d{1,3}\.\d{3,}°?"
_LOCATIONS = (
    rf"(?i){_PLACE}[^\d\n]{{0,24}}?({_DEGREES}\s?[NS]?[,;]\s?(?:[a-z\"']{{1,12}}[:=]\s?)?{_DEGREES}\s?[EWO]?)",
)
_WALLETS = (r"\b(0x[a-fA-F0-9]{40}|bc1[ac-hj-np-z02-9]{11,71})\b",)
_PROFILES = (
    r"(?i)\b(?:linkedin\.com/(?:in|pub)|reddit\.com/u(?:ser)?|tiktok\.com|threads\.net|medium\.com)/@?([\w.%-]{3,60})",
    r"(?i)(?:^|[^\w.-]|www\.)(?:(?:twitter|x|instagram|facebook|fb)\.com|t\.me)/@?([\w.%-]{3,60})",
)
_HOMES = (r"(?:/home/|/Users/|[A-Za-z]:\\{1,2}Users\\{1,2})([A-Za-z0-9][A-Za-z0-9._-]{1,40})",)

_FINDERS = tuple(
    (kind, regex(pattern))
    for kind, patterns in (
        ("name", _NAMES),
        ("address", _ADDRESSES),
        ("location", _LOCATIONS),
        ("wallet", _WALLETS),
        ("profile", _PROFILES),
        ("user_name", _HOMES),
    )
    for pattern in patterns
)
_MACHINES = """
    ubuntu root user users runner admin administrator public shared app node ec2-user vagrant docker git jenkins
    default debian pi www-data appuser me you username yourname your-name name circleci vscode
"""
_PAGES = """
    home explore search settings login share sharer sharer.php intent hashtag reel reels stories pages groups
    events watch help about privacy tos dialog plugins joinchat addstickers
"""
_NOBODYS = {"user_name": frozenset(_MACHINES.split()), "profile": frozenset(_PAGES.split())}
"""Accounts of machines, and pages that are nobody's profile."""


def find_persons(text: str) -> Iterator[Find]:
    """Kinds: ``name``, ``address``, ``location`` (coordinates), ``wallet``, ``profile``, ``user_name``."""
    for kind, pattern in _FINDERS:
        for match in pattern.finditer(text):
            found = match.group(1)
            if found.lower() not in _NOBODYS.get(kind, ()):
                yield Find(kind, match.start(1), match.end(1), found)
