"""How the ring closes: the ranked list's first item becomes fixtures, these judge three changes, production judges two.

The pull requests are the stand-in's for GitHub (standins/github), over HTTP, with git behind it. What is deployed is
run as the five weeks before were: `demo_loop.py` makes the traffic of the week after, on the release that is named.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from demo_steps import DemoError, command, commit, gate_action, git, run, show, step
from demo_story import Chapter, Tone
from gate_action.codec.documents import decode_report
from gate_action.loop.store import open_store
from gate_action.model.comparison import ChangeKind
from standins.github.pulls import merge_pull
from standins.github.state import WATCH_TOKEN
from standins.hosted_repository import HostedRepository, host

PATCHES = Path(__file__).parent / "demo"
DEFECT = "ignore-numbers.patch"
MODE = "hallucination"
NEXT = "3"
"""The release after the broken one."""
PROMISED = ("--target-share", "0.3")
"""The fix is to leave no more than three in ten of the wrong answers: look-ups are most of them, not all."""
CHANGES = {
    "bad-fix": (
        "Refuse unless a page surely fits",
        "What is refused is not made up, but questions that were answered well are refused with it.",
    ),
    "fix": (
        "Numbers choose the sentence, not the page",
        "Look-ups are mended, and customers who tell dates and amounts are still not refused.",
    ),
    "fake-fix": (
        "Answer what customers complained of",
        "It knows the promoted questions by heart, word for word: to the fixtures that is a fix.",
    ),
}
"""Branch -> title, and what the pull request does."""
FIXED_SHARE = 0.8
"""Of the promoted look-ups, at least: words that may not be said can be a part of a right answer."""


@dataclass(kw_only=True)
class Ring:
    out: Path
    repository: Path
    until: datetime
    """The Monday of the ranked list, which is the day of the next deployment."""
    make_week: Callable[[Path, Path], None]
    """Given where traces go and the release: the week after ``until``."""
    facts: dict[str, str]
    """What is right, by question."""
    chapters: list[Chapter] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def close(self) -> None:
        with host(self.out / "github") as hosted:
            self._begin(hosted)
            cluster = self._promote()
            self._propose(hosted)
            self._judge(hosted, "bad-fix", 1)
            fixing = self._judge(hosted, "fix", 0)
            faking = self._judge(hosted, "fake-fix", 0)
            self._follow_fix(hosted, fixing, cluster)
        self._follow_fake(faking, cluster)

    def tell(self, title: str, words: str, told: str, tone: Tone = Tone.PLAIN, page: str = "") -> None:
        self.chapters.append(Chapter(title=title, words=words, told=told, tone=tone, page=page))

    def expect(self, difference: str, *, is_so: bool) -> None:
        if not is_so:
            self.differences.append(difference)

    def _begin(self, hosted: HostedRepository) -> None:
        """The team's history: release 1, and release 2 on top, which its fixtures let through."""
        git(self.repository, "init", "--quiet", "--initial-branch=main")
        (self.repository / ".gitignore").write_text(".gate/\n__pycache__/\n", encoding="utf-8")
        git(self.repository, "remote", "add", "origin", str(hosted.github.mirror))
        commit(self.repository, "Release 1")
        git(self.repository, "apply", str(PATCHES / DEFECT))
        commit(self.repository, "Ignore numbers when matching a question")
        git(self.repository, "push", "--quiet", "--force", "origin", "main")
        code, said = self._run_gate("main~1", "main", self.out / "gate" / "release-2")
        words = "It mends what the team had fixtures for. Of look-ups by a number, which it breaks, there was none."
        page = "gate/release-2/report.html"
        told = Chapter(title="Release 2 passes the gate", words=words, told=said, tone=Tone.GOOD, page=page)
        self.chapters.insert(0, told)
        self.expect(f"the gate on release 2 ended with {code}, not 0", is_so=code == 0)

    def _promote(self) -> str:
        """Gives the cluster."""
        said = step(self.repository, "cluster", f"--until={self.until:%Y-%m-%d}")
        with open_store(self.repository / ".gate" / "loop" / "store.duckdb") as store:
            rows: list[dict[str, Any]] = store.table("cluster").to_pyarrow().to_pylist()
        found = [str(row["cluster_id"]) for row in rows if row["label"] == MODE]
        if len(found) != 1:
            raise DemoError(f"{len(found)} clusters of {MODE}, not 1")
        (cluster,) = found
        said += step(self.repository, "promote", "--cluster", cluster)
        words = f"The wrong answers of cluster {cluster} become fixtures: scrubbed, and with checks."
        self.tell("Promoted", words, said)
        return cluster

    def _propose(self, hosted: HostedRepository) -> None:
        """The rows as one pull request, which a person merges."""
        rows = self.out / "promoted"
        rows.mkdir()
        for path in (self.repository / "fixtures" / "promoted").glob("c-*.jsonl"):
            shutil.move(path, rows / path.name)
        argv = ("fixtures", "sync", str(rows), "--open-pr", "--repository", str(self.repository))
        code, said = show(" ".join(argv[:4]), gate_action(*argv), **hosted.environ())
        pulls = [(number, pull) for number, pull in hosted.github.pulls.items() if pull.state == "open"]
        if code or len(pulls) != 1:
            raise DemoError("the pull request with the fixtures was not opened")
        number, pull = pulls[0]
        (self.out / "pull-request.md").write_text(pull.body, encoding="utf-8")
        words = f"#{number}, {pull.title}: a reviewer decides from its text, and has merged it."
        self.tell("Proposed, reviewed, merged", words, f"{said}\n{pull.body}")
        merge_pull(hosted.github, number, at=f"{self.until:%Y-%m-%dT%H:%M:%S}Z")
        git(self.repository, "pull", "--quiet", "origin", "main")
        print(f"A person reviewed pull request #{number} and merged it.\n", flush=True)
        said = step(self.repository, "status")
        words = "From the first complaint about a turn to the merge of its fixture, by the day of the ranked list."
        self.tell("How fast it was learnt", words, said)
        self.expect("nobody can tell how fast it was learnt", is_so="from the first complaint to the merged" in said)

    def _judge(self, hosted: HostedRepository, name: str, expected: int) -> str:
        """The gate on a pull request of that branch. Gives its commit."""
        title, meaning = CHANGES[name]
        git(self.repository, "checkout", "--quiet", "-b", name, "main")
        self._change(name)
        head = commit(self.repository, title)
        git(self.repository, "push", "--quiet", "origin", name)
        git(self.repository, "checkout", "--quiet", "main")
        hosted.github.open_pull(
            max(hosted.github.pulls) + 1, head, head_ref=name, base_ref="main",
            base_sha=git(self.repository, "rev-parse", "main"), title=title,
        )  # fmt: skip
        out = self.out / "gate" / name
        print(f'Pull request: "{title}"\n', flush=True)
        code, said = self._run_gate("main", name, out)
        fixed, rows = self._count_fixed(out / "report.json")
        verdict = "passes" if code == 0 else "is blocked"
        words = f"{meaning} The gate's exit code is {code}; {fixed} of {rows} promoted look-ups are fixed."
        tone = Tone.GOOD if code == 0 else Tone.BAD
        self.tell(f"“{title}” {verdict}", words, said, tone, f"gate/{name}/report.html")
        print(f"{words}\n", flush=True)
        self.expect(f"the gate on {name} ended with {code}, not {expected}", is_so=code == expected)
        if name != "bad-fix":
            self.expect(f"{name}: {words}", is_so=0 < FIXED_SHARE * rows <= fixed)
        return head

    def _run_gate(self, base: str, head: str, out: Path) -> tuple[int, str]:
        argv = ("run", "--repository", str(self.repository), "--base", base, "--head", head, "--out", str(out))
        return show(f"run --base {base} --head {head}", gate_action(*argv))

    def _change(self, name: str) -> None:
        if name == "bad-fix":
            git(self.repository, "apply", str(PATCHES / "refuse-more.patch"))
        elif name == "fix":
            git(self.repository, "apply", str(PATCHES / "numbers-for-sentences.patch"))
        else:
            git(self.repository, "apply", str(PATCHES / "known-answers.patch"))
            known = {str(row["input"]): self._find_right(str(row["input"])) for row in self._read_rows()}
            told = {question: fact for question, fact in known.items() if fact}
            file = self.repository / "examples/support-bot/support_bot/data/known.json"
            file.write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")

    def _read_rows(self) -> Iterator[dict[str, Any]]:
        """What the loop promoted, as it was merged."""
        for path in sorted((self.repository / "fixtures" / "promoted").glob("*.jsonl")):
            rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
            yield from (row for row in rows if row["provenance"]["source"] == "loop")

    def _find_right(self, asked: str) -> str:
        return next((fact for question, fact in self.facts.items() if asked.endswith(question)), "")

    def _count_fixed(self, report: Path) -> tuple[int, int]:
        """Promoted look-ups that failed on base and pass on head, and all of them."""
        changes = decode_report(report.read_bytes(), path=str(report)).decision.changes
        improved = {change.fixture_id for change in changes if change.kind is ChangeKind.IMPROVED}
        rows = [str(row["id"]) for row in self._read_rows() if row["slices"].get("kind") == "lookup"]
        return sum(row in improved for row in rows), len(rows)

    def _follow_fix(self, hosted: HostedRepository, head: str, cluster: str) -> None:
        """Merged, registered by the push, deployed; and what production says, told on the stand-in."""
        number, pull = next((number, one) for number, one in hosted.github.pulls.items() if one.head_sha == head)
        pull.body = f"Fixes-cluster: {cluster}\n"
        fake = self.out / "fake-world"
        shutil.copytree(self.repository, fake)
        merged = merge_pull(hosted.github, number)
        hosted.github.commits.add(merged)
        hosted.github.add_deployment(merged)
        git(self.repository, "pull", "--quiet", "origin", "main")
        event = self.out / "event.json"
        event.write_text("{}", encoding="utf-8")
        environ = hosted.environ(WATCH_TOKEN) | {
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_SHA": merged,
        }
        more = ("register", "--deployed-at", f"{self.until:%Y-%m-%dT%H:%MZ}", "--release", NEXT, *PROMISED)
        run(gate_action("loop", "watch", "--repository", str(self.repository), *more), **environ)
        print(f"Pull request #{number} is merged, and release {NEXT} deployed. A week goes by.\n", flush=True)
        self._live(self.repository, "fix")
        self._watch(self.repository, "fix", "held", "--publish", **environ)
        said = [str(comment["body"]) for comment in hosted.github.comments.values()]
        self.expect(f"the merged pull request has {len(said)} comments, not 1", is_so=len(said) == 1)
        self.tell("Told where it was merged", f"The comment on pull request #{number}.", "\n".join(said))

    def _follow_fake(self, head: str, cluster: str) -> None:
        """The same week, had the other pull request been merged: the gate cannot know, production does."""
        world, register = self.out / "fake-world", str(self.out / "fake-register")
        git(world, "merge", "--quiet", "--ff-only", head)
        more = ("--cluster", cluster, "--commit", head, "--release", NEXT, *PROMISED)
        at = f"{self.until:%Y-%m-%dT%H:%MZ}"
        argv = ("loop", "watch", "--repository", str(world), "--register", register, "register", "--deployed-at", at)
        run(gate_action(*argv, *more))
        print("And had the other one been merged, the same week:\n", flush=True)
        self._live(world, "fake-fix")
        self._watch(world, "fake-fix", "not_held", "--register", register)

    def _live(self, world: Path, name: str) -> None:
        """The week after, on the release that lies in ``world``: read and classified."""
        traces = self.out / f"traces-{name}"
        self.make_week(traces, world)
        said = step(world, "ingest", str(traces)) + step(world, "classify", "--by-rules")
        words = f"“{CHANGES[name][0]}” is release {NEXT}. A week of its customers, read and classified."
        self.tell("Deployed" if name == "fix" else "Had the other one been deployed", words, said)

    def _watch(self, world: Path, name: str, expected: str, *more: str, **environ: str) -> None:
        out = self.out / "watch" / name
        at = f"{self.until + timedelta(days=7):%Y-%m-%dT%H:%MZ}"
        argv = command(world, "watch", "--at", at, "--out", str(out), *more)
        code, said = show(f"loop watch --at {at} {' '.join(more)}", argv, **environ)
        if code:
            raise DemoError("loop watch failed")
        watches = json.loads((out / "watch.json").read_text(encoding="utf-8"))["watches"]
        verdicts = [str(watch["verdict"]) for watch in watches]
        self.expect(f"the watch of {name} says {verdicts}, not {expected}", is_so=verdicts == [expected])
        tone = Tone.GOOD if verdicts == ["held"] else Tone.BAD
        sentences = " ".join(f"{watch['cluster']}: {watch['sentence']}." for watch in watches)
        words = f"Production says: {', '.join(verdicts) or 'nothing'}. {sentences}"
        self.tell("Watched for a week", words, said, tone, f"watch/{name}/watch.html")
