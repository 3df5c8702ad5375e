"""Ends what a run started when we are killed and cannot do it ourselves. Knows a run's processes by its folder."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LABEL = "gate-action"
"""Of containers: the folder of the run that they belong to."""
ENGINE_VARIABLES = (
    "PATH",
    "HOME",
    "USER",
    "XDG_RUNTIME_DIR",
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "CONTAINER_HOST",
    "CONTAINERS_CONF",
    "CONTAINERS_STORAGE_CONF",
    "REGISTRY_AUTH_FILE",
    "BUILDAH_ISOLATION",
)
"""Those that tell a client of docker or podman where its engine is."""
_DONE = b"done\n"
_SCRIPT = """
trap '' INT TERM HUP
read -r word
[ "$word" = done ] && exit 0
for again in 1 2 3; do
  for place in /proc/[0-9]*; do
    tr '\\0' '\\n' <"$place/environ" | grep -qF "TMPDIR=$1/" && kill -KILL "${place#/proc/}"
  done
done
for engine in podman docker; do
  command -v $engine && $engine rm --force $($engine ps --all --quiet --filter "label=$2=$1")
done
rm -rf "$1"
"""
"""Waits for its stdin to end, which it does however its parent ends."""


@contextmanager
def watched(folder: Path) -> Iterator[None]:
    """Should we be killed inside, every process whose TMPDIR lies below ``folder`` is killed, every container that
    bears its label removed, and the folder deleted. Children may clear their environment: those are missed.
    """
    shell = shutil.which("sh")
    if shell is None:
        yield
        return
    dog = subprocess.Popen(
        [shell, "-c", _SCRIPT, "gate-action watchdog", str(folder), LABEL],
        # It is no more closed to judged code of our own uid than any other process is: it must hold no secret.
        env={name: os.environ[name] for name in ENGINE_VARIABLES if name in os.environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert dog.stdin is not None  # noqa: S101  # a pipe, as asked for
    try:
        yield
    finally:
        with suppress(OSError):  # somebody ended it: there is nothing left to call off
            dog.stdin.write(_DONE)
            dog.stdin.close()
        dog.wait()
