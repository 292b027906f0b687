"""Many submissions at a time, on processes of this computer or on a cluster.

One bad submission never stops the others. A worker process that is killed costs only time: its
submission is given to another one, and told as crashed where that ends as well. Results are passed
on one by one, so that memory stays flat however many there are.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from types import FrameType
from typing import Any

from autograder import feedback, sandbox, worker
from autograder.autograded import Marks, mark
from autograder.bar import Bar
from autograder.grade import Grader, Job, limits
from autograder.ledger import Ledger
from autograder.read import Source, find
from autograder.verdict import Report, SubmissionReport

Task = tuple[int, Source]
Engine = Callable[[Iterable[Task], Callable[[], bool]], Iterator[tuple[int, "Result"]]]
"""Grades the tasks in any order, and takes no new one once the second argument says so."""


class Refused(Exception):
    """Nothing can be graded like this. The message says why and what to do."""


@dataclass
class Result:
    """What a worker makes of one submission: text and numbers, ready to be written down.

    page: the feedback page. marks: for a gradebook. final: False where grading itself failed.
    """

    report: SubmissionReport
    page: str = ""
    marks: Marks | None = None
    final: bool = True


def work(grader: Grader, source: Source) -> Result:
    """Grade one submission and write its page and marks where the job wants them."""
    graded, job = grader.grade(source), grader.job
    page = feedback.page(graded) if job.pages else ""
    marks = None
    if job.checksums is not None:
        marks = mark(graded, grader.units[job.unit], job.checksums)
    return Result(graded.report, page, marks, graded.final)


def grade(
    paths: Iterable[Path],
    course: Path | None = None,
    *,
    workers: int = 0,
    scheduler: str = "",
    timeout: float = 30.0,
    out: Path | None = None,
    unsafe: bool = False,
) -> Report:
    """Grade notebooks, folders and zip files.

    workers: how many processes; 0: this one alone. scheduler: the address of a dask scheduler whose
    workers grade instead. out: a folder for one feedback page per submission and `report.json`; a
    second run into it grades only what is new or changed. Raises `feedback.ForeignFiles`, before
    anything runs, where that would overwrite someone else's file, and `Refused` where this computer
    cannot keep strangers' code apart and `unsafe` is not given.
    """
    job = Job(course, limits(timeout, unsafe), pages=out is not None)
    sources = [source for path in paths for source in find(path)]
    return Report(list(grade_each(sources, engine(job, workers, scheduler), job, out=out)))


def grade_each(
    sources: list[Source],
    run: Engine,
    job: Job,
    *,
    out: Path | None = None,
    force: bool = False,
    stopped: Callable[[], bool] = lambda: False,
    bar: Bar | None = None,
) -> Iterator[SubmissionReport]:
    """The verdicts in the order of `sources`, as soon as they and all before them are there.

    out: as in `grade`. force: grade again what has not changed. stopped: asked before each; where
    it says yes, those under way are the last. bar: told of each verdict the moment it is there.
    """
    ledger = Ledger(out, sources, job, force) if out else None
    waiting: dict[int, SubmissionReport] = {}
    following = 0

    def ready(report: SubmissionReport) -> SubmissionReport:
        if ledger:
            ledger.json.add(report)
        return report

    with contextlib.closing(ledger) if ledger else contextlib.nullcontext():
        for number, report in _reports(sources, run, ledger, stopped, bar):
            waiting[number] = report
            while following in waiting:
                yield ready(waiting.pop(following))
                following += 1
        for number in sorted(waiting):  # where it was stopped there are gaps
            yield ready(waiting[number])


def _reports(
    sources: list[Source],
    run: Engine,
    ledger: Ledger | None,
    stopped: Callable[[], bool],
    bar: Bar | None,
) -> Iterator[tuple[int, SubmissionReport]]:
    """The verdicts as they come; those of an earlier run first."""
    tasks: Iterable[Task] = enumerate(sources)
    if ledger:
        left = []
        for number in range(len(sources)):
            found = ledger.find(number)
            if found is None:
                left.append(number)
                continue
            if bar:
                bar.known(found.fine)
            yield number, found
        tasks = ((number, ledger.sealed(number)) for number in left)
    for number, result in run(tasks, stopped):
        if ledger:
            ledger.add(number, result.report, result.page, result.final)
        if bar:
            bar(result.report)
        yield number, result.report


def engine(job: Job, workers: int = 0, scheduler: str = "") -> Engine:
    """What grades: a cluster, `workers` processes, or this process (0).

    Raises Refused where this computer is to grade and cannot keep strangers' code apart.
    """
    if scheduler:
        from autograder.cluster import Cluster

        return Cluster(job, scheduler)
    try:
        sandbox.detect(unsafe=job.limits.unsafe).close()
    except sandbox.NoSandbox as error:
        raise Refused(str(error)) from None
    return _Local(job, workers) if workers else _Inline(job)


def lost(job: Job, source: Source, message: str) -> Result:
    """The result of a submission whose graders ended."""
    report = SubmissionReport(source.path, source.student, job.unit, "crashed", messages=[message])
    return Result(report, final=False)


class _Inline:
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


class _Local:
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
    context.set_forkserver_preload([__name__])  # imported once for all of them
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
            except sandbox.NoSandbox as error:
                answer = Refused(str(error))
            connection.send(answer)
    except (EOFError, OSError):
        pass  # the main process has closed the connection, or is gone
    finally:
        worker.close()


class Stop:
    """Ctrl-C, the first time: finish what is under way, and say yes when asked. Then: at once."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Stop:
        self.before: Any = None
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(self, *_: object) -> None:
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)

    def __call__(self) -> bool:
        return self.asked

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        note = "stopping: what is under way is finished and kept; Ctrl-C again stops at once"
        print(note, file=sys.stderr, flush=True)


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
