"""Worker processes: copies of one process that has imported what grades.

They can be started before it is known what they are to grade, while this process still imports
things; so this module itself imports hardly anything.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.batch.task import Result, Task
    from autograder.grading.grade import Job


class Worker:
    """A process that grades what it is given, one submission at a time."""

    def __init__(self, unsafe: bool) -> None:
        self.connection, theirs = context().Pipe()
        self.process = context().Process(target=_serve, args=(theirs, unsafe), daemon=True)
        self.process.start()
        theirs.close()
        self.job: Job | None = None
        self.task: Task | None = None

    def give(self, job: Job, task: Task) -> None:
        """Have it grade the task. The first one says which job it is for all."""
        self.task = task
        with contextlib.suppress(OSError):  # it has ended: `result` tells
            if self.job is None:
                self.connection.send(job)
            self.job = job
            self.connection.send(task[1])

    def result(self) -> Result | None:
        """What it made of its task, None where it has ended. Raises Refused."""
        from autograder.course import Refused

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


class Ahead:
    """Workers that are started before anything is known of their job."""

    def __init__(self, workers: int, unsafe: bool) -> None:
        self.unsafe, self.ready = unsafe, list[Worker]()
        self.thread = threading.Thread(target=self._start, args=(workers,), daemon=True)
        self.thread.start()

    def _start(self, workers: int) -> None:
        with contextlib.suppress(OSError, EOFError):  # whoever needs one starts it then
            for _ in range(workers):
                self.ready.append(Worker(self.unsafe))

    def take(self, unsafe: bool) -> list[Worker]:
        """All of them; from now on they are the caller's."""
        self.thread.join()
        if unsafe != self.unsafe:
            end(self.ready)
            return []
        taken, self.ready = self.ready, []
        return taken


_ahead: Ahead | None = None


def start(workers: int, unsafe: bool) -> None:
    """Have that many workers started; `started` gives them to whoever grades."""
    global _ahead
    end(started(unsafe))  # of a run that came to nothing
    _ahead = Ahead(workers, unsafe)


def started(unsafe: bool) -> list[Worker]:
    """The workers that `start` was asked for, once."""
    global _ahead
    ahead, _ahead = _ahead, None
    return ahead.take(unsafe) if ahead else []


def end(workers: list[Worker]) -> None:
    """End workers that have nothing to do."""
    for worker in workers:
        worker.connection.close()  # all of them end at the same time
    for worker in workers:
        worker.end()


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def context() -> Any:
    """Processes that inherit nothing of this one: neither its gradebook nor what it has read."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["autograder.batch.preload"])
    return found


def _serve(connection: Any, unsafe: bool) -> None:
    """Grade what comes over the connection until it is closed. Runs in a worker process."""
    # Ctrl-C reaches the whole group; the main process decides. A handler of our own, and not
    # SIG_IGN, for what this process starts would inherit that.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what it started is cleared away
    from autograder.sandbox import isolation, worker

    try:
        worker.start(unsafe)  # while the job comes and the units are read
        from autograder.batch.task import work
        from autograder.course import Refused
        from autograder.grading.grade import Grader

        grader = Grader(connection.recv())
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
