"""What a model request is known by."""

import gzip
import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from gate_action.clients.proxy.model_requests import (
    LOOSE,
    Incoming,
    Normaliser,
    check_upstream,
    name_model,
    read_content,
)

BODY = b'{"model": "m", "temperature": 0.10, "messages": [{"role": "user", "content": "Hi"}]}'


def digest(
    body: bytes = BODY,
    *,
    path: str = "chat",
    query: str = "",
    normalise: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
    upstream: str = "https://api.example",
) -> str:
    named = CIMultiDict(headers or {})
    incoming = Incoming(
        method="POST", route="openai", upstream=upstream, path=path, query=query, headers=named, body=body
    )
    return read_content(incoming, Normaliser(normalise), Normaliser(LOOSE)).digest


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_the_same_json_in_another_spelling_is_the_same(value: object) -> None:
    plain = json.dumps(value).encode()
    spaced = json.dumps(value, indent=3, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert digest(plain) == digest(spaced) or b"\\ud" in plain  # a lone surrogate is no text


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer other"},
        {"X-Api-Key": "k"},
        {"User-Agent": "openai/9"},
        {"X-Stainless-Retry-Count": "2"},
        {"traceparent": "00-1-2-01"},
        {"Idempotency-Key": "1"},
    ],
)
def test_credentials_and_what_is_of_the_connection_do_not_count(headers: dict[str, str]) -> None:
    assert digest(headers=headers) == digest()


def test_what_may_change_the_answer_counts() -> None:
    others = [digest(BODY.replace(b"Hi", b"Ho")), digest(path="embeddings"), digest(query="alt=sse")]
    others += [digest(upstream="https://other.example")]
    others += [digest(headers={"anthropic-beta": "x"}), digest(headers={"Accept": "text/event-stream"})]
    assert len({digest(), *others}) == 7


def test_a_key_in_the_query_does_not_count_and_its_order_neither() -> None:
    assert digest(query="alt=sse&key=secret-1&b=1") == digest(query="b=1&alt=sse&key=secret-2")


def test_what_is_no_gzip_or_one_without_end_is_known_by_its_bytes() -> None:
    packed, zipped = gzip.compress(BODY), {"Content-Encoding": "gzip"}
    assert digest(packed, headers=zipped) == digest(BODY)
    others = [digest(packed), digest(packed[:-9], headers=zipped), digest(b"no gzip", headers=zipped)]
    assert len({digest(BODY), *others}) == 4


@pytest.mark.parametrize(
    ("route", "path", "body", "model"),
    [
        ("openai_base_url", "chat/completions", BODY, "openai/m"),
        ("anthropic_base_url", "v1/messages", b'{"messages": [{"model": "of the text"}], "model": "c"}', "anthropic/c"),
        ("google_gemini_base_url", "v1beta/models/g-2.5:generateContent", b"{}", "gemini/g-2.5"),
        ("azure_openai_endpoint", "openai/deployments/own/chat/completions", b"{}", "azure/own"),
        ("openai_base_url", "files", b"no json", ""),
        ("openai_base_url", "files", b'{"model": 7}', ""),
    ],
)
def test_a_model_is_named_as_litellm_names_it(route: str, path: str, body: bytes, model: str) -> None:
    incoming = Incoming(method="POST", route=route, upstream="", path=path, query="", headers={}, body=body)
    assert name_model(read_content(incoming, Normaliser(), Normaliser(LOOSE))) == model


def test_the_boundary_of_a_form_does_not_count() -> None:
    def form(boundary: str) -> str:
        body = f"--{boundary}\r\n\r\nsound\r\n--{boundary}--".encode()
        return digest(body, headers={"Content-Type": f"multipart/form-data; boundary={boundary}"})

    assert form("abc123") == form("xyz789")


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("uuid", "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        ("iso_time", "2026-11-25T19:02:33.123Z", "2026-11-26 08:00"),
        ("iso_time", "2026-11-25", "2027-01-01"),
        ("epoch", "1764097353", "1764097353.25"),
        ("temporary_path", "/var/tmp/abc/x.txt", "/var/tmp/def/y.txt"),
        ("regex:req-[0-9]+", "req-1", "req-22"),
    ],
)
def test_a_normaliser_leaves_its_own_kind_out(name: str, one: str, other: str) -> None:
    bodies = [json.dumps({"content": f"It is {text}, is it?"}).encode() for text in (one, other)]
    assert digest(bodies[0]) != digest(bodies[1])
    assert digest(bodies[0], normalise=(name,)) == digest(bodies[1], normalise=(name,))


@pytest.mark.parametrize(("name", "words"), [("uid", "there are uuid"), ("regex:(", "no regular expression")])
def test_an_unknown_normaliser_is_told(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Normaliser([name])


@pytest.mark.parametrize("url", ["ftp://x", "api.openai.com", "https://user:pass@x", "https://x?key=1", "http://"])
def test_what_is_no_providers_address_is_refused(url: str) -> None:
    assert check_upstream(url)
    assert not check_upstream("https://api.groq.com/openai")


def test_bytes_that_are_no_text_have_a_digest_too() -> None:
    assert digest(b"\xff\xfe") != digest(b"\xff\xfd")
