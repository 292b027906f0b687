"""Makes a forked process harmless before a stranger's code runs in it.

Runs inside the sandbox, beside the fork server, with the standard library alone. `fork` and then,
in the child, `lock_down` are called once per submission. What each level promises is told in
`autograder/sandbox/isolation.py`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys
import tempfile
from collections.abc import Iterable, Mapping

from . import landlock, seccomp, tree

LIMITS = {
    "cpu": 600,  # seconds of processor time, all threads together
    "memory": 1_000_000_000,  # bytes of address space on top of what the fork server takes
    "file": 50_000_000,  # bytes of one file
    "files": 256,  # open files
    "processes": 64,  # threads, for there are no further processes; root's are not counted
    "disk": 64_000_000,  # bytes in all files together, at level "namespaces"
}
"""What `lock_down` grants where `limits` says nothing."""

BOX = "/box"
"""The fork server's own folder at level "namespaces"; a submission's folder is put over it."""

READABLE = "SANDBOX_READABLE"
"""The environment variable that names what may be read at level "landlock", joined by colons."""

_PDEATHSIG, _CAPBSET_DROP, _CAP_AMBIENT = 1, 24, 47  # PR_…
_NEW_MOUNTS, _NEW_IPC, _NEW_USER, _NEW_PID = 0x20000, 0x8000000, 0x10000000, 0x20000000  # CLONE_…
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_EXEC, _BIND = 1, 2, 4, 8, 4096  # MS_…
_libc = ctypes.CDLL(None, use_errno=True)


def fork(level: str) -> int:
    """Like `os.fork`, but at level "namespaces" the child is alone: it sees no other process.

    Returns the child's pid in the parent and 0 in the child. SIGKILL to that pid ends all that the
    child started, SIGINT interrupts it, `os.waitpid` tells how it ended. At the other levels the
    child dies with its parent. Only for a process with a single thread, which must not wait for
    just any child in a signal handler. Raises OSError where the child cannot be set apart.
    """
    if level == "namespaces":
        return _fork_apart()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0 and sys.platform == "linux":
        _check(_libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
        if os.getppid() != parent:
            os._exit(1)
    return pid


def lock_down(level: str, limits: Mapping[str, int] | None = None, keep: Iterable[int] = ()) -> str:
    """Take from this process all that a computation does not need. To be called in the child.

    limits: any of the keys of `LIMITS`, the rest stays as there. keep: file descriptors to leave
    open, 0, 1 and 2 are left anyhow. Returns the only folder it may write to, of which `work` is
    its working folder from then on; HOME and TMPDIR lie in it too. Raises OSError where a lock does
    not close: then no stranger's code may run.
    """
    bounds = LIMITS | dict(limits or {})
    os.setsid()
    _first_to_go()
    bounds["memory"] += _address_space()
    if level != "namespaces":
        bounds["processes"] += _tasks()
    place = BOX if level == "namespaces" else _place(os.getpid())
    if level == "namespaces":
        _mount(
            "tmpfs",
            BOX,
            _NO_SUID | _NO_DEVICES | _NO_EXEC,
            f"size={bounds['disk']},nr_inodes=20k,mode=700",
        )
    _make(place)
    if level == "namespaces":
        _cover(place)
    library = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    readable = [library, *filter(None, os.environ.pop(READABLE, "").split(os.pathsep))]
    _close(keep)
    _limit(bounds)
    if level != "none":
        _drop_capabilities()
        if level == "landlock":
            devices = [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")]
            landlock.restrict(readable + devices, [place, "/dev/null"])
        seccomp.install(files=level == "landlock")
    return place


def clean(pid: int) -> None:
    """Remove what the ended child `pid` left on disk. To be called in the parent."""
    tree.remove(_place(pid))


def _fork_apart() -> int:
    """Send the next child into a pid namespace of its own, where it then makes the other ones."""
    seccomp.assemble(1, False)  # kept for all children
    home = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _check(_libc.unshare(_NEW_PID), "a new pid namespace")
        pid = -1
        try:
            pid = os.fork()
        finally:
            if pid != 0:
                _check(_libc.setns(home, _NEW_PID), "back to the own pid namespace")
    finally:
        os.close(home)
    if pid == 0:
        try:
            _enter()
        except OSError as error:  # never to be met by the fork server's own code
            print(error, file=sys.stderr, flush=True)
            os._exit(1)
    return pid


def _enter() -> None:
    """New user, mount and ipc namespaces, in which this user stays whom it was."""
    user, group = os.getuid(), os.getgid()
    _check(_libc.unshare(_NEW_USER | _NEW_MOUNTS | _NEW_IPC), "new namespaces")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _cover(place: str) -> None:
    """Put the submission's own folders over what the fork server's children would share."""
    _mount("tmpfs", "/proc", _READ_ONLY | _NO_SUID | _NO_DEVICES | _NO_EXEC, "size=4k,mode=555")
    shared = ["/dev/shm"]
    if not any(path.startswith("/tmp/") for path in [sys.prefix, sys.base_prefix, *sys.path]):
        shared.append("/tmp")  # which else would hide Python itself
    for path in shared:
        source = f"{place}/tmp".encode()
        _check(_libc.mount(source, path.encode(), None, ctypes.c_ulong(_BIND), None), path)


def _mount(kind: str, path: str, flags: int, options: str) -> None:
    made = _libc.mount(
        kind.encode(), path.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()
    )
    _check(made, f"mounting {path}")


def _place(pid: int) -> str:
    return os.path.join(os.environ.get("TMPDIR") or tempfile.gettempdir(), f"submission-{pid}")


def _make(place: str) -> None:
    for name in ("work", "tmp", "home"):
        os.makedirs(os.path.join(place, name), mode=0o700, exist_ok=True)
    tempfile.tempdir = None  # what it remembers is the fork server's
    os.environ["TMPDIR"] = os.path.join(place, "tmp")
    for name in ("HOME", "IPYTHONDIR", "MPLCONFIGDIR"):
        os.environ[name] = os.path.join(place, "home")
    os.environ.pop("PWD", None)
    os.chdir(os.path.join(place, "work"))


def _first_to_go() -> None:
    """Where memory runs out the kernel ends this process, not the fork server."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _address_space() -> int:
    with contextlib.suppress(OSError), open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
    return 0


def _tasks() -> int:
    """All that runs on this machine: a limit counts all processes of the user, not these alone."""
    with contextlib.suppress(OSError), open("/proc/loadavg") as file:
        return int(file.read().split()[3].split("/")[1])
    return 10_000


def _limit(bounds: Mapping[str, int]) -> None:
    for kind, most in (
        (resource.RLIMIT_CPU, bounds["cpu"]),
        (resource.RLIMIT_AS, bounds["memory"]),
        (resource.RLIMIT_FSIZE, bounds["file"]),
        (resource.RLIMIT_NOFILE, bounds["files"]),
        (resource.RLIMIT_NPROC, bounds["processes"]),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower limit holds already
            resource.setrlimit(kind, (most, most))


def _close(keep: Iterable[int]) -> None:
    last = 2
    for descriptor in sorted({number for number in keep if number > 2}):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, max(os.sysconf("SC_OPEN_MAX"), last + 2))


def _drop_capabilities() -> None:
    """Root's rights, one and all; the bounding set too, so that none comes back."""
    _libc.prctl(_CAP_AMBIENT, 4, 0, 0, 0)  # PR_CAP_AMBIENT_CLEAR_ALL
    capability = 0
    while _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    header = struct.pack("Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this thread
    _check(_libc.capset(header, struct.pack("6I", *[0] * 6)), "capset")


def _check(result: int, what: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def probe(level: str) -> None:
    """Go through all of it once and print "isolated"; OSError where something is refused."""
    pid = fork(level)
    if pid == 0:
        try:
            lock_down(level)
            with open("proof", "w") as file:
                file.write("one may write here")
        except OSError as error:
            print(error, file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    clean(pid)
    if status != 0:
        raise OSError("a submission could not be locked down")
    print("isolated")
