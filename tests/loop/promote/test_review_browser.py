"""The review's page in a real browser."""

from itertools import count

import pytest

from gate_action.loop.attention import Stopwatch
from gate_action.loop.promote.session import Session
from gate_action.model.promotion import ReviewOutcome
from tests.loop.promote.test_serving import proposal, serving

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("width", [400, 1_200])
def test_a_person_reviews_in_the_browser_and_nothing_else_is_asked_for(browser, width):
    seconds = count()
    session = Session(proposal(3), "ann", Stopwatch(lambda: float(next(seconds))))
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    with serving(session) as server:
        page.goto(server.address)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        page.get_by_role("button", name="Accept", exact=True).click()
        page.get_by_label("The right answer").fill("We take cards and transfers.")
        page.get_by_role("button", name="Accept with this answer").click()
        page.get_by_label("Why it is no fixture").fill("not a fault")
        page.get_by_role("button", name="Reject").click()
        assert "All 3 candidates are decided" in page.content()
        page.get_by_role("button", name="Finish").click()
        assert "Done" in page.content()
        allowed = server.address
    page.close()
    outcomes = [one.outcome for one in session.reviews]
    assert outcomes == [ReviewOutcome.ACCEPTED, ReviewOutcome.EDITED, ReviewOutcome.REJECTED]
    assert said == []
    assert {url for url in asked if url != "data:,"} <= {allowed, f"{server.origin}/favicon.ico"}


def test_a_page_of_another_origin_cannot_decide_for_the_person(browser, tmp_path):
    session = Session(proposal(1), "ann", Stopwatch(lambda: 0.0))
    with serving(session) as server:
        form = f'<form method="post" action="{server.address}"><input name="action" value="finish"><button>x</button>'
        evil = tmp_path / "evil.html"
        evil.write_text(form)
        page = browser.new_page()
        page.goto(evil.as_uri())
        page.get_by_role("button").click()
        page.close()
    assert not session.is_finished
