"""What every test shares."""

import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.profiles import examples

settings.register_profile("ours", examples(25))
settings.load_profile("ours")
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A real one, which asks for nothing of its own accord."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    with driver.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=_QUIET)
        yield running
        running.close()
