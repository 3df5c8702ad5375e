import hashlib

import obstore
import pytest
import requests
from obstore.store import S3Store

from gate_action.errors import ConfigError, StoreError
from gate_action.model.fixture import Place
from gate_action.sources.artifact import Artifact
from tests.files import FilesInMemory

pytestmark = pytest.mark.slow  # moto's server takes two seconds to start
NOTHING = FilesInMemory({})
ROWS = b'{"id": "a", "input": "hello"}\n{"id": "b", "input": "bye"}\n'


OBJECTS = {
    "week-31/refunds.jsonl": ROWS,
    "week-31/more/extra.csv": b"id,input\nc,again\n",
    "week-31/README.md": b"not a fixture",
    "week-310/other.jsonl": b'{"id": "z", "input": "no"}\n',
}


def store(s3) -> S3Store:
    return S3Store(
        "promoted-fixtures",
        endpoint=s3.endpoint,
        access_key_id=s3.key,
        secret_access_key=s3.secret,
        region="us-east-1",
        client_options={"allow_http": True},
    )


@pytest.fixture(scope="session")
def bucket(s3) -> str:
    requests.put(f"{s3.endpoint}/promoted-fixtures", timeout=20).raise_for_status()
    for key, content in OBJECTS.items():
        obstore.put(store(s3), key, content)
    return "s3://promoted-fixtures"


def source(s3, url: str, **options) -> Artifact:
    return Artifact(url=url, endpoint=s3.endpoint, key=s3.key, secret=s3.secret, **options)


def test_an_object_pinned_by_its_sha256_is_read_with_places(s3, bucket):
    digest = f"sha256:{hashlib.sha256(ROWS).hexdigest()}"

    suite = source(s3, f"{bucket}/week-31/refunds.jsonl", digest=digest).load(NOTHING)

    path = f"{bucket}/week-31/refunds.jsonl"
    assert [(fixture.id, fixture.place) for fixture in suite.fixtures] == [("a", Place(path, 1)), ("b", Place(path, 2))]


def test_a_prefix_is_the_fixture_files_below_it_and_no_name_that_merely_starts_alike(s3, bucket):
    suite = source(s3, f"{bucket}/week-31", allow_unpinned=True).load(NOTHING)

    assert sorted(suite.by_id) == ["a", "b", "c"]


def test_an_unpinned_prefix_is_refused_with_the_digest_that_then_pins_it(s3, bucket):
    with pytest.raises(ConfigError) as refusal:
        source(s3, f"{bucket}/week-31/").load(NOTHING)
    digest = next(word for word in refusal.value.hint.split() if word.startswith("sha256:"))

    assert len(source(s3, f"{bucket}/week-31/", digest=digest).load(NOTHING).fixtures) == 3


def test_a_changed_object_is_a_store_error_that_names_both_digests(s3, bucket):
    pinned = hashlib.sha256(b'{"input": "1"}\n').hexdigest()
    changed = b'{"input": "2"}\n'
    obstore.put(store(s3), "changing.jsonl", changed)

    with pytest.raises(StoreError) as refusal:
        source(s3, f"{bucket}/changing.jsonl", digest=f"sha256:{pinned}").load(NOTHING)

    assert pinned in refusal.value.message
    assert hashlib.sha256(changed).hexdigest() in refusal.value.message


def test_a_bucket_that_is_not_there_is_a_store_error_without_the_secret(s3):
    with pytest.raises(StoreError, match="cannot be read") as refusal:
        source(s3, "s3://no-such-bucket/x.jsonl", allow_unpinned=True).load(NOTHING)

    assert s3.secret not in str(refusal.value)
    assert s3.key not in str(refusal.value)
