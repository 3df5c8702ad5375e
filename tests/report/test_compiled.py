"""Templates are compiled once, and again where they changed or nothing can be kept."""

from pathlib import Path

from jinja2 import DictLoader, Environment

from gate_action.report.compiled import CompiledTemplates


def render(folder: Path, template: str) -> str:
    cache = CompiledTemplates(folder)
    return (
        Environment(loader=DictLoader({"page": template}), bytecode_cache=cache, autoescape=True)
        .from_string('{% include "page" %}')
        .render(name="<b>")
    )


def test_a_changed_template_is_never_answered_by_an_old_one(tmp_path: Path) -> None:
    assert render(tmp_path, "one {{ name }}") == "one &lt;b&gt;"
    assert render(tmp_path, "two {{ name }}") == "two &lt;b&gt;"


def test_a_damaged_file_is_compiled_anew(tmp_path: Path) -> None:
    before = render(tmp_path, "one {{ name }}")
    for file in (tmp_path / "__pycache__").glob("*.jinja"):
        file.write_bytes(file.read_bytes()[:-20])
    assert render(tmp_path, "one {{ name }}") == before


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("a file, where a folder would be")
    assert render(tmp_path, "one {{ name }}") == "one &lt;b&gt;"
