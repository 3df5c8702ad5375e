"""The JSON Schemas that editors and readers use, made from the types that decode: ``python -m gate_action.schemas``."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec

from gate_action import plugins
from gate_action.codec.acknowledgements import AcknowledgementRow
from gate_action.codec.baselines import BaselineRecord
from gate_action.codec.classifier_lock import ClassifiersLock
from gate_action.codec.documents import SCHEMA_VERSION, Manifest, ShardManifest
from gate_action.codec.evidence import EvidenceDocument
from gate_action.codec.labels import JudgesLock, LabelRow
from gate_action.codec.packs import PackRecord
from gate_action.codec.records import LINES
from gate_action.codec.rows import fixture_schema
from gate_action.config.document import GatesShape, OneGateShape
from gate_action.config.loop.priorities import PrioritiesFile
from gate_action.config.secrets import secret_options
from gate_action.model.decision import Decision
from gate_action.model.priority import LedgerLine
from gate_action.model.report import Report
from gate_action.model.verdict_record import VerdictRecord
from gate_action.targets.recorded import Row

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VERSION = {"const": SCHEMA_VERSION}
_FROM_ENVIRONMENT = "Takes ${{ env.NAME }}: the value comes from the environment of the run, never from this file."
_PLUGGED = (
    ("TargetShape", "kind", "targets"),
    ("SourceShape", "source", "sources"),
    ("MetricShape", "evaluator", "evaluators"),
    ("BaselinesShape", "store", "baselines"),
)
"""The shapes in gate.yaml that name a class, the field that names it, and its seam."""
_FIXTURE_EXAMPLES = [
    {"id": "refund-3", "input": "Can I return a used kettle?", "expected": "No.", "slices": {"topic": "refunds"}},
    {
        "input": {"messages": [{"role": "user", "content": "Cancel order 17."}]},
        "expected": {"tool_calls": [{"name": "cancel_order", "arguments": {"order": 17}}]},
        "critical": True,
    },
    {
        "id": "trace-8c1f",
        "input": {"turns": ["Hi", {"content": "Where is it?", "tool_results": {"track": {"status": "lost"}}}]},
        "checks": [{"evaluator": "not_contains", "options": {"texts": ["guaranteed"]}}],
        "provenance": {"source": "production", "mode": "hallucination"},
        "expires": "2027-01-31",
    },
]
_GATE_EXAMPLES = [
    {
        "schema_version": 1,
        "id": "support-bot",
        "fixtures": ["fixtures"],
        "target": {"kind": "command", "options": {"run": ["python", "-m", "support_bot.serve"]}},
        "metrics": {"answer": {"evaluator": "exact_match", "floor": 0.8}, "checks": {"role": "secondary"}},
        "policy": {"trials": 3, "protected": ["locale=*"]},
    }
]


def build_schemas() -> Mapping[str, dict[str, Any]]:
    """File name -> schema, of every document of docs/contracts.md that the code reads or writes."""
    return {
        "fixture.json": fixture_schema() | {"examples": _FIXTURE_EXAMPLES},
        "gate.json": _gate_schema(),
        "recorded.json": _schema_of(Row),
        "run-manifest.json": _document(Manifest),
        "run-shard.json": _document(ShardManifest),
        "run-decision.json": _document(Decision),
        **{f"run-{name}.json": _line(shape) for name, shape in LINES.items()},
        "run-fixtures.json": _fixture_line(),
        "report.json": _document(Report),
        "baseline.json": _schema_of(BaselineRecord),
        "evidence.json": _schema_of(EvidenceDocument),
        "cache-pack.json": _schema_of(PackRecord),
        "acknowledgement.json": _schema_of(AcknowledgementRow),
        "verdict.json": _document(VerdictRecord),
        "labels.json": _schema_of(LabelRow),
        "ledger.json": _schema_of(LedgerLine),
        "priorities.json": _schema_of(PrioritiesFile),
        "judges-lock.json": _schema_of(JudgesLock),
        "classifiers-lock.json": _schema_of(ClassifiersLock),
    }


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gate_action.schemas", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file differs")
    parser.add_argument("--folder", type=Path, default=Path("schemas"))
    options = parser.parse_args(argv)
    texts = {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in build_schemas().items()}
    stale = sorted(_stale(texts, options.folder))
    if not options.check:
        options.folder.mkdir(parents=True, exist_ok=True)
        for name in stale:
            path = options.folder / name
            path.write_text(texts[name], encoding="utf-8") if name in texts else path.unlink()
    for name in stale:
        sys.stdout.write(f"{options.folder / name}: {'differs from the code' if options.check else 'written'}\n")
    return 1 if options.check and stale else 0


def _stale(texts: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Names of files that are missing, differ, or belong to no document any more."""
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    yield from (name for name in texts.keys() | there.keys() if texts.get(name) != there.get(name))


def _schema_of(shape: type) -> dict[str, Any]:
    (top,), definitions = msgspec.json.schema_components([shape], ref_template="#/$defs/{name}")
    return {"$schema": DIALECT, **top, "$defs": definitions}


def _document(shape: type) -> dict[str, Any]:
    """A document of its own has a ``schema_version`` beside the type's fields."""
    schema = _schema_of(shape)
    top = schema["$defs"][shape.__name__]
    top["properties"] = {"schema_version": _VERSION, **top["properties"]}
    top["required"] = ["schema_version", *top["required"]]
    return schema


def _line(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """A line of the run folder, with its checksum."""
    schema = _schema_of(shape)
    _seal(schema["$defs"][shape.__name__])
    return schema


def _fixture_line() -> dict[str, Any]:
    schema = fixture_schema()
    row = schema["$defs"]["FixtureRow"]
    row["properties"]["digest"] = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
    place = {"path": {"type": "string"}, "line": {"type": ["integer", "null"]}}
    row["properties"]["place"] = {"type": ["object", "null"], "properties": place}
    row["required"] = ["id", *row["required"], "digest", "place"]
    _seal(row)
    return schema


def _seal(row: dict[str, Any]) -> None:
    row["properties"]["crc"] = {"type": "string", "pattern": "^[0-9a-f]{8}$", "description": "CRC-32 of what precedes."}
    row["required"] = [*row["required"], "crc"]


def _gate_schema() -> dict[str, Any]:
    _, definitions = msgspec.json.schema_components([OneGateShape, GatesShape], ref_template="#/$defs/{name}")
    for shape, name, seam in _PLUGGED:
        _plug(definitions, definitions[shape], name, seam)
    return {
        "$schema": DIALECT,
        "title": "gate.yaml",
        "description": "What gate-action runs, measures and asks for: one gate, or several under gates.",
        "if": {"type": "object", "required": ["gates"]},
        "then": {"$ref": "#/$defs/GatesShape"},
        "else": {"$ref": "#/$defs/OneGateShape"},
        "examples": _GATE_EXAMPLES,
        "$defs": definitions,
    }


def _plug(definitions: dict[str, Any], shape: dict[str, Any], name: str, seam: str) -> None:
    """The names of the built-in classes, and the options of each. An installed plugin's name is text like another."""
    known = plugins.names(seam)
    shape["properties"][name]["examples"] = list(known)
    shape["allOf"] = []
    for known_name in known:
        cls = plugins.find(seam, known_name)
        (options,), parts = msgspec.json.schema_components([cls], ref_template=f"#/$defs/{seam}.{{name}}")
        for part in parts.values():
            if "properties" in part:
                part["additionalProperties"] = False
        for field in fields(cls):
            if not field.init:
                del parts[cls.__name__]["properties"][field.name]
        for option in secret_options(cls):
            parts[cls.__name__]["properties"][option]["description"] = _FROM_ENVIRONMENT
        definitions |= {f"{seam}.{part_name}": part for part_name, part in parts.items()}
        named = {"properties": {name: {"const": known_name}}, "required": [name]}
        shape["allOf"].append({"if": named, "then": {"properties": {"options": options}}})


if __name__ == "__main__":
    sys.exit(main())
