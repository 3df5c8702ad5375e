"""Children that run as somebody else, and a process whose environment they cannot read."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate_action.clients.children.identity import UIDS, build_identity, child_identity, launch_of
from gate_action.clients.children.process import Identity, run_to_end
from gate_action.model.fixture import Fixture
from gate_action.model.metric import Limits
from gate_action.model.run import Build, Revision
from gate_action.model.trial import Arm, Output
from gate_action.targets.command import Command

PATH = "/usr/bin:/bin"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may choose another uid")
SECRET = "s3cr3t-of-the-gate"


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that others may enter: pytest's own is closed to them."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def script(folder: Path, first_line: str) -> tuple[str, ...]:
    file = folder / "app"
    file.write_text(f"{first_line}\necho ran\n")
    file.chmod(0o755)
    return ("./app",)


@needs_root
async def test_root_starts_children_as_somebody_else(folder: Path):
    identity = child_identity(Arm.HEAD, folder, ("id", "-u"), PATH)
    done = await run_to_end(["id", "-u"], folder, {"PATH": PATH}, timeout_s=10, identity=identity)
    assert done.tail == str(UIDS[Arm.HEAD])
    assert identity.reason == ""


@needs_root
async def test_such_a_child_has_no_group_of_ours(folder: Path):
    identity = child_identity(Arm.BASE, folder, ("id",), PATH)
    done = await run_to_end(["id", "-G"], folder, {"PATH": PATH}, timeout_s=10, identity=identity)
    assert done.tail == str(UIDS[Arm.BASE])


@needs_root
async def test_such_a_child_cannot_read_our_environment_nor_signal_the_other_arm(folder: Path):
    head = child_identity(Arm.HEAD, folder, ("cat",), PATH)
    base = child_identity(Arm.BASE, folder, ("sleep",), PATH)
    argv = ["sh", "-c", f"cat /proc/{os.getpid()}/environ || kill -9 {os.getpid()} || exit 5"]
    done = await run_to_end(argv, folder, {"PATH": PATH}, timeout_s=10, identity=head)
    assert done.exit_code == 5
    assert "Permission denied" in done.tail
    assert base.uid != head.uid


@needs_root
async def test_a_command_runs_as_somebody_else_in_a_checkout_that_it_may_write(folder: Path):
    Identity(uid=UIDS[Arm.HEAD], gid=UIDS[Arm.HEAD]).own(folder)
    build = Build(arm=Arm.HEAD, revision=Revision(sha="a"), folder=folder, environment={"PATH": PATH})
    run = ("sh", "-c", "cat >request && stat -c %u request")
    async with Command(run=run, protocol="once").open(build, Limits()) as ask:
        attempt = await ask(Fixture(id="f", input="x"), 0)
    assert attempt.outcome == Output(content=str(UIDS[Arm.HEAD]))


@needs_root
def test_a_folder_is_handed_over_without_following_links(folder: Path):
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "file").write_text("")
    with tempfile.NamedTemporaryFile() as outside:
        (folder / "link").symlink_to(outside.name)
        Identity(uid=65010, gid=65010).own(folder)
        assert Path(outside.name).stat().st_uid == 0
    assert {path.lstat().st_uid for path in folder.rglob("*")} == {65010}


@needs_root
async def test_a_child_runs_as_the_owner_of_its_checkout(folder: Path):
    Identity(uid=65012, gid=65012).own(folder)
    build = Build(arm=Arm.HEAD, revision=Revision(sha="a"), folder=folder, environment={"PATH": PATH})
    assert build_identity(build, ("id",)) == Identity(uid=65012, gid=65012)
    assert launch_of(build, ("id",)).environment == {"PATH": PATH, "GATE_ARM": "head", "GATE_REVISION": "a"}


@needs_root
@pytest.mark.parametrize("first_line", ["#!{closed}/sh", "#!/usr/bin/env inner"])
def test_a_script_whose_interpreter_is_closed_to_others_runs_as_ourselves(folder: Path, first_line: str):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    (closed / "sh").symlink_to("/bin/sh")
    inner = folder / "inner"
    inner.write_text("")
    inner.chmod(0o700)
    (folder / "path").mkdir()
    argv = script(folder, first_line.format(closed=closed))
    identity = child_identity(Arm.HEAD, folder, argv, f"{folder}:{PATH}")
    assert identity.uid is None
    assert "cannot execute" in identity.reason


@needs_root
def test_a_folder_that_others_cannot_enter_is_worked_in_as_ourselves(folder: Path):
    folder.chmod(0o700)
    assert "cannot enter" in child_identity(Arm.HEAD, folder, ("id",), PATH).reason


@needs_root
def test_an_open_script_runs_as_somebody_else(folder: Path):
    assert child_identity(Arm.HEAD, folder, script(folder, "#!/bin/sh"), PATH).uid == UIDS[Arm.HEAD]


def test_a_build_without_a_folder_says_why_its_children_are_ours():
    build = Build(arm=Arm.BASE, revision=Revision(sha="a"))
    assert "no folder" in build_identity(build, ("id",)).reason


HARDENED = f"""
import os, subprocess, sys
{{before}}
from gate_action.clients.children.identity import harden
if {{is_hardened}}: assert harden() == ()
argv = ["/bin/sh", "-c", f"cat /proc/{{{{os.getpid()}}}}/environ"]
done = subprocess.run(argv, env={{{{"PATH": "{PATH}"}}}}, capture_output=True, text=True)
print("read" if "{SECRET}" in done.stdout else "refused")
"""
DROP = "os.setgroups([]); os.setresgid(65013, 65013, 65013); os.setresuid(65013, 65013, 65013)"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc and prctl are Linux's")
@pytest.mark.parametrize(("is_hardened", "seen"), [(True, "refused"), (False, "read")])
def test_a_child_of_our_own_uid_reads_our_environment_unless_we_harden(is_hardened: bool, seen: str):
    """Nobody on both sides: the mere uid opens the door."""
    before = f"import gate_action.clients.children.identity\n{DROP}" if os.geteuid() == 0 else ""
    # setresuid itself makes a process non-dumpable: exec'ing nothing, we undo that to see what harden does
    undo = "import ctypes; ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)"
    text = HARDENED.format(before=f"{before}\n{undo}", is_hardened=is_hardened)
    done = subprocess.run(
        [sys.executable, "-c", text], env={"TOKEN": SECRET}, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.stdout.strip(), done.stderr) == (seen, "")


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root has root's ways in")
@pytest.mark.parametrize(("is_hardened", "seen"), [(True, "refused"), (False, "read")])
def test_a_child_that_stays_root_reads_our_environment_unless_we_harden(is_hardened: bool, seen: str):
    text = HARDENED.format(before="", is_hardened=is_hardened)
    done = subprocess.run(
        [sys.executable, "-c", text], env={"TOKEN": SECRET}, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.stdout.strip(), done.stderr) == (seen, "")
