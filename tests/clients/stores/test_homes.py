"""A bucket is a home only if it heeds conditions; what is wrong with it is told without its keys."""

from pathlib import Path

import pytest

from gate_action.clients.stores.homes import BucketHome
from gate_action.clients.stores.objects import Place
from gate_action.errors import StoreError
from standins.backends.server import Answer, Asked, serve


def home(url: str) -> BucketHome:
    return BucketHome(Place(url="s3://bucket/loop", endpoint=url, key="key-id", secret="secret-key"))


def test_a_bucket_that_takes_every_write_is_no_home(tmp_path: Path):
    def careless(asked: Asked) -> Answer:
        return Answer(status=404 if asked.method == "GET" else 200, body=b"", headers={"ETag": '"x"'})

    with serve(careless) as server:
        found = home(server.url)
        with pytest.raises(StoreError, match="does not heed") as told:
            found.swap(found.look(), b"{}", {}, ())
        assert not any(one.path.endswith("pointer.json") for one in server.asked if one.method == "PUT")
    assert "conditional" in told.value.hint


def test_a_bucket_that_refuses_is_told_with_what_to_look_at():
    refusal = Answer(status=403, body=b"<Error><Code>AccessDenied</Code></Error>")
    with serve(lambda _: refusal) as server, pytest.raises(StoreError, match="cannot be read") as told:
        home(server.url).look()
    assert "key and secret" in told.value.hint
    assert "secret-key" not in str(told.value)
