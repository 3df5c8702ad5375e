"""``loop.sources`` that are servers: where they are, what opens them, and how far back they are read."""

from typing import Annotated, Literal

from msgspec import Meta, field

from gate_action.config.part import Part, Text

Url = Annotated[str, Meta(pattern=r"^https?://[^/?#@\s]+[^?#\s]*$(?!\n)", description="https://host, without a key.")]
Secret = Annotated[str, Meta(description="${{ env.NAME }}")]
Moment = Annotated[
    str, Meta(pattern=r"^(\d{4}-\d\d-\d\d.*)?$(?!\n)", description="ISO 8601. What began earlier is not read.")
]
PageSize = Annotated[int, Meta(ge=1, le=1_000, description="Of one answer. Fewer where turns are very long.")]


class BackendShape(Part, frozen=True):
    """What all of them have."""

    since: Moment = ""
    late_days: Annotated[
        float, Meta(gt=0, le=365, description="So long after a turn feedback on it may still come or change.")
    ] = 7.0
    humans: Annotated[
        Literal["end_user", "reviewer"],
        Meta(description="Who speaks where the server says no more than that it is a person, or a program."),
    ] = "end_user"
    code_feedback: Annotated[
        list[Text],
        Meta(description="Names of feedback that code wrote though the server cannot tell; * is any letters."),
    ] = field(default_factory=list)
    page_size: PageSize = 100
    ca_bundle: Annotated[str, Meta(description="A file of certificates. Empty: REQUESTS_CA_BUNDLE, or the usual.")] = ""


class PhoenixSource(BackendShape, frozen=True, kw_only=True, tag_field="kind", tag="phoenix"):
    """A project of Arize Phoenix."""

    url: Url
    project: Annotated[Text, Meta(description="Name or id.")] = "default"
    token: Secret = ""


class MlflowSource(BackendShape, frozen=True, kw_only=True, tag_field="kind", tag="mlflow"):
    """An experiment of an MLflow tracking server."""

    url: Url
    experiment: Annotated[Text, Meta(description="Name, or id where it is a number.")]
    token: Secret = ""
    user: Annotated[str, Meta(description="For basic authentication, with password.")] = ""
    password: Secret = ""


class LangfuseSource(BackendShape, frozen=True, kw_only=True, tag_field="kind", tag="langfuse"):
    """The project that the keys belong to."""

    url: Url = "https://cloud.langfuse.com"
    access_key: Annotated[str, Meta(min_length=1, description="The public key. ${{ env.NAME }}")]
    secret_key: Annotated[str, Meta(min_length=1, description="${{ env.NAME }}")]


class LangsmithSource(BackendShape, frozen=True, kw_only=True, tag_field="kind", tag="langsmith"):
    """A tracing project of LangSmith."""

    url: Url = "https://api.smith.langchain.com"
    project: Annotated[Text, Meta(description="Name or id.")]
    key: Annotated[str, Meta(min_length=1, description="${{ env.NAME }}")]
    workspace: Annotated[str, Meta(description="Its id, where the key opens several.")] = ""


Backend = PhoenixSource | MlflowSource | LangfuseSource | LangsmithSource
