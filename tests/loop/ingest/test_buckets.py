"""A bucket that a collector writes into: a key a batch, partitioned by the time of its upload."""

import gzip

import obstore
import pytest
import requests
from obstore.store import S3Store

from gate_action.config.loop.ingest import FilesSource
from tests.loop.ingest.ingesting import Pile
from tests.loop.ingest.records import chat, line, span
from tests.sources.conftest import S3, s3  # noqa: F401  # a fixture

pytestmark = pytest.mark.slow  # moto's server takes two seconds to start
HOUR = "traces/year=2026/month=11/day=02/hour=09/minute={minute:02d}/traces_{minute}.json"


@pytest.fixture
def bucket(s3: S3) -> S3Store:  # noqa: F811  # the same fixture
    requests.put(f"{s3.endpoint}/production-traces", timeout=20).raise_for_status()
    return S3Store(
        "production-traces",
        endpoint=s3.endpoint,
        access_key_id=s3.key,
        secret_access_key=s3.secret,
        region="us-east-1",
        client_options={"allow_http": True},
    )


def test_every_object_is_read_once_and_new_ones_later(pile: Pile, s3: S3, bucket: S3Store):  # noqa: F811  # as above
    source = FilesSource(
        path="s3://production-traces/traces", endpoint=s3.endpoint, access_key=s3.key, secret_key=s3.secret
    )
    for minute in range(3):
        content = line(span(minute + 1, chat(f"q{minute}", "a"), trace=minute + 1))
        obstore.put(
            bucket, HOUR.format(minute=minute) + ".gz" * (minute % 2), gzip.compress(content) if minute % 2 else content
        )
    obstore.put(bucket, "elsewhere/x.json", line(span(9, chat("no", "a"), trace=9)))
    assert [turn["input"] for turn in pile.read_all(source)] == ["q0", "q1", "q2"]
    assert pile.read_all(source) == []
    obstore.put(bucket, HOUR.format(minute=30), line(span(30, chat("q30", "a"), trace=30)) + b"torn")
    assert [turn["input"] for turn in pile.read_all(source)] == ["q30"]
    assert [(place.partition("@")[0], kind) for place, kind in pile.faults()] == [
        (f"s3://production-traces/{HOUR.format(minute=30)}", "torn")
    ]
