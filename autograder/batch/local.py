"""Grades on this computer: in this process, or on worker processes side by side.

A worker process that is killed costs only time: its submission is given to another one, and told as
crashed where that ends as well.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from autograder.batch.task import Refused, Result, Task, lost, work
from autograder.grading.grade import Grader, Job
from autograder.sandbox import isolation, worker
from autograder.submission.read import Source


class Inline:
    """Grades in this process, one after the other."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def __call__(
        self, tasks: Iterable[Task], stopped: Callable[[], bool]
    ) -> Iterator[tuple[int, Result]]:
        grader = Grader(self.job)
        for number, source in tasks:
            if stopped():
                return
            yield number, work(grader, source)


class Local:
    """Grades on processes of this computer, each with one submission at a time."""

    def __init__(self, job: Job, workers: int) -> None:
        self.job, self.most = job, workers

    def __call__(
        self, tasks: Iterable[Task], stopped: Callable[[], bool]
    ) -> Iterator[tuple[int, Result]]:
        fresh, again, tried = iter(tasks), deque[Task](), set[int]()
        idle: list[_Worker] = []
        busy: dict[Any, _Worker] = {}

        def fill() -> None:
            while len(busy) < self.most and not stopped():
                task = again.popleft() if again else next(fresh, None)
                if task is None:
                    return
                worker = idle.pop() if idle else _Worker(self.job)
                busy[worker.connection] = worker
                worker.give(task)

        try:
            fill()
            while busy:
                for connection in wait(list(busy)):
                    worker = busy.pop(connection)
                    number, source = worker.task
                    result = worker.result()
                    if result is not None:
                        idle.append(worker)
                    elif number in tried:
                        said = f"the process that graded it ended twice ({worker.end()})"
                        result = lost(self.job, source, said)
                    else:
                        worker.end()
                        tried.add(number)
                        again.append((number, source))
                    fill()  # so that the worker is not idle while its result is written down
                    if result is not None:
                        yield number, result
        finally:
            for worker in idle:
                worker.connection.close()  # all of them end at the same time
            for worker in idle:
                worker.end()
            for worker in busy.values():
                worker.end(at_once=True)


class _Worker:
    """A process that grades what it is given."""

    def __init__(self, job: Job) -> None:
        context = _context()
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, job), daemon=True)
        self.process.start()
        theirs.close()
        self.task: Task = (0, Source(Path()))

    def give(self, task: Task) -> None:
        self.task = task
        with contextlib.suppress(OSError):  # it has ended: `result` tells
            self.connection.send(task[1])

    def result(self) -> Result | None:
        """What it made of its task, None where it has ended. Raises Refused."""
        try:
            found = self.connection.recv()
        except (EOFError, OSError):
            return None
        if isinstance(found, Refused):
            raise found
        return found

    def end(self, at_once: bool = False) -> str:
        """End it, and say how it ended where it had."""
        self.connection.close()
        if at_once:
            self.process.terminate()
        self.process.join(timeout=3)
        code = self.process.exitcode
        if code is None:
            self.process.kill()
            self.process.join()
        self.process.close()
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _context() -> Any:
    """Processes that inherit nothing of this one: neither its gradebook nor what it has read."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.batch.preload"])
    return context


def _serve(connection: Any, job: Job) -> None:
    """Grade what comes over the connection until it is closed. Runs in a worker process."""
    # Ctrl-C reaches the whole group; the main process decides. A handler of our own, and not
    # SIG_IGN, for what this process starts would inherit that.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what it started is cleared away
    grader = Grader(job)
    try:
        while True:
            source = connection.recv()
            try:
                answer: Any = work(grader, source)
            except isolation.NoSandbox as error:
                answer = Refused(str(error))
            connection.send(answer)
    except (EOFError, OSError):
        pass  # the main process has closed the connection, or is gone
    finally:
        worker.close()
