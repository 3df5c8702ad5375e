import subprocess
import sys


def test_importing_the_procedures_loads_no_scipy() -> None:
    code = "import sys, gate_action.comparison.procedure; print('scipy' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
