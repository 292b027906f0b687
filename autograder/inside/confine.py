"""Makes a forked process harmless before a stranger's code runs in it.

Runs inside the sandbox, next to the fork server, with the standard library alone. `fork` and then,
in the child, `lock_down` are called once per submission. What each level promises is told in
`autograder/sandbox.py`.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import tempfile
from collections.abc import Iterable, Mapping

LIMITS = {
    "cpu": 600,  # seconds of processor time, all threads together
    "memory": 2_000_000_000,  # bytes of address space
    "file": 50_000_000,  # bytes of one file
    "files": 256,  # open files
    "processes": 64,  # processes and threads
    "disk": 64_000_000,  # bytes in all files together
}
"""What `lock_down` grants where `limits` says nothing."""


def fork(level: str) -> int:
    """Like `os.fork`, but at level "namespaces" the child is alone: it sees no other process.

    Returns the child's pid in the parent and 0 in the child. SIGKILL to that pid ends all that the
    child started, SIGINT interrupts it, `os.waitpid` gives its end. Only for a process with a
    single thread. Raises OSError where the child cannot be made or cannot be set apart.
    """
    return os.fork()


def lock_down(level: str, limits: Mapping[str, int] | None = None, keep: Iterable[int] = ()) -> str:
    """Take from this process all that a computation does not need. To be called in the child.

    limits: any of the keys of `LIMITS`, the rest stays as there. keep: file descriptors to leave
    open, 0, 1 and 2 are left anyhow. Returns the only folder it may write to, which is its working
    folder from then on; HOME and TMPDIR lie inside it. Raises OSError where a lock does not close:
    then no stranger's code may run.
    """
    bounds = LIMITS | dict(limits or {})
    os.setsid()
    work = _folder()
    _limit(bounds)
    _close(keep)
    return work


def clean(pid: int) -> None:
    """Remove what the ended child `pid` left on disk. To be called in the parent."""
    shutil.rmtree(_place(pid), ignore_errors=True)


def _place(pid: int) -> str:
    return os.path.join(tempfile.gettempdir(), f"submission-{pid}")


def _folder() -> str:
    place = _place(os.getpid())
    for name in ("work", "tmp", "home"):
        os.makedirs(os.path.join(place, name), mode=0o700, exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = os.path.join(place, "tmp")
    os.environ["HOME"] = os.environ["IPYTHONDIR"] = os.path.join(place, "home")
    os.chdir(os.path.join(place, "work"))
    return place


def _limit(bounds: Mapping[str, int]) -> None:
    for kind, most in (
        (resource.RLIMIT_CPU, bounds["cpu"]),
        (resource.RLIMIT_AS, bounds["memory"]),
        (resource.RLIMIT_FSIZE, bounds["file"]),
        (resource.RLIMIT_NOFILE, bounds["files"]),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower limit holds already
            resource.setrlimit(kind, (most, most))


def _close(keep: Iterable[int]) -> None:
    last = 2
    for descriptor in sorted({number for number in keep if number > 2}):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, os.sysconf("SC_OPEN_MAX"))
