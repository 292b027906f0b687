"""Warm processes to run submissions in: a fork server in a sandbox, and its children.

A process that is forked has everything imported and nothing else, and costs a few milliseconds. The
fork server is started when it is first needed, again when it has died, renewed now and then, and
ended with this process.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from compileall import compile_dir
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.util import Finalize
from pathlib import Path
from typing import IO

import utils
from autograder.course import root
from autograder.sandbox import inside
from autograder.sandbox.inside.frames import DRAW, FORK, STARTED, Foul
from autograder.sandbox.isolation import detect, forget
from autograder.sandbox.process import PATIENCE, Abandoned, Died, Process

START = 120.0  # seconds; on a computer with many fonts the first search for them is slow
Given = Sequence[tuple[list[str], str]]
"""(names, the source of a statement that defines them), in order."""
RENEW = 300  # submissions that one fork server sees
_IMPORT = re.compile(r"\bfrom (utils[\w.]*) import ([\w, ]*)")


class NoWorker(Exception):
    """No process could be started to run a submission in."""


class _Ended(NoWorker):
    """The fork server, or what it has forked, has ended before a submission could run."""


class Worker:
    """One fork server in its sandbox. Raises NoWorker where it does not start."""

    def __init__(self, unsafe: bool = False) -> None:
        self.sandbox = detect(unsafe)
        self.forks = 0
        self.busy = 0  # of its processes, those that have not ended
        self.draws = self.drawn = False  # it has loaded what draws; a submission has drawn
        with contextlib.ExitStack() as things:
            folder = things.enter_context(
                tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True)
            )
            things.callback(self.sandbox.close)
            errors = things.enter_context(tempfile.TemporaryFile())
            self._orders, orders = socket.socketpair()
            library = _library(Path(folder).resolve() / "library")
            try:
                self.server = subprocess.Popen(
                    [*self.sandbox.command(library), self.sandbox.level, str(orders.fileno())],
                    env=self.sandbox.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    pass_fds=[orders.fileno()],
                    start_new_session=True,
                )
            except OSError as error:
                self._orders.close()
                raise NoWorker(f"the fork server did not start: {error}") from None
            finally:
                orders.close()
            things.callback(_wait, self.server)
            things.enter_context(self._orders)  # once it is closed, the fork server ends
            self._orders.settimeout(START)
            if not self._started():
                _wait(self.server)
                forget()
                raise NoWorker(f"the fork server did not start: {_last_line(errors)}")
            self._things = things.pop_all()

    def _started(self) -> bool:
        try:
            return self._orders.recv(1) == STARTED
        except OSError:  # too late, or cut off
            return False

    def fork(self) -> Process:
        """A new process. Raises NoWorker where the fork server has ended."""
        self.forks += 1
        if self.drawn and not self.draws:  # where one submission has drawn, others will
            self.draws = True
            self._order(DRAW)
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            channel, far_channel = socket.socketpair()
            leash, far_leash = socket.socketpair()
            raw: dict[int, str] = {}
            far = [far_channel.fileno(), far_leash.fileno()]
            for mine, other in ((channel, far_channel), (leash, far_leash)):
                ours.callback(mine.close)
                theirs.callback(other.close)
            for name in ("stdout", "stderr"):
                read, write = os.pipe()
                ours.callback(os.close, read)
                theirs.callback(os.close, write)
                raw[read] = name
                far.append(write)
            self._order(FORK, far)
            ours.pop_all()
        return Process(self.sandbox.level, channel, leash, raw)

    def _order(self, what: bytes, descriptors: Sequence[int] = ()) -> None:
        try:
            socket.send_fds(self._orders, [what], descriptors)
        except OSError as error:
            raise _Ended(f"the fork server has ended: {error}") from None

    def close(self) -> None:
        """End the fork server and all its processes."""
        self._things.close()


def _library(place: Path) -> Path:
    """A folder to import from: what runs inside, and `utils`; a copy, for nobody else's use."""
    for package in (inside, utils):
        source = Path(package.__file__ or "").parent
        if os.access(source, os.W_OK):  # once, as Python would; inside nothing can be written
            compile_dir(source, quiet=2)
        shutil.copytree(source, place / source.name)
    start = f"from inside.zygote import main\n\nmain({_imported()!r})\n"
    (place / "zygote.py").write_text(start)
    return place


def _imported() -> list[str]:
    """The modules of `utils` that the course's notebooks import, as far as there are such."""
    found: set[str] = set()
    for notebook in (root() / "solutions").glob("*/*.ipynb"):
        for name, more in _IMPORT.findall(notebook.read_text(encoding="utf-8")):
            found |= {name, *(f"{name}.{part.strip()}" for part in more.split(","))}
    return sorted(name for name in found if name[-1] != "." and _is_module(name))


def _is_module(name: str) -> bool:
    place = Path(utils.__file__ or "").parent.parent.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def _wait(server: subprocess.Popen[bytes]) -> None:
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _last_line(file: IO[bytes]) -> str:
    file.seek(0)
    lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1][:500] if lines else "it said nothing"


class _Workers:
    """The fork servers of this process: one, and for a moment others that are being renewed."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.lock = threading.Lock()
        self.coming: dict[bool, Future[Worker]] = {}
        self.current: dict[bool, Worker] = {}
        self.all: set[Worker] = set()
        # bubblewrap ends with the thread that has started it, and this one stays
        self.keeper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fork-server")

    def start(self, unsafe: bool) -> None:
        with self.lock:
            if unsafe not in self.current and unsafe not in self.coming:
                self.coming[unsafe] = self.keeper.submit(Worker, unsafe)

    @contextlib.contextmanager
    def process(self, files: Mapping[str, bytes], unsafe: bool, course: Given) -> Iterator[Process]:
        try:
            worker, process = self._ready(files, unsafe, course)
        except _Ended:  # since it was last used; a new one that ends is a reason to give up
            worker, process = self._ready(files, unsafe, course)
        try:
            yield process
        finally:
            self._take_back(worker, process)

    def _ready(
        self, files: Mapping[str, bytes], unsafe: bool, course: Given
    ) -> tuple[Worker, Process]:
        """A process that is locked down and has its files."""
        with self.lock:
            if unsafe not in self.current:
                coming = self.coming.pop(unsafe, None) or self.keeper.submit(Worker, unsafe)
                self.current[unsafe] = coming.result()
                self.all.add(self.current[unsafe])
            worker = self.current[unsafe]
            worker.busy += 1
            if worker.forks + 1 >= RENEW:
                del self.current[unsafe]
        process = None
        try:
            process = worker.fork()
            _give(process, files, course)
        except Exception:
            self._take_back(worker, process, spent=True)
            raise
        return worker, process

    def _take_back(self, worker: Worker, process: Process | None, spent: bool = False) -> None:
        if process is not None:
            process.kill()
        with self.lock:
            worker.drawn |= process is not None and process.drew
            worker.busy -= 1
            if spent and worker in self.current.values():
                self.current = {key: one for key, one in self.current.items() if one is not worker}
            if worker.busy == 0 and worker in self.all and worker not in self.current.values():
                self.all.remove(worker)
                worker.close()

    def close(self) -> None:
        with self.lock:
            for coming in self.coming.values():  # it was started, and nothing came to be graded
                with contextlib.suppress(Exception):
                    self.all.add(coming.result())
            for worker in self.all:
                worker.close()
            self.coming, self.current, self.all = {}, {}, set()
        self.keeper.shutdown()


_workers: _Workers | None = None
_making = threading.Lock()


@contextlib.contextmanager
def process(
    files: Mapping[str, bytes], unsafe: bool = False, course: Given = ()
) -> Iterator[Process]:
    """A process for one submission, with `files` (path → content) in its working folder.

    course: what the course's own cells define, for notebooks that lack it.

    Raises `isolation.NoSandbox` where strangers' code cannot be isolated, unless `unsafe`; NoWorker
    where it could be and still no process comes up.
    """
    with _all().process(files, unsafe, course) as made:
        yield made


def start(unsafe: bool = False) -> None:
    """Have a fork server started while this process does other things: `process` waits for it.

    What goes wrong is raised by `process`.
    """
    _all().start(unsafe)


def _all() -> _Workers:
    global _workers
    with _making:
        if _workers is None or _workers.owner != os.getpid():
            _workers = _Workers()
            Finalize(None, close, exitpriority=10)
        return _workers


def _give(process: Process, files: Mapping[str, bytes], course: Given) -> None:
    """Hand over the files and wait until the process is locked down."""
    names = [[name, len(data)] for name, data in files.items()]
    process.send({"files": names, "course": list(course)}, b"".join(files.values()))
    said, until = "", time.monotonic() + PATIENCE
    try:
        while (frame := process.receive(until)) and frame[0].get("is") != "ready":
            said += frame[1].decode(errors="replace")
    except (Died, Abandoned, Foul):
        last = said.strip().splitlines()[-1:] or ["it said nothing"]
        forget()
        raise _Ended(f"a process could not be locked down: {last[0]}") from None
    if frame is None:
        raise _Ended(f"a process was not ready within {PATIENCE:g} s")


def close() -> None:
    """End all fork servers of this process. Another is started where one is needed again."""
    global _workers
    with _making:
        ending, _workers = _workers, None
    if ending is not None and ending.owner == os.getpid():
        ending.close()
