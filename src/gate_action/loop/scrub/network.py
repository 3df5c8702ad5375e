"""Finds addresses of machines: IPv4, IPv6 and MAC, and not what only looks like one, as versions and times do."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from gate_action.loop.scrub.finds import Find
from gate_action.loop.scrub.patterns import regex

_V4 = regex(r"(?:^|[^0-9A-Za-z.])((?:\d{1,3}\.){3}\d{1,3})\b")
_V6 = regex(r"(?:^|[^0-9A-Za-z:.])((?:[0-9a-fA-F]{0,4}:){2,7}(?:[0-9a-fA-F]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?)")
_MAC = regex(
    r"(?:^|[^0-9A-Za-z:-])((?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}|(?:[0-9a-fA-F]{2}-){5}[0-9a-fA-F]{2}"
    r"|(?:[0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4})\b"
)
_NO_ADDRESS = regex(
    r"(?i)(?:\bv|version:?|release|build|firmware|driver|section|chapter|kapitel|abschnitt|§|update to|upgrade to"
    r"|==|>=|~=|\^) ?$"
)
_FIFTH_PART = regex(r"\.\d")
_BEFORE = 14
_LEAST_V6_DIGITS = 4


def find_addresses(text: str) -> Iterator[Find]:
    for match in _V4.finditer(text):
        before = text[max(0, match.start(1) - _BEFORE) : match.start(1)]
        if _FIFTH_PART.match(text[match.end(1) : match.end(1) + 2]):
            continue
        if not _NO_ADDRESS.search(before) and _is_somebodys(match.group(1)):
            yield Find("ip_address", match.start(1), match.end(1), match.group(1))
    for match in _V6.finditer(text):
        found = match.group(1)
        if sum(char in "0123456789abcdefABCDEF" for char in found) >= _LEAST_V6_DIGITS and _is_somebodys(found):
            yield Find("ip_address", match.start(1), match.end(1), found.lower())
    for match in _MAC.finditer(text):
        if text[match.end(1) : match.end(1) + 1] in {":", "-"}:
            continue  # a fingerprint, or another longer row of bytes
        yield Find("mac_address", match.start(1), match.end(1), match.group(1).upper().replace("-", ":"))


def _is_somebodys(text: str) -> bool:
    """Is it an address of one machine? Not this host, nobody's, everybody's, or a mask of a network."""
    address = _address(text)
    if address is None or address.is_loopback or address.is_unspecified or address.is_multicast:
        return False
    return not (isinstance(address, IPv4Address) and (text.startswith(("255.", "0.")) or text.endswith(".0.0.0")))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(".".join(str(int(part)) for part in text.split(".")) if ":" not in text else text)
    except ValueError:
        return None
