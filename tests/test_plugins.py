"""Names become classes: built in or installed, imported at first use, and every fault a ConfigError."""

import subprocess
import sys
from pathlib import Path

import pytest

from gate_action import plugins
from gate_action.errors import ConfigError

GOOD = """
from dataclasses import dataclass
from typing import ClassVar

@dataclass(frozen=True, slots=True, kw_only=True)
class Shout:
    "Loud?"
    version: ClassVar[str] = "1"

    def evaluate(self, ctx):
        raise NotImplementedError
"""


def install(folder: Path, distribution: str, entry_points: str, **modules: str) -> None:
    """What pip leaves behind: modules, and a dist-info folder with its entry points."""
    dist_info = folder / f"{distribution.replace('-', '_')}-1.2.dist-info"
    dist_info.mkdir()
    (dist_info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
    (dist_info / "entry_points.txt").write_text(f"[gate_action.evaluators]\n{entry_points}\n")
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)


@pytest.mark.parametrize(("seam", "name"), [(seam, name) for seam in plugins.SEAMS for name in plugins.names(seam)])
def test_every_built_in_is_what_its_file_is_called(seam: str, name: str):
    found = plugins.find(seam, name)
    assert found.__name__ == plugins.class_name(name)
    assert found.__module__ == f"gate_action.{seam}.{name}"


def test_names_are_listed_and_found_without_importing_the_others():
    script = (
        "import sys; from gate_action import plugins; plugins.names('evaluators'); plugins.names('targets');"
        "loaded = [m for m in sys.modules if m.startswith('gate_action.evaluators.')]; assert not loaded, loaded;"
        "plugins.find('evaluators', 'exact_match');"
        "assert 'gate_action.evaluators.exact_match' in sys.modules;"
        "assert 'gate_action.evaluators.regex' not in sys.modules and 're2' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_misspelt_name_is_refused_with_the_nearest_and_all_names():
    with pytest.raises(ConfigError, match="unknown evaluator 'exact-match'") as refused:
        plugins.find("evaluators", "exact-match")
    assert refused.value.hint.startswith("did you mean 'exact_match'? known: contains, exact_match, ")


@pytest.mark.parametrize("name", ["", "_text", "..model", "os", "__init__", "exact_match.py"])
def test_a_name_that_is_no_evaluator_imports_nothing(name: str):
    with pytest.raises(ConfigError, match="unknown evaluator"):
        plugins.find("evaluators", name)


def test_an_unknown_seam_is_a_defect():
    with pytest.raises(ValueError, match="the seams are evaluators, targets, sources, baselines"):
        plugins.names("models")


def test_an_installed_plugin_is_found_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    install(tmp_path, "gate-shout", "shout = gate_shout_one:Shout", gate_shout_one=GOOD)
    monkeypatch.syspath_prepend(tmp_path)
    assert "shout" in plugins.names("evaluators")
    assert "gate_shout_one" not in sys.modules
    assert plugins.find("evaluators", "shout").__name__ == "Shout"
    expected = plugins.InstalledPlugin("evaluators", "shout", "gate-shout 1.2", is_shadowed=False)
    assert expected in plugins.installed()
    assert expected.words == "evaluators shout of gate-shout 1.2"


def test_a_built_in_is_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    install(tmp_path, "gate-fake", "exact_match = gate_shout_two:Shout", gate_shout_two=GOOD)
    monkeypatch.syspath_prepend(tmp_path)
    assert plugins.find("evaluators", "exact_match").__module__ == "gate_action.evaluators.exact_match"
    words = "evaluators exact_match of gate-fake 1.2 (not used: a built-in has this name)"
    assert words in [plugin.words for plugin in plugins.installed()]


def test_a_name_that_two_distributions_offer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    install(tmp_path, "gate-a", "shout = gate_shout_three:Shout", gate_shout_three=GOOD)
    install(tmp_path, "gate-b", "shout = gate_shout_three:Shout")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"several installed distributions: gate-a 1\.2, gate-b 1\.2"):
        plugins.find("evaluators", "shout")


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("import nothing_of_this_name", "cannot be imported: ModuleNotFoundError"),
        ("raise SystemError('no')", "cannot be imported: SystemError: no"),
        ("", "cannot be imported: AttributeError"),
        ("class Shout: pass", "no dataclass with a method 'evaluate'"),
        ("Shout = 1", "no dataclass with a method 'evaluate'"),
    ],
)
def test_a_plugin_that_is_broken_is_named_with_its_fault(
    module: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    name = f"gate_broken_{abs(hash(module))}"
    install(tmp_path, "gate-broken", f"shout = {name}:Shout", **{name: module})
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=message) as refused:
        plugins.find("evaluators", "shout")
    assert refused.value.message.startswith("evaluator 'shout'")
