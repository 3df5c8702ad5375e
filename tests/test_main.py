"""The command as a process of its own."""

import subprocess
import sys

ENDING = """
import atexit, sys, threading, time
from gate_action.__main__ import main

def late():
    time.sleep(0.3)
    print("a thread", flush=True)

threading.Thread(target=late).start()
sys.argv = ["gate-action", "unheard-of"]
code = main()
atexit.register(print, "what waits for the end")
sys.exit(code)
"""


def test_the_process_ends_with_the_commands_code_once_all_else_has_ended():
    ended = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True, check=False)
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout.splitlines() == ["a thread", "what waits for the end"]
