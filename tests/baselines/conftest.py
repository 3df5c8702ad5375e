"""The S3 on loopback, for the store that keeps runs in one."""

from tests.sources.conftest import s3

__all__ = ["s3"]
