"""Keeps the children away from our memory and environment: another uid where we may choose one, and a closed /proc."""

import ctypes
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from gate_action.clients.children.process import Identity, Launch, descendants, send_signal
from gate_action.model.run import Build
from gate_action.model.trial import Arm

_log = logging.getLogger(__name__)

UIDS = {Arm.BASE: 65010, Arm.HEAD: 65011}
"""Nobody's numbers: one for each arm, so that head's code can neither signal nor alter base's."""
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_CAPBSET_DROP = 24
_OPENING_CAPABILITIES = {"sys_ptrace": 19, "sys_admin": 21, "perfmon": 38}
"""With any of them a child of root reads another process's memory, however closed that is. None is in a container's
usual set."""
_PROBE = 'cd "$1" || exit 41; test -r . || exit 41; shift; for f in "$@"; do test -x "$f" || exit 42; done'
_NO_FOLDER, _NO_PROGRAM = 41, 42
_PROBE_TIMEOUT_S = 10.0
_LONGEST_HUNT_S = 5.0


def harden() -> tuple[str, ...]:
    """Makes our process unreadable for others of our uid, and the one to whom orphaned children fall.

    Returns sentences for the log where the kernel offers less. Children can do all they could, but for root's ways
    into other processes.
    """
    if sys.platform != "linux":
        return (f"children of our own uid may read our environment: {sys.platform} offers no way to prevent it",)
    libc = ctypes.CDLL(None, use_errno=True)
    warnings = []
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        warnings.append(f"children may read our environment: prctl says {os.strerror(ctypes.get_errno())}")
    if os.geteuid() == 0:
        for capability in _OPENING_CAPABILITIES.values():
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # refused where it is not ours: then no child has it
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        warnings.append(f"daemons that children leave may survive: prctl says {os.strerror(ctypes.get_errno())}")
    return tuple(warnings)


def end_orphans() -> tuple[int, ...]:
    """Kills every descendant that lives in a session of its own: daemons that children left. For the end of a run.

    Finds them only after ``harden``. Looks until none is left: one that forks again and again is gone from where it
    was seen, and its child is not. Returns their pids.
    """
    ended: dict[int, None] = {}
    deadline = time.monotonic() + _LONGEST_HUNT_S
    while strays := [pid for pid in descendants(os.getpid()) if _is_in_other_session(pid)]:
        for pid in strays:
            send_signal((pid,), signal.SIGKILL)
            with suppress(ChildProcessError):  # its parent is not us: not yet
                os.waitpid(pid, os.WNOHANG)
        ended |= dict.fromkeys(strays)
        if time.monotonic() > deadline:
            _log.warning("%d processes that children left behind cannot be ended", len(strays))
            break
    return tuple(ended)


def child_identity(arm: Arm, folder: Path, argv: Sequence[str], path: str | None) -> Identity:
    """Another uid where we are root and it can enter ``folder`` and execute ``argv``; else ourselves, and why.

    ``path`` is the PATH that the child will have.
    """
    if os.geteuid() != 0:
        return Identity(reason="children run under our own uid: only root can choose another")
    return _probed(UIDS[arm], folder, argv, path)


def build_identity(build: Build, argv: Sequence[str]) -> Identity:
    """As ``child_identity``, and as the owner of the build's folder where it was handed to one."""
    folder, path = build.folder, build.environment.get("PATH")
    if folder is None:
        return Identity(reason=f"{build.arm}'s children run under our own uid: they have no folder of their own")
    owner = folder.stat().st_uid
    if os.geteuid() != 0 or owner == 0:
        return child_identity(build.arm, folder, argv, path)
    return _probed(owner, folder, argv, path)


def launch_of(build: Build, argv: Sequence[str]) -> Launch:
    """``argv`` at the top of the build's checkout, with the build's environment, as ``build_identity`` says."""
    own = {"GATE_ARM": str(build.arm), "GATE_REVISION": build.revision.sha}
    identity = build_identity(build, argv)
    if identity.reason:
        _log.warning("%s: %s", build.arm, identity.reason)
    return Launch(argv=tuple(argv), folder=build.folder, environment={**build.environment, **own}, identity=identity)


def _probed(uid: int, folder: Path, argv: Sequence[str], path: str | None) -> Identity:
    """Asks the kernel, as that uid: mode bits alone tell nothing of user namespaces and access lists."""
    programs = _programs(folder, argv[0], path)
    try:
        probe = subprocess.run(
            ["/bin/sh", "-c", _PROBE, "sh", str(folder), *programs],
            user=uid,
            group=uid,
            extra_groups=(),
            env={},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Identity(reason=f"children run under our own uid: cannot start one as uid {uid} ({error})")
    match probe.returncode:
        case 0:
            return Identity(uid=uid, gid=uid)
        case code if code == _NO_FOLDER:
            return Identity(reason=f"children run under our own uid: uid {uid} cannot enter {folder}")
        case code if code == _NO_PROGRAM:
            return Identity(reason=f"children run under our own uid: uid {uid} cannot execute {' or '.join(programs)}")
        case code:
            return Identity(reason=f"children run under our own uid: the probe as uid {uid} ended with {code}")


def _programs(folder: Path, program: str, path: str | None) -> list[str]:
    """The program's file, and its interpreter if it is a script. Empty: not found, so starting it will tell."""
    found = str(folder / program) if "/" in program else shutil.which(program, path=path or os.defpath)
    if found is None or not Path(found).is_file():
        return []
    interpreter = _interpreter(Path(found), path)
    return [found, interpreter] if interpreter else [found]


def _interpreter(file: Path, path: str | None) -> str | None:
    with file.open("rb") as opened:
        first = opened.readline(512)
    if not first.startswith(b"#!"):
        return None
    words = first[2:].decode("utf-8", "replace").split()
    if len(words) > 1 and Path(words[0]).name == "env":
        return shutil.which(words[-1], path=path or os.defpath)
    return words[0] if words else None


def _is_in_other_session(pid: int) -> bool:
    try:
        return os.getsid(pid) != os.getsid(0)
    except ProcessLookupError:
        return False
