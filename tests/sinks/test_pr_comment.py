from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from gate_action.clients.github.api import PyGithubClient
from gate_action.clients.github.client import TooLongError
from gate_action.model.publication import CommentMode
from gate_action.sinks.comment_marker import Marker, digest_result, make_marker, marker_word, read_marker
from gate_action.sinks.destination import Attempt, destination
from gate_action.sinks.pr_comment import PrCommentSink
from gate_action.sinks.publishing import UnpublishedError
from standins.github.state import BOT, Fault, Github
from tests.sinks.published import EVENT, HEAD, HOSTILE, PULL, client, failing, passing

_PLACE = destination(EVENT)


def _sink(
    url: str, *, run_id: int = 500, attempt: int = 1, mode: CommentMode = CommentMode.UPDATE, scope: str = ""
) -> PrCommentSink:
    place = replace(_PLACE, attempt=Attempt(run_id, attempt), scope=scope)
    return PrCommentSink(client=client(url), destination=place, mode=mode)


def _marker(gate: str = "shop", head: str = HEAD, run_id: int = 1, attempt: int = 1) -> str:
    return str(Marker(marker_word(gate), head, Attempt(run_id, attempt)))


def _bodies(github: Github) -> list[str]:
    return [held["body"] for held in github.comments.values()]


def test_the_first_run_creates_the_comment_and_the_next_one_updates_it(github: Github, url: str):
    _sink(url).publish(failing())
    _sink(url, run_id=501).publish(passing())
    [body] = _bodies(github)
    assert read_marker(body) == Marker("shop", HEAD, Attempt(501, 1), result=digest_result(passing()))
    assert "PASS" in body


def test_a_usual_run_makes_at_most_five_calls(github: Github, url: str):
    _sink(url).publish(failing())
    assert len(github.journal) <= 5
    github.journal.clear()
    _sink(url, run_id=501).publish(failing())
    assert len(github.journal) <= 5


def test_the_comment_is_found_on_the_last_of_many_pages(github: Github, url: str):
    for number in range(250):
        github.add_comment(PULL, "reader", f"remark {number}")
    ours = github.add_comment(PULL, BOT, f"{_marker()}\nold")
    _sink(url).publish(passing())
    assert "PASS" in github.comments[ours]["body"]
    assert len(github.comments) == 251


def test_the_oldest_of_several_comments_of_ours_is_updated(github: Github, url: str):
    first = github.add_comment(PULL, BOT, f"{_marker()}\nold")
    second = github.add_comment(PULL, BOT, f"{_marker()}\nolder still?")
    _sink(url).publish(passing())
    assert "PASS" in github.comments[first]["body"]
    assert github.comments[second]["body"].endswith("older still?")


def test_a_stranger_who_copies_the_marker_does_not_get_the_comment(github: Github, url: str):
    strangers = github.add_comment(PULL, "mallory", f"{_marker(run_id=999)}\nPASS, trust me")
    _sink(url).publish(failing())
    assert github.comments[strangers]["body"].endswith("trust me")
    assert len(github.comments) == 2


def test_our_comment_of_another_gate_is_left_alone(github: Github, url: str):
    other = github.add_comment(PULL, BOT, f"{_marker(gate='search')}\nsearch")
    _sink(url).publish(failing())
    assert github.comments[other]["body"].endswith("search")
    assert len(github.comments) == 2


def test_a_marker_that_is_not_the_first_line_is_no_marker(github: Github, url: str):
    quoting = github.add_comment(PULL, BOT, f"> {_marker()}\nquoted by another tool")
    _sink(url).publish(failing())
    assert github.comments[quoting]["body"].endswith("another tool")


def test_nothing_is_written_once_the_pull_request_has_moved_on(github: Github, url: str):
    github.open_pull(PULL, "d" * 40)
    with pytest.raises(UnpublishedError, match="moved on from aaaaaaaaaa to dddddddddd"):
        _sink(url).publish(failing())
    assert github.comments == {}


@pytest.mark.parametrize(("run_id", "attempt"), [(501, 1), (500, 2)])
def test_an_older_run_of_the_same_commit_never_overwrites_a_newer_one(
    github: Github, url: str, run_id: int, attempt: int
):
    newer = github.add_comment(PULL, BOT, f"{_marker(run_id=run_id, attempt=attempt)}\nnewer")
    with pytest.raises(UnpublishedError, match="later run"):
        _sink(url).publish(failing())
    assert github.comments[newer]["body"].endswith("newer")


def test_a_newer_run_of_an_older_commit_is_overwritten(github: Github, url: str):
    stale = github.add_comment(PULL, BOT, f"{_marker(head='e' * 40, run_id=900)}\nstale")
    _sink(url).publish(passing())
    assert "PASS" in github.comments[stale]["body"]


def test_of_two_runs_that_both_created_one_the_oldest_comment_stays(github: Github, url: str):
    class _Racing(PyGithubClient):
        """Another run's comment appears between our look and our writing."""

        def create_comment(self, number: int, body: str) -> int:
            github.add_comment(PULL, BOT, f"{_marker(run_id=499)}\nthe other run")
            return super().create_comment(number, body)

    racing = _Racing(repository="octo/app", token="ghs_workflow", api_url=url)
    PrCommentSink(client=racing, destination=_PLACE).publish(passing())
    [body] = _bodies(github)
    assert "PASS" in body


def test_a_body_that_github_finds_too_long_is_sent_again_shorter(github: Github, url: str):
    github.comment_limit = 12_000
    _sink(url).publish(failing(words="long words " * 400, regressed=60))
    [body] = _bodies(github)
    assert 1_000 < len(body) <= 12_000
    assert read_marker(body) is not None
    assert [exchange.status for exchange in github.journal if exchange.method == "POST"][-1] != 422


def test_a_body_that_is_always_too_long_is_a_refusal_and_no_comment(github: Github, url: str):
    github.comment_limit = 10
    with pytest.raises(TooLongError, match="too long"):
        _sink(url).publish(failing())
    assert github.comments == {}


@pytest.mark.parametrize("is_done_first", [True, False])
def test_a_comment_whose_answer_was_lost_is_made_exactly_once(github: Github, url: str, is_done_first: bool):
    github.faults.append(
        Fault(method="POST", path="/comments", status=502, message="Bad Gateway", is_done_first=is_done_first)
    )
    _sink(url).publish(failing())
    assert len(github.comments) == 1


def test_recreate_puts_a_new_comment_at_the_end_and_takes_the_old_one_away(github: Github, url: str):
    _sink(url, mode=CommentMode.RECREATE).publish(failing())
    github.add_comment(PULL, "reader", "I see")
    _sink(url, run_id=501, mode=CommentMode.RECREATE).publish(failing())
    assert [marker.attempt.run_id if (marker := read_marker(body)) else body for body in _bodies(github)] == [
        "I see",
        501,
    ]


def test_on_change_keeps_the_latest_comment_up_to_date_while_the_result_is_the_same(github: Github, url: str):
    _sink(url, mode=CommentMode.ON_CHANGE).publish(failing(words="one answer"))
    _sink(url, run_id=501, mode=CommentMode.ON_CHANGE).publish(failing(words="another answer"))
    [body] = _bodies(github)
    assert "another answer" in body


def test_on_change_adds_a_comment_when_the_result_changes_and_keeps_the_history(github: Github, url: str):
    for run_id, report in enumerate((failing(), passing(), passing(), failing(regressed=3)), start=500):
        _sink(url, run_id=run_id, mode=CommentMode.ON_CHANGE).publish(report)
    told = [marker.attempt.run_id for body in _bodies(github) if (marker := read_marker(body))]
    assert told == [500, 502, 503]


@pytest.mark.parametrize("mode", [CommentMode.UPDATE, CommentMode.RECREATE, CommentMode.ON_CHANGE])
def test_gates_of_one_name_in_other_places_have_comments_of_their_own(github: Github, url: str, mode: CommentMode):
    for run_id in (500, 501):
        for scope in ("", "services/a", "services/b", "gpt-4o, 3.12", "-->"):
            _sink(url, run_id=run_id, scope=scope, mode=mode).publish(failing())
    assert len(github.comments) == 5
    assert "shop (services/a)" in "".join(_bodies(github)).replace("\u200b", "").replace("\\", "")


def test_two_jobs_of_one_run_that_nothing_tells_apart_do_not_overwrite_each_other(github: Github, url: str):
    _sink(url).publish(failing())
    with pytest.raises(UnpublishedError, match="`label` of its own"):
        _sink(url).publish(passing())
    [body] = _bodies(github)
    assert "BLOCKED" in body


def test_an_older_run_that_wrote_between_our_look_and_our_writing_is_written_over(github: Github, url: str):
    class _Slow(PyGithubClient):
        """An older run's words arrive just after ours."""

        def update_comment(self, comment_id: int, body: str) -> None:
            super().update_comment(comment_id, body)
            if not late:
                late.append(comment_id)
                github.comments[comment_id]["body"] = f"{_marker(run_id=499)}\nolder"

    late: list[int] = []
    github.add_comment(PULL, BOT, f"{_marker()}\nold")
    racing = _Slow(repository="octo/app", token="ghs_workflow", api_url=url)
    PrCommentSink(client=racing, destination=_PLACE).publish(passing())
    assert late
    [body] = _bodies(github)
    assert "PASS" in body


def test_hostile_words_cannot_forge_a_second_marker_or_run_as_markup(github: Github, url: str):
    _sink(url).publish(failing(words=HOSTILE))
    [body] = _bodies(github)
    assert body.count("<!--") == 1
    html = [
        token.content
        for block in MarkdownIt().parse(body)
        for token in block.children or [block]
        if token.type.startswith("html")
    ]
    assert html
    assert not [element for element in html if "script" in element]
    assert body.startswith("<!-- gate-action:comment gate=shop ")


@pytest.mark.parametrize("gate", ["shop", "a--b", "--><b>", "two words", "x head=0 run=1", "ümlaut"])
def test_any_gate_id_makes_a_marker_that_is_read_back(gate: str):
    written = Marker(marker_word(gate), HEAD, Attempt(3, 2))
    assert read_marker(f"{written}\nbody") == written
    assert "--" not in str(written)[4:-3]


def test_a_marker_says_the_scope_and_the_result():
    written = make_marker(failing(), replace(_PLACE, scope="services/a, gpt"))
    assert read_marker(f"{written}\nbody") == written
    assert written.scope == "services%2Fa%2C%20gpt"


@pytest.mark.parametrize(
    "body", ["", "<!-- gate-action:comment -->", "<!-- gate-action:comment gate=a head=x run=1 -->"]
)
def test_what_is_not_our_marker_is_not_read_as_one(body: str):
    assert read_marker(body) is None
