"""What the vendors' own clients say of an exchange: run by the Python that has them.

usage: python judging.py langfuse|langsmith < exchanges.json; writes a line for each fault.
"""

import inspect
import json
import sys
from collections.abc import Iterator
from typing import Any, get_args

Exchange = dict[str, Any]


def judge_langfuse(one: Exchange) -> Iterator[str]:
    from langfuse.api.core.pydantic_utilities import parse_obj_as
    from langfuse.api.observations.client import ObservationsClient
    from langfuse.api.observations.types import ObservationsV2Response
    from langfuse.api.scores.client import ScoresClient
    from langfuse.api.scores.types import GetScoresV3Response

    asked, model = {
        "/api/public/v2/observations": (ObservationsClient.get_many, ObservationsV2Response),
        "/api/public/v3/scores": (ScoresClient.get_many, GetScoresV3Response),
    }[one["path"]]
    known = {"".join(name.split("_")).lower() for name in inspect.signature(asked).parameters}
    yield from (f"no option {name}" for name in one["query"] if name.lower() not in known)
    parse_obj_as(model, one["answer"])


def judge_langsmith(one: Exchange) -> Iterator[str]:
    from langsmith.schemas import Feedback, TracerSession
    from langsmith.types.run import Run
    from langsmith.types.run_query_v2_params import RunQueryV2Params
    from langsmith.types.run_select_field import RunSelectField
    from pydantic import TypeAdapter

    if one["path"] == "/api/v2/runs/query":
        yield from (f"no option {name}" for name in one["body"] if name not in RunQueryV2Params.__annotations__)
        yield from (f"no field {name}" for name in one["body"]["selects"] if name not in get_args(RunSelectField))
        for run in one["answer"]["items"]:
            yield from (f"no field {name} of a run" for name in run if name not in Run.model_fields)
            TypeAdapter(Run).validate_python(run)
    else:
        model = {"/api/v1/feedback": list[Feedback], "/api/v1/sessions": list[TracerSession]}[one["path"]]
        TypeAdapter(model).validate_python(one["answer"])


def main(vendor: str) -> None:
    judge = {"langfuse": judge_langfuse, "langsmith": judge_langsmith}[vendor]
    for one in json.load(sys.stdin):
        try:
            faults = list(judge(one))
        except Exception as error:  # noqa: BLE001  # whatever their client does not take is a fault of the exchange
            faults = [f"{type(error).__name__}: {error}"]
        sys.stdout.writelines(f"{one['path']}: {fault}\n" for fault in faults)


if __name__ == "__main__":
    main(sys.argv[1])
