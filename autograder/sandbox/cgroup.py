"""A cap over all that one worker and its submissions use together, where the kernel lets us set it.

Control groups of version 1 and 2. It is a second net: each submission has limits of its own, but
those count address space and not memory, and root's threads not at all.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MEMORY = 2_000_000_000  # bytes: Python and one submission, files in memory included
TASKS = 128  # processes and threads
_SETTINGS = {
    "memory": {"memory.limit_in_bytes": MEMORY, "memory.max": MEMORY},
    "pids": {"pids.max": TASKS},
}
_numbers = itertools.count()


@dataclass(frozen=True)
class Group:
    """The control group of one worker: a folder, or with version 1 one for each thing capped.

    caps: which of "memory" and "pids" are capped.
    """

    folders: tuple[Path, ...]
    caps: tuple[str, ...]

    @classmethod
    def create(cls, proc: Path = Path("/proc/self")) -> Group | None:
        """A new group below this process's own, or beside it. None where none may be made."""
        name = f"grading-{os.getpid()}-{next(_numbers)}"
        folders: list[Path] = []
        caps = []
        for cap, settings in _SETTINGS.items():
            for parent in _parents(proc, cap):
                _sweep(parent)
                folder = parent / name
                if _set_up(folder, cap, settings):
                    folders.append(folder)
                    caps.append(cap)
                    break
        return cls(tuple(dict.fromkeys(folders)), tuple(caps)) if caps else None

    def entry(self) -> list[str]:
        """What to put before an argv so that it runs in this group from its first step on."""
        places = [str(folder / "cgroup.procs") for folder in self.folders]
        each = (
            'n=$1; shift; while [ $n -gt 0 ]; do echo $$ > "$1" || exit 1; shift; n=$((n-1)); done'
        )
        return ["/bin/sh", "-c", f'{each}; unset PWD; exec "$@"', "sh", str(len(places)), *places]

    def remove(self) -> None:
        """To be called when all processes in it have ended; waits two seconds for the last."""
        for folder in self.folders:
            for _ in range(200):
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError:  # a process is still on its way out
                    time.sleep(0.01)
                else:
                    break


def _parents(proc: Path, cap: str) -> Iterator[Path]:
    """Groups in which one for `cap` may be made, nearest first."""
    own: dict[str, str] = {}  # controller → this process's group; version 2 goes by ""
    for line in _lines(proc / "cgroup"):
        _, controllers, path = line.split(":", 2)
        own |= dict.fromkeys(controllers.split(","), path)
    for line in _lines(proc / "mountinfo"):
        first, _, last = line.partition(" - ")
        root, place = first.split(" ")[3:5]
        kind, _, options = last.split(" ", 2)
        if kind == "cgroup" and cap in options.split(",") and cap in own:
            yield _below(place, root, own[cap])
        elif kind == "cgroup2" and "" in own:
            here = _below(place, root, own[""])
            yield here
            if here != Path(place):  # a group that holds processes cannot pass its caps on
                yield here.parent


def _below(place: str, root: str, path: str) -> Path:
    """Where the group `path` is found when the group `root` is mounted at `place`."""
    inner = os.path.relpath(path, root)
    return Path(place) if inner.startswith("..") else Path(os.path.normpath(Path(place, inner)))


def _set_up(folder: Path, cap: str, settings: dict[str, int]) -> bool:
    with contextlib.suppress(OSError):  # version 1, or passed on already, or not for us to say
        (folder.parent / "cgroup.subtree_control").write_text(f"+{cap}")
    there = folder.is_dir()
    try:
        folder.mkdir(exist_ok=True)
        names = [name for name in settings if (folder / name).exists()]
        for name in names:
            (folder / name).write_text(str(settings[name]))
        if names:
            return True
    except OSError:
        pass
    if not there:
        with contextlib.suppress(OSError):
            folder.rmdir()
    return False


def _sweep(parent: Path) -> None:
    """Remove what graders left that were killed."""
    for folder in parent.glob("grading-*"):
        owner = folder.name.split("-")[1]
        with contextlib.suppress(OSError):  # processes are in it, or another grader was faster
            # the age because a grader in another container has numbers of its own
            if not Path("/proc", owner).exists() and time.time() - folder.stat().st_mtime > 60:
                folder.rmdir()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
