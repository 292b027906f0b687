"""A fork server in a sandbox for test_sandbox.py: how it is started, and how it is spoken to."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.sandbox import isolation
from autograder.sandbox.inside import landlock

ROOT = Path(__file__).resolve().parents[2]
USER = 12345  # an ordinary user whom this machine need not know
SECRET = "the-key-that-no-submission-may-see"

PRELUDE = """
import ctypes, errno, os, resource, signal, socket, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)

def attempt(f, *arguments, **options):
    try:
        f(*arguments, **options)
    except Exception as error:
        return type(error).__name__
    return "done"

def call(number, *arguments):
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    if libc.syscall(ctypes.c_long(number), *wide) == -1:
        return errno.errorcode[ctypes.get_errno()]
    return "done"
"""

# Run by the Python of whoever grades: the first way of this kind that works for him.
DESCRIBE = """
import json, sys
from pathlib import Path
from autograder.sandbox import isolation
for made, name in isolation._ways():
    if name.startswith(sys.argv[1]):
        problem = isolation._problem(made)
        if not problem:
            print(json.dumps([made.level, made.command(Path(sys.argv[2])), made.environment()]))
            sys.exit()
sys.exit(f"{name}: {problem}")
"""


@dataclass(frozen=True)
class Person:
    """Who grades: the Python he runs, and what to put before an argv to become him."""

    python: str
    become: tuple[str, ...] = ()


def ordinary_user(place: Path) -> Person | str:
    """Somebody without rights, with a Python that he may read; or why there is none. For root."""
    setpriv, python = shutil.which("setpriv"), Path("/usr/bin/python3")
    if setpriv is None or not python.exists():
        return "no setpriv, or no Python that all users may read"
    subprocess.run([python, "-m", "venv", "--without-pip", place / "venv"], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = place / "venv" / "lib" / version / "site-packages"
    if not packages.is_dir():
        return "the Python that all users may read is of another version than this one"
    own = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    (packages / "own.pth").write_text(f"{own}\n")
    rights = ["--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    become = (setpriv, f"--reuid={USER}", f"--regid={USER}", *rights)
    return Person(str(place / "venv" / "bin" / "python"), become)


@contextlib.contextmanager
def place_for_all() -> Iterator[Path]:
    """A folder that every user may read. pytest's own are its user's alone, always anew."""
    with tempfile.TemporaryDirectory(prefix="sandbox-test-") as name:
        place = Path(name).resolve()
        place.chmod(0o755)
        yield place


class Worker:
    """Runs snippets as submissions run. start: a way of isolation, by how its name begins."""

    def __init__(self, person: Person, way: str, library: Path) -> None:
        """LookupError with the reason where this machine does not offer that."""
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(
            ROOT / "autograder" / "sandbox" / "inside", library / "inside", ignore=ignore
        )
        shutil.copy(Path(__file__).parent / "sandbox_server.py", library / "zygote.py")
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SECRET": SECRET}
        described = subprocess.run(
            [*person.become, person.python, "-c", DESCRIBE, way, str(library)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        if described.returncode:
            raise LookupError(described.stderr.strip().splitlines()[-1])
        self.level, self.argv, self.environment = json.loads(described.stdout)
        self.bubblewrap = any(part.endswith("bwrap") for part in self.argv)
        self.library = library
        self.mark = f"--mark-{time.monotonic_ns()}"
        self.process = subprocess.Popen(
            [*person.become, *self.argv, self.level, self.mark],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.here("1")  # it has become who and where it shall be

    def ask(self, **order: object) -> dict:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the fork server has died"
        return json.loads(line)

    def start(self, code: str, lock: bool = True, **limits: int) -> int:
        """Begin a submission that runs `code`; its pid for the fork server."""
        code = PRELUDE + textwrap.dedent(code)
        return self.ask(do="start", code=code, lock=lock, limits=limits)["pid"]

    def wait(self, pid: int) -> tuple[str, int]:
        """What it printed, and how it ended: below 0 by a signal."""
        ended = self.ask(do="wait", pid=pid)
        return ended["out"].strip(), ended["code"]

    def run(self, code: str, **limits: int) -> list[str]:
        """The lines that a submission printed which must have come to its end."""
        out, end = self.wait(self.start(code, **limits))
        assert end == 0, f"ended with {end}: {out}"
        return out.split("\n")

    def here(self, expression: str) -> object:
        """What the fork server itself makes of it, "refused: …" for an OSError."""
        return self.ask(do="here", code=expression)["value"]

    def signal(self, pid: int, number: int) -> None:
        self.ask(do="signal", pid=pid, signal=number)

    def caps(self) -> set[str]:
        """What a control group caps for all of this worker's processes together."""
        lines = Path(f"/proc/{self.process.pid}/cgroup").read_text().splitlines()
        inside = [line.split(":")[1] for line in lines if "/grading-" in line]
        return {"memory", "pids"} if inside == [""] else {c for p in inside for c in p.split(",")}

    @property
    def is_root(self) -> bool:
        return Path(f"/proc/{self.process.pid}").stat().st_uid == 0

    def left(self) -> list[str]:
        """The processes of this worker that this machine knows."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if self.mark.encode() in path.read_bytes():
                    found.append(path.parent.name)
            except OSError:  # gone meanwhile
                continue
        return found

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        if not self.bubblewrap:
            shutil.rmtree(self.environment["HOME"], ignore_errors=True)
        if self.argv[0] == "/bin/sh":  # what Sandbox.close does for its own worker
            for place in (part for part in self.argv if part.endswith("/cgroup.procs")):
                _remove(Path(place).parent)


def _remove(folder: Path) -> None:
    for _ in range(100):
        try:
            return folder.rmdir()
        except OSError:
            time.sleep(0.02)


def refusing_namespaces() -> list[str]:
    """What a command is started with to be refused new namespaces; skips where that cannot be."""
    bwrap = next(iter(isolation.bubblewraps()), None)
    if bwrap is None or landlock.version() == 0:
        pytest.skip("needs bubblewrap and Landlock")
    refuse = [bwrap, "--dev-bind", "/", "/", "--unshare-user", "--disable-userns"]
    refuse += ["--uid", "1000", "--gid", "1000"]
    if subprocess.run([*refuse, "true"], capture_output=True).returncode:
        pytest.skip("this bubblewrap cannot refuse namespaces")
    return refuse
