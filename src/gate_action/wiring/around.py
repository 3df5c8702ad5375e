"""What is around a run while it lasts and gone after it: a folder for builds, an end of what children left, a limit."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from gate_action.clients.children.identity import end_orphans
from gate_action.clients.children.watchdog import watched
from gate_action.wiring.refusals import TimeSpentError


@contextmanager
def ended_orphans() -> Iterator[None]:
    """Ends what children left running, before their folder goes."""
    try:
        yield
    finally:
        end_orphans()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """For builds: children may enter it and not list it. Gone at the end, with what runs there, though we be killed."""
    folder = Path(tempfile.mkdtemp(prefix="gate-action-"))
    folder.chmod(0o711)
    try:
        with watched(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def within(limit_s: float) -> AsyncIterator[None]:
    """Raises TimeSpentError when what runs inside takes longer."""
    limit = asyncio.timeout(limit_s)
    try:
        async with limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise TimeSpentError(
            f"the run took more than limits.run_timeout_s, {limit_s:g} s", hint="raise it, or ask for fewer trials"
        ) from None
