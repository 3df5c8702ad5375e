"""Failures in, candidates out: consent, scrubbing, checks, and what is there already. Reads nothing, writes nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gate_action.loop.nearness import Seen
from gate_action.loop.promote.checks import not_again, propose_checks, read_calls
from gate_action.loop.promote.fitting import fitting_checks
from gate_action.loop.promote.shaping import row_parts
from gate_action.loop.scrub.scrubber import Scrubber
from gate_action.model.fixture import (
    ABSENT,
    Expected,
    Fixture,
    Json,
    Provenance,
    Slice,
    Split,
    digest_json,
)
from gate_action.model.promotion import Candidate, CorrectionSource, Failure, Passed, PromotionRules, Proposal
from gate_action.model.rejection import Rejection
from gate_action.model.scrubbing import Refused
from gate_action.model.trial import Output

_DIGEST = 12
Sign = Callable[[str], str]
"""A trace's or conversation's id -> its keyed hash; empty where there is no key."""
Parts = Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What candidates are made with, and measured against."""

    scrubber: Scrubber
    rules: PromotionRules
    sign: Sign
    fixtures: Sequence[Fixture] = ()
    """All that the repository has, of either split."""
    rejections: Sequence[Rejection] = ()


def propose(failures: Iterable[Failure], bench: Bench) -> Proposal:
    """Candidates in the order of ``failures``, which are read no further than ``rules.clusters`` clusters that have
    some. The first of nearly equal ones stays.
    """
    return _Proposing(bench).run(failures)


@dataclass(slots=True)
class _Proposing:
    bench: Bench
    passed: Counter[Passed] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    candidates: list[Candidate] = field(default_factory=list)

    def run(self, failures: Iterable[Failure]) -> Proposal:
        known, rejected = Seen(), Seen()
        for fixture in self.bench.fixtures:
            known.add(fixture)
        for rejection in self.bench.rejections:
            rejected.add_rejection(rejection)
        for failure in failures:
            if self._is_full(failure.cluster_id):
                break
            made = self._candidate(failure)
            if isinstance(made, Candidate):
                made = self._new(made, known, rejected)
            if isinstance(made, Passed):
                self.passed[made] += 1
            else:
                known.add(made.fixture)
                self.candidates.append(made)
        return Proposal(candidates=tuple(self.candidates), passed=self.passed, refusals=self.refusals)

    def _is_full(self, cluster: str) -> bool:
        """Clusters of which nothing may be promoted take no other's place."""
        begun = {_cluster_of(one.fixture) for one in self.candidates}
        return (
            self.bench.rules.clusters is not None and cluster not in begun and len(begun) >= self.bench.rules.clusters
        )

    def _candidate(self, failure: Failure) -> Candidate | Passed:
        consent = self._consent(failure)
        if not consent:
            return Passed.NO_CONSENT
        parts = row_parts(failure, self.bench.rules.input)
        if parts is None:
            return Passed.UNREADABLE
        result = self.bench.scrubber.scrub(parts)
        if isinstance(result, Refused):
            self.refusals[result.cause] += 1
            return Passed.REFUSED
        clean: Parts = result.row  # type: ignore[assignment]  # scrubbing keeps an object an object
        fixture = self._fixture(failure, clean, consent, str(result.report))
        if not fixture.checks:
            return Passed.NO_CHECK
        return Candidate(
            fixture=fixture,
            turn_id=failure.turn_id,
            user_key=failure.user_key,
            complained_at=failure.complained_at,
            title=str(clean["title"]),
            sentence=str(clean["sentence"]),
            comment=str(clean["comment"]),
            replaced=str(result.report),
        )

    def _new(self, candidate: Candidate, known: Seen, rejected: Seen) -> Candidate | Passed:
        fixture = candidate.fixture
        if any(one.id == fixture.id for one in self.bench.rejections) or rejected.find_near(fixture):
            return Passed.REJECTED
        if rejected.find_equal(fixture):
            return Passed.REJECTED
        if known.find_equal(fixture):
            return Passed.DUPLICATE
        if known.find_near(fixture):
            return Passed.NEAR
        cluster = _cluster_of(fixture)
        if sum(_cluster_of(one.fixture) == cluster for one in self.candidates) >= self.bench.rules.most:
            return Passed.OVER
        return candidate

    def _consent(self, failure: Failure) -> str:
        """What the row rests on. A turn that says no is never asked twice; empty: denied."""
        match failure.consent:
            case "yes":
                return "given with the turn"
            case "":
                return self.bench.rules.consent
            case _:
                return ""

    def _fixture(self, failure: Failure, parts: Parts, consent: str, scrubbed: str) -> Fixture:
        rules, conversation = self.bench.rules, self._conversation(failure)
        context: Sequence[str] = parts["context"]  # type: ignore[assignment]  # a list of texts went in
        slices: Sequence[Sequence[str]] = parts["slices"]  # type: ignore[assignment]  # pairs went in
        fixture = Fixture(
            id=row_id(failure.mode, parts["input"], context),
            input=parts["input"],
            expected=expected_of(parts["correction"]),
            context=tuple(context),
            slices=tuple(sorted(Slice(*pair) for pair in (*slices, ("failure_mode", failure.mode)) if pair[1])),
            cluster=conversation,
            split=self._split(conversation),
            provenance=self._provenance(failure, str(parts["release"]), scrubbed),
            consent=consent,
            licence=rules.licence,
            expires=rules.expires,
            failing_output=parts["output"] if parts["output"] != "" else ABSENT,
        )
        return with_checks(fixture, failure.mode, parts, has_judge=rules.has_judge)

    def _conversation(self, failure: Failure) -> str:
        """Turns of one conversation are not independent, and stay in one split."""
        signed = self.bench.sign(failure.conversation_id) if failure.conversation_id else ""
        return f"conversation-{signed}" if signed else ""

    def _split(self, conversation: str) -> Split:
        splits = {one.split for one in self.bench.fixtures if conversation and one.cluster == conversation}
        return splits.pop() if len(splits) == 1 else self.bench.rules.split

    def _provenance(self, failure: Failure, release: str, scrubbed: str) -> Provenance:
        return Provenance(
            source="loop",
            trace=self.bench.sign(failure.trace_id) if failure.trace_id else "",
            cycle=failure.cycle_id,
            cluster=failure.cluster_id,
            mode=failure.mode,
            release=release,
            classifier=failure.classifier_digest,
            correction=str(failure.correction_source),
            scrubbed=scrubbed,
        )


def row_id(mode: str, asked: Json, context: Sequence[str]) -> str:
    """The same for the same question, context and mode, whoever asked and whenever."""
    normal = " ".join(asked.split()).casefold() if isinstance(asked, str) else asked
    digest = digest_json({"input": normal, "context": list(context), "mode": mode}).removeprefix("sha256:")
    return f"{mode}-{digest[:_DIGEST]}"


def expected_of(correction: Json) -> Expected:
    """What a correction says: calls where it is calls, nothing where there is none."""
    if correction in ("", None):
        return Expected()
    if calls := read_calls(correction):
        return Expected(tool_calls=calls)
    return Expected(output=correction)


def with_checks(fixture: Fixture, mode: str, parts: Parts, *, has_judge: bool) -> Fixture:
    """``fixture`` with the checks of its mode that tell its failing answer from the right one."""
    wrong = Output(content=parts["output"], tool_calls=read_calls(parts["calls"]))
    fit = fitting_checks(fixture, propose_checks(mode, parts, has_judge=has_judge), wrong, parts["correction"])
    return replace(fixture, checks=fit or fitting_checks(fixture, not_again(parts), wrong, parts["correction"]))


def corrected(candidate: Candidate, correction: Json) -> Candidate:
    """The candidate with a reviewer's answer as the expected one, and the checks that this one passes."""
    fixture = candidate.fixture
    provenance = fixture.provenance or Provenance(source="loop")
    edited = replace(
        fixture,
        expected=expected_of(correction),
        provenance=replace(provenance, correction=str(CorrectionSource.REVIEWER)),
    )
    wrong = Output(content="" if fixture.failing_output is ABSENT else fixture.failing_output)
    parts: Parts = {"correction": correction, "output": wrong.content, "quote": "", "sentence": "", "calls": []}
    kept = fitting_checks(edited, fixture.checks, wrong, correction)
    fresh = fitting_checks(edited, propose_checks(provenance.mode, parts, has_judge=False), wrong, correction)
    added = tuple(check for check in fresh if check not in kept)
    return replace(candidate, fixture=replace(edited, checks=(*kept, *added)))


def _cluster_of(fixture: Fixture) -> str:
    return fixture.provenance.cluster if fixture.provenance else ""
