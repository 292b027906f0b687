"""All cases as one batch, against a course that has something to lose."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from small_course import UNIT, make_course, save, submission

from autograder.batch.grade_many import grade
from autograder.course import root
from autograder.grading.verdict import SubmissionReport
from hostile import cheats, endings, files, honest, notebooks, snooping
from hostile.case import Case, compare, write

TIMEOUT = 3.0  # seconds for a cell, and for all calls of one function
WORKERS = 2


def all_cases() -> list[Case]:
    """Every case, the honest ones scattered among the others."""
    hostile = [
        case for module in (endings, cheats, snooping, notebooks, files) for case in module.CASES
    ]
    apart = len(hostile) // len(honest.CASES)
    for place, case in enumerate(honest.CASES):
        hostile.insert(place * (apart + 1), case)
    return hostile


@dataclass
class Batch:
    """What came of a batch: case → (what is wrong with its verdicts, its reports)."""

    found: dict[str, tuple[list[str], list[SubmissionReport]]]
    seconds: float
    out: Path  # the feedback pages
    called: list[str] = field(default_factory=list)  # who reached the port that nobody may reach
    changed: list[str] = field(default_factory=list)  # files of the course that are not as before


def run(place: Path, cases: Sequence[Case], workers: int = WORKERS) -> Batch:
    """Grade `cases` in one batch below the empty folder `place`."""
    course = make_small_and_real_course(place / "course")
    before = contents(course)
    with listener() as (port, called):
        words = {"%COURSE%": str(course), "%PORT%": str(port)}
        paths = [write(case, place / "in", words) for case in cases]
        began = time.monotonic()
        report = grade(paths, course, workers=workers, timeout=TIMEOUT, out=place / "out")
        seconds = time.monotonic() - began
    after = contents(course)
    changed = sorted(p for p in before.keys() | after.keys() if before.get(p) != after.get(p))
    found = compare(cases, paths, report.submissions)
    return Batch(found, seconds, place / "out", called, changed)


def make_small_and_real_course(course: Path) -> Path:
    """The small course with unit 02 beside it, a gradebook, and somebody's submission."""
    make_course(course)
    built = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    source = root() / "solutions"
    shutil.copytree(source / honest.REAL, course / "solutions" / honest.REAL, ignore=built)
    for shared in source.glob("*.py"):
        shutil.copy(shared, course / "solutions")
    with sqlite3.connect(course / "autograder" / "gradebook.db") as base:
        base.execute("CREATE TABLE grade (auto_score REAL)")
        base.execute("INSERT INTO grade VALUES (1)")
    base.close()
    save(submission(), course / "autograder" / "submitted" / "ada" / UNIT / "small.ipynb")
    return course


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


@contextmanager
def listener() -> Iterator[tuple[int, list[str]]]:
    """A TCP, a UDP and an abstract Unix socket of one number, and who reached them."""
    called: list[str] = []
    tcp, udp = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    tcp.bind(("127.0.0.1", 0))
    port = tcp.getsockname()[1]
    udp.bind(("127.0.0.1", port))
    sockets = {"tcp": tcp, "udp": udp}
    if hasattr(socket, "AF_UNIX"):
        sockets["abstract"] = socket.socket(socket.AF_UNIX)
        sockets["abstract"].bind(f"\0hostile-{port}")

    def listen(name: str) -> None:
        try:
            if name == "udp":
                if data := sockets[name].recv(100):  # nothing where it was shut
                    called.append(f"{name}: {data!r}")
            else:
                sockets[name].listen()
                connection, _ = sockets[name].accept()
                called.append(f"{name}: {connection.recv(100)!r}")
                connection.close()
        except OSError:
            pass

    threads = [threading.Thread(target=listen, args=(name,), daemon=True) for name in sockets]
    for thread in threads:
        thread.start()
    try:
        yield port, called
    finally:
        for one in sockets.values():
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for it
            one.close()
