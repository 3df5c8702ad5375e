"""A server of ``loop.sources`` becomes a reader with its client. Keys are in the settings by now."""

from datetime import datetime
from typing import assert_never

from gate_action.clients.rest import Rest
from gate_action.config.loop.backends import Backend, LangfuseSource, LangsmithSource, MlflowSource, PhoenixSource
from gate_action.loop.ingest.seam import Reader
from gate_action.loop.ingest.understanding import Understanding


def open_backend(name: str, settings: Backend, understanding: Understanding, now: datetime) -> Reader:
    """``now``: UTC, without a zone. One branch a server."""
    match settings:
        case PhoenixSource():
            from gate_action.loop.ingest.backends.phoenix import PhoenixReader

            rest = Rest(url=settings.url, headers=_bearer(settings.token), ca_bundle=settings.ca_bundle)
            return PhoenixReader(source=name, settings=settings, rest=rest, understanding=understanding, now=now)
        case MlflowSource():
            from gate_action.loop.ingest.backends.mlflow import MlflowReader

            rest = Rest(
                url=settings.url,
                headers=_bearer(settings.token),
                user=settings.user,
                password=settings.password,
                ca_bundle=settings.ca_bundle,
            )
            return MlflowReader(source=name, settings=settings, rest=rest, understanding=understanding, now=now)
        case LangfuseSource():
            from gate_action.loop.ingest.backends.langfuse import LangfuseReader

            user, password = settings.access_key, settings.secret_key
            rest = Rest(url=settings.url, user=user, password=password, ca_bundle=settings.ca_bundle)
            return LangfuseReader(source=name, settings=settings, rest=rest, understanding=understanding, now=now)
        case LangsmithSource():
            from gate_action.loop.ingest.backends.langsmith import LangsmithReader

            workspace = {"X-Tenant-Id": settings.workspace} if settings.workspace else {}
            headers = {"X-Api-Key": settings.key, **workspace}
            rest = Rest(url=settings.url, headers=headers, ca_bundle=settings.ca_bundle)
            return LangsmithReader(source=name, settings=settings, rest=rest, understanding=understanding, now=now)
        case _:
            assert_never(settings)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
