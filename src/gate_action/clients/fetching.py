"""One file by HTTP(S), bounded in size: for a store that is a plain web server. Its token goes to that server alone."""

from urllib.parse import unquote, urlsplit

from gate_action.clients.stores.objects import BOUNDS, Bounds, StoredObject
from gate_action.errors import StoreError

_TIMEOUT_S = (10.0, 60.0)
_CHUNK = 1 << 16


def fetch_file(url: str, token: str = "", bounds: Bounds = BOUNDS) -> StoredObject:  # empty: no token
    """Raises StoreError: unreachable, refused, or larger than ``bounds.size``."""
    import requests  # loaded where there is a file to fetch

    headers = {"authorization": f"Bearer {token}"} if token else {}
    shown = urlsplit(url)._replace(query="", fragment="").geturl()  # a signed address is a secret
    try:
        with requests.get(url, headers=headers, timeout=_TIMEOUT_S, stream=True) as answer:
            if answer.status_code != requests.codes.ok:
                raise StoreError(f"{shown} answers {answer.status_code}", hint="check the address and its token")
            if url.startswith("https://") and not answer.url.startswith("https://"):
                raise StoreError(f"{shown} leads to an address without TLS")
            content = bytearray()
            for chunk in answer.iter_content(_CHUNK):
                content += chunk
                if len(content) > bounds.size:
                    raise StoreError(f"{shown} holds more than the {bounds.size:,} bytes that are read")
    except requests.RequestException as error:
        raise StoreError(f"{shown} cannot be read: {type(error).__name__}") from error
    return StoredObject(unquote(urlsplit(url).path).rpartition("/")[2] or "rows.jsonl", bytes(content))
