"""Grades on this computer: in this process, or on worker processes side by side.

A worker process that is killed costs only time: its submission is given to another one, and told as
crashed where that ends as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from autograder.batch import processes
from autograder.batch.processes import Worker
from autograder.batch.task import Result, Task, lost, work
from autograder.grading.grade import Grader, Job


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
    """Grades on processes of this computer, each with one submission at a time.

    bell: for tasks that come in while it runs. Where there is one, the run goes on when the tasks
    are at an end, until it is stopped: what is sent through the bell's other end tells that there
    may be more of them, or that it is.
    """

    def __init__(self, job: Job, workers: int, bell: Connection | None = None) -> None:
        self.job, self.most, self.bell = job, workers, bell

    def __call__(
        self, tasks: Iterable[Task], stopped: Callable[[], bool]
    ) -> Iterator[tuple[int, Result]]:
        fresh, again, tried = iter(tasks), deque[Task](), set[int]()
        idle = processes.started(self.job.limits.unsafe)
        busy: dict[Any, Worker] = {}

        def fill() -> None:
            while len(busy) < self.most and not stopped():
                task = again.popleft() if again else next(fresh, None)
                if task is None:
                    return
                worker = idle.pop() if idle else Worker(self.job.limits.unsafe)
                busy[worker.connection] = worker
                worker.give(self.job, task)

        try:
            fill()
            bells = [self.bell] if self.bell else []
            while busy or (bells and not stopped()):
                for connection in wait([*busy, *bells]):
                    if connection is self.bell:
                        self.bell.recv_bytes()
                        fill()
                        continue
                    worker = busy.pop(connection)
                    assert worker.task is not None
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
            processes.end(idle)
            for worker in busy.values():
                worker.end(at_once=True)
