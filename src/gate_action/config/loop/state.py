"""The part ``state`` of gate.yaml: where the loop's memory lives between scheduled runs."""

from typing import Annotated

from msgspec import Meta

from gate_action.config.part import Part, Text, VariableName


class BucketShape(Part, frozen=True):
    """A private bucket that speaks S3."""

    url: Annotated[
        str,
        Meta(
            pattern=r"^s3://[^/?#@]+(/[^?#]*)?$(?!\n)",
            description="s3://bucket or s3://bucket/prefix.",
            examples=["s3://bucket/prefix"],
        ),
    ]
    endpoint: Annotated[
        str, Meta(pattern=r"^(https?://.+)?$(?!\n)", description="Of a service other than AWS: https://host.")
    ] = ""
    region: str = ""
    access_key: VariableName | None = None
    secret_key: VariableName | None = None


class BranchShape(Part, frozen=True):
    """A branch that holds the store encrypted, in one commit that is replaced."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$(?!\n)", description="A branch's name.")] = (
        "gate-loop"
    )
    remote: Annotated[str, Meta(description="URL of another repository. Empty: this one.")] = ""
    token: Annotated[VariableName | None, Meta(description="Opens remote. This one opens with the job's token.")] = None


class StateShape(Part, frozen=True):
    """Where the loop's memory lives between scheduled runs: a folder, a bucket or a branch."""

    path: Annotated[
        Text, Meta(description="A folder, from the repository's top: the home where no other is named.")
    ] = ".gate/loop"
    bucket: Annotated[BucketShape | None, Meta(description="A bucket in the folder's stead.")] = None
    branch: Annotated[BranchShape | None, Meta(description="An encrypted branch in the folder's stead.")] = None
    key: Annotated[
        VariableName | None,
        Meta(description="Encrypts the store at its home. A branch needs it, a bucket may have it."),
    ] = None
    lease_minutes: Annotated[
        float, Meta(gt=0, le=10_080, description="After this time another run may take over from one that is gone.")
    ] = 60.0
