"""The files that a function of the repository rests on, told from their text alone."""

from gate_action.integrity.python_code import find_code
from tests.files import FilesInMemory

FILES = FilesInMemory(
    {
        "checks/__init__.py": "",
        "checks/tone.py": "import json\nfrom . import words\nfrom .deep.more import x\nimport lib.a as a\n",
        "checks/words.py": "def later():\n    import late\n",
        "checks/other.py": "",
        "checks/deep/__init__.py": "",
        "checks/deep/more.py": "from ..words import y\n",
        "lib/__init__.py": "",
        "lib/a.py": "import lib.b\n",
        "lib/b.py": "from lib import a\n",
        "late.py": "",
        "src/judge.py": "import helper\n",
        "src/helper.py": "",
        "helper.py": "",
        "broken.py": "def (",
    }
)


def test_the_module_its_packages_and_all_that_it_imports_are_found_once():
    assert find_code(FILES, ["checks.tone:polite", "checks.tone:rude"]) == (
        "checks/__init__.py",
        "checks/deep/__init__.py",
        "checks/deep/more.py",
        "checks/tone.py",
        "checks/words.py",
        "late.py",
        "lib/__init__.py",
        "lib/a.py",
        "lib/b.py",
    )


def test_a_root_of_the_path_comes_before_the_top():
    assert find_code(FILES, ["judge:f"], ["src"]) == ("src/helper.py", "src/judge.py")


def test_what_is_not_of_the_repository_or_no_python_adds_nothing():
    assert find_code(FILES, ["numpy:mean"]) == ()
    assert find_code(FILES, ["broken:f"]) == ("broken.py",)
