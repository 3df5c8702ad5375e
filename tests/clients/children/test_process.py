"""Children are ended with all that they started, and we keep a bounded part of what they say."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gate_action.clients.children.identity import end_orphans
from gate_action.clients.children.process import (
    TAIL_BYTES,
    Finished,
    Identity,
    Launch,
    Tail,
    describe_exit,
    run_to_end,
    start_child,
)
from gate_action.errors import TargetStartError

pytestmark = pytest.mark.slow

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
OURS = Identity()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def told(file: Path) -> str:
    return file.read_text().strip() if file.exists() else ""


def told_pid(file: Path) -> int:
    """0 while nothing is told."""
    return int(told(file) or "0")


async def until(condition: Callable[[], bool]) -> bool:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # neither a file nor another's child tells an event
            await asyncio.sleep(0.01)
    return True


async def pid_in(file: Path) -> int:
    await until(lambda: told_pid(file) > 0)
    return told_pid(file)


async def is_gone(pid: int) -> bool:
    """A killed process is not gone at once: the kernel gets to it."""
    return await until(lambda: not is_alive(pid))


def sh(text: str, folder: Path) -> Launch:
    return Launch(argv=("/bin/sh", "-c", text), folder=folder, environment=ENVIRONMENT)


async def test_a_command_is_run_to_its_end_in_its_folder(tmp_path: Path):
    (tmp_path / "here").touch()
    done = await run_to_end(
        ["/bin/sh", "-c", "ls; echo no >&2; exit 3"], tmp_path, ENVIRONMENT, timeout_s=10, identity=OURS
    )
    assert done == Finished(exit_code=3, tail="here\nno")


async def test_a_command_that_takes_too_long_is_ended_and_has_no_exit_code(tmp_path: Path):
    argv = ["/bin/sh", "-c", "echo working; sleep 60"]
    done = await run_to_end(argv, tmp_path, ENVIRONMENT, timeout_s=0.3, identity=OURS)
    assert done == Finished(exit_code=None, tail="working")


async def test_a_command_gets_no_input_and_exactly_its_environment(tmp_path: Path):
    argv = ["/bin/sh", "-c", "cat; env"]
    done = await run_to_end(argv, tmp_path, {"A": "1", **ENVIRONMENT}, timeout_s=10, identity=OURS)
    assert {line for line in done.tail.splitlines() if not line.startswith(("PWD=", "_=", "SHLVL="))} == {
        "A=1",
        "PATH=/usr/bin:/bin",
    }


async def test_a_command_that_writes_elsewhere_is_not_thought_to_have_ended(tmp_path: Path):
    argv = ["/bin/sh", "-c", "exec >log 2>&1 </dev/null; sleep 1.1; echo done > done; exit 4"]
    done = await run_to_end(argv, tmp_path, ENVIRONMENT, timeout_s=10, identity=OURS)
    assert done == Finished(exit_code=4, tail="")
    assert told(tmp_path / "done") == "done"


async def test_a_background_process_that_holds_the_pipes_does_not_hold_the_run(tmp_path: Path):
    started = time.perf_counter()
    argv = ["/bin/sh", "-c", "sleep 60 & echo $! > left.pid; exit 0"]
    done = await run_to_end(argv, tmp_path, ENVIRONMENT, timeout_s=30, identity=OURS)
    assert done.exit_code == 0
    assert time.perf_counter() - started < 5
    assert await is_gone(await pid_in(tmp_path / "left.pid"))


@pytest.mark.parametrize(
    "grandchild",
    ["sleep 60", "setsid sleep 60", "sh -c 'trap \"\" TERM; sleep 60'", "sh -c 'setsid setsid sleep 60'"],
)
async def test_stopping_a_child_ends_what_it_started(tmp_path: Path, grandchild: str):
    child = await start_child(sh(f"{grandchild} & echo $! > left.pid; wait", tmp_path), lambda _: None)
    left = await pid_in(tmp_path / "left.pid")
    await child.stop(0.2)
    assert child.exit_code is not None
    assert not is_alive(child.pid)
    assert await is_gone(left)


async def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path):
    child = await start_child(
        sh("trap '' TERM; echo $$ > own.pid; while :; do sleep 1; done", tmp_path), lambda _: None
    )
    await pid_in(tmp_path / "own.pid")
    await child.stop(0.2)
    assert child.exit_code == -9


async def test_a_child_may_tidy_up_on_sigterm(tmp_path: Path):
    text = "trap 'echo bye > bye; exit 0' TERM; echo $$ > own.pid; while :; do sleep 0.05; done"
    child = await start_child(sh(text, tmp_path), lambda _: None)
    await pid_in(tmp_path / "own.pid")
    await child.stop(5)
    assert child.exit_code == 0
    assert (tmp_path / "bye").exists()


async def test_a_child_is_killed_when_its_stopping_is_cancelled(tmp_path: Path):
    child = await start_child(
        sh("trap '' TERM; echo $$ > own.pid; while :; do sleep 1; done", tmp_path), lambda _: None
    )
    await pid_in(tmp_path / "own.pid")
    stopping = asyncio.create_task(child.stop(60))
    await asyncio.sleep(0.1)
    stopping.cancel()
    await asyncio.wait({stopping})
    await child.wait()
    assert child.exit_code == -9


@pytest.mark.skipif(sys.platform != "linux", reason="orphans fall to us on Linux only")
@pytest.mark.parametrize("ticks", range(1, 6))
async def test_a_start_that_is_cancelled_leaves_nothing_and_waits_for_nobody(tmp_path: Path, ticks: int):
    launch = Launch(argv=("sh", "-c", "sleep 20 & echo $! > pid; wait"), folder=tmp_path, environment=ENVIRONMENT)
    starting = asyncio.create_task(start_child(launch, lambda chunk: None))
    for _ in range(ticks):
        await asyncio.sleep(0)
        time.sleep(0.05)  # noqa: ASYNC251  # the loop is held up while the child goes on
    starting.cancel()
    async with asyncio.timeout(5):
        await asyncio.wait({starting})
    if starting.cancelled():  # else it had started before
        assert not told(tmp_path / "pid") or await is_gone(told_pid(tmp_path / "pid"))
    else:
        await starting.result().stop(grace_s=0)


def test_daemons_that_left_every_group_are_ended_at_the_end_of_a_run(tmp_path: Path):
    text = f"""
import asyncio, os, sys
from pathlib import Path
from gate_action.clients.children.identity import end_orphans, harden
from gate_action.clients.children.process import Identity, run_to_end
assert harden() == ()
argv = ["/bin/sh", "-c", "(setsid sh -c 'echo $$ > daemon.pid; exec sleep 60' >/dev/null 2>&1 &) ; sleep 0.3"]
asyncio.run(run_to_end(argv, Path({str(tmp_path)!r}), {ENVIRONMENT!r}, timeout_s=10, identity=Identity()))
daemon = int(Path({str(tmp_path)!r}, "daemon.pid").read_text())
os.kill(daemon, 0)
assert end_orphans() == (daemon,)
assert not Path(f"/proc/{{daemon}}").exists()
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr


def test_a_daemon_that_forks_on_and_on_is_ended_as_well(tmp_path: Path):
    """Each of its processes lives for a moment only, and for 10 s in all: no longer than a test may leave one."""
    chain = (
        "import os, time; end = time.monotonic() + 10; os.setsid()\n"
        "while time.monotonic() < end:\n"
        "    if os.fork(): os._exit(0)\n"
        "    os.setsid()\n"
    )
    text = f"""
import asyncio, os, sys
from pathlib import Path
from gate_action.clients.children.identity import end_orphans, harden
from gate_action.clients.children.process import Identity, descendants, run_to_end
assert harden() == ()
argv = ["/bin/sh", "-c", {f'{sys.executable} -c "$CHAIN" >/dev/null 2>&1 & sleep 0.3'!r}]
environment = {ENVIRONMENT!r} | {{"CHAIN": {chain!r}}}
asyncio.run(run_to_end(argv, Path({str(tmp_path)!r}), environment, timeout_s=10, identity=Identity()))
assert descendants(os.getpid()) != ()
end_orphans()
assert descendants(os.getpid()) == ()
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr


def test_there_are_no_orphans_where_nothing_was_started():
    assert end_orphans() == ()


async def test_a_program_that_may_not_be_run_cannot_start(tmp_path: Path):
    (tmp_path / "app").write_text("no program")
    launch = Launch(argv=("./app",), folder=tmp_path, environment=ENVIRONMENT)
    with pytest.raises(TargetStartError, match=r"cannot start './app': Permission denied"):
        await start_child(launch, lambda _: None)


async def test_a_program_that_is_nowhere_is_not_called_forbidden(tmp_path: Path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    is_root = os.getuid() == 0
    stranger = Identity(uid=65010, gid=65010) if is_root else OURS
    launch = Launch(argv=("nonesuch",), folder=Path("/"), environment={"PATH": f"{closed}:/usr/bin"}, identity=stranger)
    with pytest.raises(TargetStartError, match="cannot start 'nonesuch': No such file or directory"):
        await start_child(launch, lambda _: None)


async def test_a_program_is_looked_for_in_the_childs_path_not_in_ours(tmp_path: Path):
    app = tmp_path / "bin" / "app"
    app.parent.mkdir()
    app.write_text("#!/bin/sh\necho found")
    app.chmod(0o755)
    done = await run_to_end(["app"], tmp_path, {"PATH": str(app.parent)}, timeout_s=10, identity=OURS)
    assert done == Finished(exit_code=0, tail="found")


async def test_an_argument_with_a_zero_byte_is_told_not_raised_raw(tmp_path: Path):
    with pytest.raises(TargetStartError, match="null byte"):
        await run_to_end(["/bin/echo", "a\0b"], tmp_path, ENVIRONMENT, timeout_s=10, identity=OURS)


def test_a_tail_keeps_the_last_bytes_only():
    tail = Tail()
    for number in range(10_000):
        tail.feed(b"%d\n" % number)
    assert tail.text.endswith("9998\n9999")
    assert len(tail.text) <= TAIL_BYTES
    tail.feed(b"x" * 1_000_000)
    assert tail.text == "x" * TAIL_BYTES


@pytest.mark.parametrize(
    ("code", "words"), [(0, "exit code 0"), (-9, "signal SIGKILL"), (-250, "signal 250"), (None, "no exit code")]
)
def test_an_exit_is_told_in_words(code: int | None, words: str):
    assert describe_exit(code) == words
