import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO

import pytest

from gate_action.clients.files import match_paths
from gate_action.codec.rejections import decode_rejections, encode_rejections
from gate_action.errors import ConfigError
from gate_action.loop.nearness import near_key
from gate_action.loop.pulls.proposal import Ended
from gate_action.loop.sync.choosing import Dropped, Limits
from gate_action.loop.sync.offers import Entrance, Offers
from gate_action.loop.sync.page import Told
from gate_action.loop.sync.planning import Places, Plan, keep_present, make_plan, write_proposal
from gate_action.model.fixture import digest_json
from gate_action.model.rejection import Rejection
from tests.loop.sync.rows import ASKED, lines, row, stored

PLACES = Places(folder="fixtures/promoted", rejections="rejections.jsonl", fixtures=("fixtures",))
HOSTILE = "</details><script>alert(1)</script> @everyone ``` <!-- gate-action:pull end --> closes #1"


@dataclass(frozen=True)
class Held:
    files: Mapping[str, bytes] = field(default_factory=dict)
    label: str = "main"

    def find(self, pattern: str) -> tuple[str, ...]:
        return match_paths(pattern, self.files)

    def read(self, path: str) -> bytes:
        return self.files[path]

    def open(self, path: str) -> BytesIO:
        return BytesIO(self.files[path])


def _offer(*rows: dict[str, object]) -> Offers:
    return Entrance().read([stored(*rows)])


def _plan(
    offers: Offers, files: Mapping[str, bytes] | None = None, *ended: Ended, limits: Limits | None = None
) -> Plan:
    return make_plan(Held(files or {}), PLACES, offers, limits or Limits(), ended)


def test_rows_become_a_file_a_cluster_sorted_by_id_beside_what_is_there():
    plan = _plan(
        _offer(row(3), row(1), row(2, cluster="Späte Lieferung/../x")),
        {"fixtures/promoted/refunds.jsonl": lines(row(2, id="row-2b", input="Is there a lift in the building?"))},
    )
    refunds = plan.files["fixtures/promoted/refunds.jsonl"].decode().splitlines()
    assert [line.split('"')[3] for line in refunds] == ["row-1", "row-2b", "row-3"]
    [other] = set(plan.files) - {"fixtures/promoted/refunds.jsonl"}
    assert other.startswith("fixtures/promoted/sp")
    assert ".." not in other


def test_rows_of_one_failure_lie_in_one_file_whatever_conversation_they_are_of():
    origin = {"source": "production", "cluster": "late parcels"}
    plan = _plan(_offer(*(row(n, cluster=f"conversation-{n}", provenance=origin) for n in (1, 2, 3))))
    assert set(plan.files) == {"fixtures/promoted/late-parcels.jsonl"}


def test_what_is_there_or_nearly_there_or_was_turned_down_stays_out():
    rejection = Rejection(id="gone", input_digest=digest_json(ASKED[3]), near_key=near_key(ASKED[3]))
    files = {
        "fixtures/mine.jsonl": lines({"id": "a", "input": ASKED[0]}, {"id": "row-4", "input": "Taken."}),
        "rejections.jsonl": encode_rejections([rejection]),
    }
    offers = _offer(
        row(0), row(1, input=ASKED[0].upper()), row(2), row(3), row(4), row(5, input=ASKED[3] + "!"),
        row(1, id="again", input=ASKED[2] + " "),
    )  # fmt: skip
    plan = _plan(offers, files)
    assert [one.id for one in plan.chosen.rows] == ["row-2"]
    assert dict(plan.chosen.dropped) == {
        "row-0": Dropped.SAME,
        "row-1": Dropped.NEAR,
        "row-3": Dropped.REJECTED,
        "row-4": Dropped.TAKEN_ID,
        "row-5": Dropped.NEAR_REJECTED,
        "again": Dropped.DOUBLE,
    }


@pytest.mark.parametrize("limits", [Limits(rows=2), Limits(bytes=450)])
def test_what_finds_no_room_waits_and_the_page_says_so(limits: Limits):
    offers = _offer(*(row(number) for number in range(6)))
    plan = _plan(offers, limits=limits)
    assert (len(plan.chosen.rows), plan.chosen.waiting) == (2, 4)
    assert "4 more rows" in write_proposal(plan, offers, Told(source="s3://bucket")).intro


def test_a_row_that_a_reviewer_took_out_is_remembered_and_does_not_return():
    path = "fixtures/promoted/refunds.jsonl"
    ended = Ended(
        number=7, is_merged=True, reviewer="Ann", reason="no fault", at="2026-01-02T03:04:05Z",
        proposed={path: lines(row(0), row(1))}, left={path: lines(row(0))},
    )  # fmt: skip
    files = {path: lines(row(0))}
    plan = _plan(_offer(row(0), row(1), row(2)), files, ended)
    assert [one.id for one in plan.chosen.rows] == ["row-2"]
    [remembered] = decode_rejections(plan.files["rejections.jsonl"], "rejections.jsonl")
    assert (remembered.id, remembered.reason, remembered.reviewer, remembered.pull) == ("row-1", "no fault", "Ann", 7)
    again = _plan(_offer(row(1)), {**files, "rejections.jsonl": plan.files["rejections.jsonl"]}, ended)
    assert (again.chosen.rows, again.rejections) == ((), ())


def test_a_line_that_is_deleted_lets_its_row_return_though_its_pull_request_is_seen_still():
    path = "fixtures/promoted/refunds.jsonl"
    ended = [
        Ended(number=n, is_merged=False, reviewer="ann", reason="", at="", proposed={path: lines(row(n), row(n + 1))})
        for n in (2, 4)
    ]
    held = decode_rejections(_plan(_offer(), {}, *ended).files["rejections.jsonl"], "")
    for deleted in ("row-2", "row-5"):
        files = {"rejections.jsonl": encode_rejections(one for one in held if one.id != deleted)}
        plan = _plan(_offer(*(row(n) for n in range(2, 6))), files, *ended)
        assert ([one.id for one in plan.chosen.rows], plan.rejections) == ([deleted], ())


def test_another_purposes_pull_requests_are_no_proof_that_ones_own_are_held():
    path = "fixtures/promoted/refunds.jsonl"
    ended = Ended(number=2, is_merged=False, reviewer="ann", reason="", at="", proposed={path: lines(row(0))}, left={})
    theirs = Rejection(id="theirs", input_digest=digest_json("theirs"), pull=3)
    plan = _plan(_offer(row(0)), {"rejections.jsonl": encode_rejections([theirs])}, ended)
    assert [one.id for one in plan.rejections] == ["row-0"]


def test_a_pull_request_that_was_closed_turns_all_its_rows_down_and_alone_opens_none():
    path = "fixtures/promoted/refunds.jsonl"
    beside = {"ledger.jsonl": b'{"cycle": "1", "cluster": "refunds"}\n', "rejections.jsonl": b'{"id": "row-9"}\n'}
    ended = Ended(number=7, is_merged=False, reviewer="ann", reason="", at="", proposed={path: lines(row(0)), **beside})
    offers = _offer(row(0))
    plan = _plan(offers, {}, ended)
    assert write_proposal(plan, offers, Told(source="s3://bucket")).is_wanted is False
    assert [one.id for one in plan.rejections] == ["row-0"]


def test_a_row_that_was_edited_by_the_reviewer_is_not_turned_down():
    path = "fixtures/promoted/refunds.jsonl"
    edited = {path: lines(row(0, expected="better"))}
    ended = Ended(
        number=7, is_merged=True, reviewer="Ann", reason="", at="", proposed={path: lines(row(0))}, left=edited
    )
    plan = _plan(_offer(row(0)), edited, ended)
    assert (plan.chosen.rows, plan.rejections) == ((), ())


def test_the_page_tells_all_that_a_reviewer_decides_by_and_obeys_no_row():
    words = {"input": HOSTILE, "failing_output": HOSTILE, "expected": HOSTILE, "checks": []}
    offers = _offer(row(0, critical=True), {**row(1), **words}, row(2, split="train"))
    plan = _plan(offers)
    proposal = write_proposal(plan, offers, Told(source="s3://bucket", scores={"row-0": 0.5}, why={"row-0": "Rank 1."}))
    first, second = proposal.parts
    for told in ("What happened", ASKED[0], "wrong 0", "right 0", "Rank 1.", "0.50", "critical"):
        assert told in first
    assert "not measured" in second
    assert "<!--" not in second
    around = re.sub(r"(?ms)^(`{3,})text$.*?^\1$", "", second)
    assert (around.count("</details>"), "<script" in around, "@everyone" in around) == (1, False, False)
    assert "split train" in proposal.intro


def test_rows_in_a_folder_that_gates_nothing_are_a_fault():
    with pytest.raises(ConfigError, match="gate nothing"):
        Places(folder="elsewhere", rejections="r.jsonl", fixtures=("fixtures",)).check()
    with pytest.raises(ConfigError, match="leaves the repository"):
        Places(folder="../fixtures", rejections="r.jsonl", fixtures=("fixtures",)).check()
    Places(folder="fixtures/new", rejections="r.jsonl", fixtures=("fixtures/**/*.jsonl",)).check()


def test_rows_that_the_branch_brings_already_come_first_and_stay_as_they_are():
    present = {"fixtures/promoted/refunds.jsonl": lines(row(3, expires="2027-01-01"), row(4, expected="otherwise"))}
    offers = keep_present(_offer(row(0), row(4), row(3, expires="2027-02-02")), present)
    assert [(one.id, one.expires) for one in offers.fixtures] == [("row-3", "2027-01-01"), ("row-0", ""), ("row-4", "")]
    assert offers.fixtures[2].expected.output == "right 4"
