"""Many submissions at a time. One bad submission never stops the others.

Results are passed on one by one, so that memory stays flat however many there are. Who grades is an
engine: this process, processes beside it (`autograder/batch/local.py`) or a cluster
(`autograder/batch/cluster.py`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.batch.local import Inline, Local
from autograder.batch.progress_bar import Bar
from autograder.batch.task import Engine, Task
from autograder.course import Refused
from autograder.grading.grade import Job, limits
from autograder.grading.verdict import Report, SubmissionReport
from autograder.sandbox import isolation
from autograder.submission.read import Source, find

if TYPE_CHECKING:
    from autograder.batch.ledger import Ledger


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
    second run into it grades only what is new or changed. Raises `reports.ForeignFiles`, before
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
    ledger = None
    if out:
        from autograder.batch.ledger import Ledger

        ledger = Ledger(out, sources, job, force)
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
        from autograder.batch.cluster import Cluster

        return Cluster(job, scheduler)
    try:
        isolation.detect(unsafe=job.limits.unsafe).close()
    except isolation.NoSandbox as error:
        raise Refused(str(error)) from None
    return Local(job, workers) if workers else Inline(job)
