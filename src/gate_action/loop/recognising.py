"""Names of persons and places by Presidio, where it is installed and asked for. Knows nothing of rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

from gate_action.errors import ConfigError
from gate_action.loop.scrub.finds import Find

_KINDS = {"PERSON": "name", "LOCATION": "place"}
_LEAST_SCORE = 0.4


class Analyzer(Protocol):
    """What is asked of Presidio's ``AnalyzerEngine``."""

    def analyze(self, *, text: str, language: str, entities: list[str]) -> Sequence[Any]:
        """Objects with ``entity_type``, ``start``, ``end`` and ``score``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesByPresidio:
    """Finds names in a text, in each of ``languages``. What Presidio raises is not caught: the row is refused by it."""

    analyzer: Analyzer
    languages: tuple[str, ...] = ("en",)

    def __call__(self, text: str) -> Iterator[Find]:
        for language in self.languages:
            for result in self.analyzer.analyze(text=text, language=language, entities=list(_KINDS)):
                if result.score >= _LEAST_SCORE:
                    start, end = result.start, result.end
                    yield Find(_KINDS[result.entity_type], start, end, text[start:end])


def load_presidio(models: Mapping[str, str]) -> NamesByPresidio:
    """``models``: language -> its spaCy model. Raises ConfigError where something is not installed: whoever asks for
    names gets no row without, and nothing is fetched.
    """
    if find_spec("presidio_analyzer") is None:
        raise ConfigError(
            "loop.scrub.names asks for Presidio, and presidio-analyzer is not installed",
            hint="pip install presidio-analyzer and a spaCy model for each language, or leave names out",
        )
    if missing := [model for model in models.values() if find_spec(model) is None]:
        # Presidio would fetch them by itself, in the middle of a job.
        raise ConfigError(f"loop.scrub.names asks for {', '.join(missing)}, not installed", hint="pip install it")
    from presidio_analyzer import AnalyzerEngine  # type: ignore[import-not-found]  # asked for by few, installed by them
    from presidio_analyzer.nlp_engine import NlpEngineProvider  # type: ignore[import-not-found]  # as above

    told = [{"lang_code": language, "model_name": model} for language, model in models.items()]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": told}).create_engine()
    languages = tuple(models)
    return NamesByPresidio(
        analyzer=AnalyzerEngine(nlp_engine=engine, supported_languages=list(languages)), languages=languages
    )
