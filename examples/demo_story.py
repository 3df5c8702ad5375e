"""The demonstration of the loop as one HTML page: a chapter a step, in order. No script, no request."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --quiet: #59636e; --paper: #fff; --slab: #f3f5f7;
  --good: #1a7f37; --bad: #c5221f; --plain: #8c959f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9198a1; --paper: #0d1117; --slab: #171c23;
  --good: #3fb950; --bad: #f85149; --plain: #59636e; } }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.2rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; }
ol { list-style: none; padding: 0; counter-reset: chapter; }
li { counter-increment: chapter; border-left: .35rem solid var(--tone);
  padding: .1rem 0 .1rem 1.1rem; margin: 1.4rem 0; }
h2 { font-size: 1.15rem; margin: 0; }
h2::before { content: counter(chapter) ". "; color: var(--quiet); }
p { margin: .25rem 0 .5rem; }
.good { --tone: var(--good); } .bad { --tone: var(--bad); } .plain { --tone: var(--plain); }
summary { cursor: pointer; color: var(--quiet); }
pre { background: var(--slab); padding: .8rem 1rem; overflow: auto; max-height: 32rem;
  font: 12.5px/1.35 ui-monospace, "DejaVu Sans Mono", monospace; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


class Tone(StrEnum):
    GOOD = "good"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    title: str
    words: str
    told: str
    """What was printed, shown as it is."""
    tone: Tone = Tone.PLAIN
    page: str = ""
    """The step's own page, beside this one."""


def tell_story(chapters: Sequence[Chapter]) -> str:
    """The whole file. Every text is escaped: customers wrote some of it."""
    parts = "\n".join(_tell(chapter) for chapter in chapters)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>The loop, from a complaint to a fix that held</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<h1>The loop, from a complaint to a fix that held</h1>
<p>What make demo-loop did, in order: customers of the example application, its repository, and a stand-in for GitHub.
Under “What was said” is what the commands printed.</p>
<ol>
{parts}
</ol>
</body>
</html>
"""


def _tell(chapter: Chapter) -> str:
    link = f'<p><a href="{escape(chapter.page)}">The full page</a></p>' if chapter.page else ""
    return (
        f'<li class="{chapter.tone}"><h2>{escape(chapter.title)}</h2><p>{escape(chapter.words)}</p>{link}'
        f"<details><summary>What was said</summary><pre>{escape(chapter.told)}</pre></details></li>"
    )
