"""The labelling page in a real browser."""

import pytest

from tests.loop.labelling.test_page import serving, sitting

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("width", [400, 1_200])
def test_a_person_labels_by_keys_goes_back_and_quits_and_nothing_else_is_asked_for(browser, width):
    session, rows = sitting()
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    with serving(session) as server:
        page.goto(server.address)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        for key, expected in [("1", "1 of 3"), ("u", "1 of 3"), ("2", "1 of 3"), ("s", "1 of 3"), ("1", "2 of 3")]:
            with page.expect_navigation():
                page.keyboard.press(key)
            assert expected in page.content()
        page.keyboard.press("9")
        page.get_by_role("button", name="quit").click()
        page.get_by_text("This page may be closed").wait_for()
        allowed = server.address
        icon = f"{server.origin}/favicon.ico"
    page.close()
    assert [(row.turn_id, row.label) for row in rows] == [
        ("t0", "hallucination"),
        ("t0", "unknown"),
        ("t2", "hallucination"),
    ]
    assert session.is_finished
    assert said == []
    assert {url for url in asked if url != "data:,"} <= {allowed, icon}
