"""Does a change touch anything that a gate's verdict could rest on? Decides by names of files, and runs nothing."""

from typing import Final

from gate_action.clients.files import match_paths
from gate_action.engine.evaluator_files import find_evaluator_files
from gate_action.errors import GateError
from gate_action.integrity.owners import OWNERS
from gate_action.integrity.python_code import find_code
from gate_action.model.decision import Decision, Reason, ReasonKind, Verdict
from gate_action.wiring.gate_files import list_named, list_own, list_sources, python_roots
from gate_action.wiring.judged import Judged
from gate_action.wiring.suites import load_suite, open_sources

_WORKFLOWS: Final = ".github"
_SHOWN: Final = 5


def find_unaffected(judged: Judged) -> Decision | None:
    """PASS `not_affected`, where base's gate.yaml says `paths` and the change touches none of what counts.

    None: it has to be measured, also where that cannot be told.
    """
    base = judged.revisions.base
    if not judged.config.paths or base is None:
        return None
    changed = judged.git.changed_between(base, judged.revisions.head)
    if any(match_paths(pattern, changed) for pattern in judged.config.paths):
        return None
    counting = _own_files(judged)
    if counting is None or any(match_paths(pattern, changed) for pattern in counting):
        return None
    shown = ", ".join(judged.config.paths[:_SHOWN]) + (", ..." if judged.config.paths[_SHOWN:] else "")
    sentence = (
        f"nothing was measured, since none of the {len(changed):,} changed files lies in paths of "
        f"{judged.config.path} ({shown}) or belongs to the gate itself"
    )
    return Decision(verdict=Verdict.PASS, reasons=(Reason(kind=ReasonKind.NOT_AFFECTED, sentence=sentence),))


def _own_files(judged: Judged) -> tuple[str, ...] | None:
    """The gate's own files: what says what is measured and how, fixtures, evaluators and workflows among it.

    None where base's fixtures cannot be read: the run will tell what is wrong with them.
    """
    config = judged.config
    try:
        suite = load_suite(open_sources(config, {}), judged.files)
        code = find_evaluator_files(config.metrics, suite)
    except GateError:
        return None
    files = (judged.files, judged.head_files)
    functions = [path for each in files for path in find_code(each, code.functions, python_roots(config))]
    named = {name for each in (config, judged.head_config) for name in list_named(each, files)}
    return (
        *list_own(config),
        _WORKFLOWS,
        *OWNERS,
        *list_sources(config),
        *code.prompts,
        *functions,
        *sorted(named),
    )
