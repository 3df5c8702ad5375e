"""Owners of what the gate rests on, at base beside head."""

import pytest

from gate_action.integrity.owners import Guarded, compare_owners
from gate_action.model.integrity import Area, Effect, GateChange
from tests.files import FilesInMemory

GUARDED = Guarded(
    (".github/workflows/*.yml", ".github/workflows/gate.yml", "fixtures/*.jsonl", "fixtures/all.jsonl", "gate.yaml"),
    ("fixtures", ".github/workflows"),
)
OURS = "* @octo/all\n/gate.yaml @octo/ai\n/fixtures/ @octo/ai\n/.github/ @octo/ops\n/web/ @octo/web\n"


def compared(head: str | None, base: str | None = OURS) -> tuple[GateChange, ...]:
    files = [FilesInMemory({} if text is None else {"CODEOWNERS": text}) for text in (base, head)]
    return compare_owners(files[0], files[1], lambda: GUARDED)


def told(head: str | None, base: str | None = OURS) -> dict[str, Effect]:
    return {f"{change.subject} {change.what}": change.effect for change in compared(head, base)}


def test_owners_that_are_the_same_are_not_told():
    assert compared(OURS) == compared(None, None) == compared("\n# a remark\n" + OURS, "\n\n" + OURS) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("/gate.yaml @octo/ai", "/gate.yaml", {"owners of gate.yaml removed": Effect.LOOSENS}),
        ("/gate.yaml @octo/ai", "/gate.yaml @octo/ai @mallory", {"owners of gate.yaml edited": Effect.LOOSENS}),
        ("/gate.yaml @octo/ai", "/gate.yaml @mallory", {"owners of gate.yaml edited": Effect.UNCLEAR}),
        ("/gate.yaml @octo/ai\n", "", {"owners of gate.yaml edited": Effect.UNCLEAR}),
        ("@octo/web", "@octo/web\n*.yaml", {"owners of gate.yaml removed": Effect.LOOSENS}),
        ("/fixtures/ @", "/fixtures/* @", {}),
        (
            "/fixtures/ @octo/ai",
            "/fixtures/",
            {"owners of fixtures/*.jsonl, fixtures/all.jsonl removed": Effect.LOOSENS},
        ),
        (
            "/.github/ @octo/ops\n",
            "/.github/\n",
            {"owners of .github/workflows/*.yml, .github/workflows/gate.yml removed": Effect.LOOSENS},
        ),
        ("@octo/web", "@octo/web\n/fixtures/all.jsonl", {"owners of fixtures/all.jsonl removed": Effect.LOOSENS}),
        ("@octo/web", "@octo/web\nCODEOWNERS", {"owners of CODEOWNERS removed": Effect.LOOSENS}),
    ],
)
def test_who_reviews_the_gates_files_is_told_group_by_group(old: str, new: str, expected: dict[str, Effect]):
    assert {key: value for key, value in told(OURS.replace(old, new)).items() if "owners of" in key} == expected


def test_a_change_says_who_reviewed_it_before_who_does_now_and_where_that_stands():
    (change,) = compared(OURS.replace("/gate.yaml @octo/ai", "/gate.yaml"))
    assert change.area is Area.WORKFLOW
    assert (change.base, change.head, change.why) == ("@octo/ai", "nobody", "nobody has to review it any longer")
    assert change.place is not None
    assert (change.place.path, change.place.line) == ("CODEOWNERS", 2)


def test_owners_of_other_paths_are_none_of_the_gates_business():
    assert told(OURS.replace("@octo/web", "@octo/other") + "*.js @js\n# a remark\n") == {
        "CODEOWNERS edited": Effect.NEUTRAL
    }


@pytest.mark.parametrize("line", ["/fixtures/later/one.csv", "/.github/workflows/later", "/fixtures/x*.md @mallory"])
def test_a_line_about_files_of_the_gate_that_are_to_come_is_held_to_loosen(line: str):
    assert told(f"{OURS}{line}\n") == {"CODEOWNERS edited": Effect.UNCLEAR}
    assert told(OURS, f"{OURS}{line}\n") == {"CODEOWNERS edited": Effect.UNCLEAR}


def test_a_line_that_github_cannot_read_is_held_to_loosen_whatever_it_was_meant_to_say():
    assert told(f"{OURS}/web/ nobody\n") == {"CODEOWNERS edited": Effect.UNCLEAR}
    broken = told(OURS.replace("/gate.yaml @octo/ai", "/gate.yaml @octo/ai x"))
    assert broken == {"owners of gate.yaml edited": Effect.UNCLEAR, "CODEOWNERS edited": Effect.UNCLEAR}


def test_first_owners_tighten_and_owners_that_go_loosen():
    first = told("/gate.yaml @octo/ai\n/fixtures/later @octo/ai\n", None)
    assert first == {"owners of gate.yaml added": Effect.TIGHTENS}
    assert told("/web/ @octo/web\n", None) == {"CODEOWNERS added": Effect.NEUTRAL}
    assert set(told(None).values()) == {Effect.LOOSENS}


def test_the_first_of_the_three_places_counts():
    base = FilesInMemory({"CODEOWNERS": OURS, "docs/CODEOWNERS": "* @octo/docs"})
    other = FilesInMemory({"CODEOWNERS": OURS, "docs/CODEOWNERS": "* @mallory"})
    assert compare_owners(base, other, lambda: GUARDED) == ()
    hidden = FilesInMemory({"CODEOWNERS": OURS, ".github/CODEOWNERS": "* @mallory"})
    changes = compare_owners(base, hidden, lambda: GUARDED)
    assert {change.effect for change in changes} == {Effect.UNCLEAR}
    assert {change.place.path for change in changes if change.place} == {".github/CODEOWNERS"}
