"""Warm processes to run submissions in: a fork server in a sandbox, and its children.

A process that is forked has everything imported and nothing else, and costs a few milliseconds. The
fork server is started when it is first needed, again when it has died, renewed now and then, and
ended with this process.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.util import Finalize
from pathlib import Path
from typing import IO

import utils
from autograder import inside
from autograder.inside.frames import STARTED, Foul
from autograder.process import PATIENCE, Died, Process
from autograder.sandbox import detect

START = 120.0  # seconds; on a computer with many fonts the first search for them is slow
RENEW = 300  # submissions that one fork server sees


class NoWorker(Exception):
    """No process could be started to run a submission in."""


class Worker:
    """One fork server in its sandbox. Raises NoWorker where it does not start."""

    def __init__(self, unsafe: bool = False) -> None:
        self.sandbox = detect(unsafe)
        self.forks = 0
        self.busy = 0  # of its processes, those that have not ended
        with contextlib.ExitStack() as things:
            folder = things.enter_context(
                tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True)
            )
            things.callback(self.sandbox.close)
            errors = things.enter_context(tempfile.TemporaryFile())
            self._orders, orders = socket.socketpair()
            library = _library(Path(folder).resolve() / "library")
            with orders:
                server = subprocess.Popen(
                    [*self.sandbox.command(library), self.sandbox.level, str(orders.fileno())],
                    env=self.sandbox.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    pass_fds=[orders.fileno()],
                    start_new_session=True,
                )
            things.callback(_wait, server)
            things.enter_context(self._orders)  # once it is closed, the fork server ends
            self._orders.settimeout(START)
            if self._orders.recv(1) != STARTED:
                _wait(server)
                raise NoWorker(f"the fork server did not start: {_last_line(errors)}")
            self._things = things.pop_all()

    def fork(self) -> Process:
        """A new process. Raises OSError where the fork server has ended."""
        self.forks += 1
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
            socket.send_fds(self._orders, [b"f"], far)
            ours.pop_all()
        return Process(self.sandbox.level, channel, leash, raw)

    def close(self) -> None:
        """End the fork server and all its processes."""
        self._things.close()


def _library(place: Path) -> Path:
    """A folder to import from: what runs inside, and `utils`; a copy, for nobody else's use."""
    for package in (inside, utils):
        source = Path(package.__file__ or "").parent
        shutil.copytree(source, place / source.name)
    (place / "zygote.py").write_text("from inside.zygote import main\n\nmain()\n")
    return place


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
        self.current: dict[bool, Worker] = {}
        self.all: set[Worker] = set()
        # bubblewrap ends with the thread that has started it, and this one stays
        self.keeper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fork-server")

    @contextlib.contextmanager
    def process(self, unsafe: bool) -> Iterator[Process]:
        worker, process = self._fork(unsafe)
        try:
            yield process
        finally:
            process.kill()
            with self.lock:
                worker.busy -= 1
                self._retire(worker)

    def _fork(self, unsafe: bool) -> tuple[Worker, Process]:
        with self.lock:
            worker = self._worker(unsafe)
            try:
                process = worker.fork()
            except OSError:  # it has ended since it was last used
                self._drop(worker, unsafe)
                worker = self._worker(unsafe)
                process = worker.fork()
            worker.busy += 1
            if worker.forks >= RENEW:
                self._drop(worker, unsafe)
            return worker, process

    def _worker(self, unsafe: bool) -> Worker:
        if unsafe not in self.current:
            self.current[unsafe] = self.keeper.submit(Worker, unsafe).result()
            self.all.add(self.current[unsafe])
        return self.current[unsafe]

    def _drop(self, worker: Worker, unsafe: bool) -> None:
        del self.current[unsafe]
        self._retire(worker)

    def _retire(self, worker: Worker) -> None:
        if worker.busy == 0 and worker in self.all and worker not in self.current.values():
            self.all.remove(worker)
            worker.close()

    def close(self) -> None:
        with self.lock:
            for worker in self.all:
                worker.close()
            self.current, self.all = {}, set()
        self.keeper.shutdown()


_workers: _Workers | None = None
_making = threading.Lock()


@contextlib.contextmanager
def process(files: Mapping[str, bytes], unsafe: bool = False) -> Iterator[Process]:
    """A process for one submission, with `files` (path → content) in its working folder.

    Raises `sandbox.NoSandbox` where strangers' code cannot be isolated, unless `unsafe`; NoWorker
    where it could be and still no process comes up.
    """
    global _workers
    with _making:
        if _workers is None or _workers.owner != os.getpid():
            _workers = _Workers()
            Finalize(None, close, exitpriority=10)
        workers = _workers
    with workers.process(unsafe) as made:
        names = [[name, len(data)] for name, data in files.items()]
        made.send({"files": names}, b"".join(files.values()))
        _await_ready(made)
        yield made


def _await_ready(process: Process) -> None:
    said, until = "", time.monotonic() + PATIENCE
    try:
        while (frame := process.receive(until)) and frame[0].get("is") != "ready":
            said += frame[1].decode(errors="replace")
    except (Died, Foul):
        last = said.strip().splitlines()[-1:] or ["it said nothing"]
        raise NoWorker(f"a process could not be locked down: {last[0]}") from None
    if frame is None:
        raise NoWorker(f"a process was not ready within {PATIENCE:g} s")


def close() -> None:
    """End all fork servers of this process. Another is started where one is needed again."""
    global _workers
    with _making:
        ending, _workers = _workers, None
    if ending is not None and ending.owner == os.getpid():
        ending.close()
