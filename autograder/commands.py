"""The commands `grade` and `autograde`: what they print, and their exit codes."""

from __future__ import annotations

import signal
import sys
import threading
from argparse import Namespace
from types import FrameType
from typing import Any

from autograder.authoring.exercise import load_unit
from autograder.batch.grade_many import engine, grade_each
from autograder.batch.processes import cores
from autograder.batch.progress_bar import Bar
from autograder.course import AuthorError, root, units
from autograder.grading.grade import Job, limits
from autograder.grading.verdict import printed
from autograder.submission.read import find

STOPPED = 130  # what a shell says of a command that Ctrl-C ended


def grade_paths(arguments: Namespace) -> int:
    """`autograder grade`."""
    for unit in units(root()):
        try:
            load_unit(root() / "solutions" / unit)
        except AuthorError as error:
            print(f"autograder grade: left out: {error}", file=sys.stderr)
    sources = [source for path in arguments.paths for source in find(path)]
    job = Job(
        root(),
        limits(arguments.timeout, arguments.unsafe),
        pages=bool(arguments.out),
        run_all=arguments.run_all,
    )
    workers = _workers(arguments, len(sources))
    run = engine(job, workers, arguments.scheduler)
    done, complete = 0, True
    shown = printed(arguments.json, len(sources))
    if arguments.github:
        from autograder.services.github import actions

        shown = actions(sources)
    with Stop() as stop, shown as show, Bar(len(sources)) as bar:
        options = {"out": arguments.out, "force": arguments.force}
        for report in grade_each(sources, run, job, **options, stopped=stop, bar=bar):
            show(report)
            done, complete = done + 1, complete and report.fine
    if stop.asked and done < len(sources):
        on = "the same command grades the rest"
        if not arguments.out:
            on = "with --out DIR the same command would grade the rest alone"
        return _stopped(done, len(sources), on)
    return 0 if complete else 1


def grade_unit(arguments: Namespace) -> int:
    """`autograder autograde`."""
    from autograder.classroom.classroom import Classroom

    job_limits = limits(arguments.timeout, arguments.unsafe)
    with Classroom(
        root(), arguments.unit, job_limits, arguments.force, arguments.run_all
    ) as classroom:
        roster = classroom.roster(arguments.student)
        seen = classroom.seen()
        workers = _workers(arguments, len(roster))
        run = engine(classroom.job, workers, arguments.scheduler)
        with Stop() as stop, Bar(len(roster)) as bar:
            classroom.grade(roster, run, stopped=stop, bar=bar)
        done, complete = 0, True
        with printed(arguments.json, len(roster)) as show:
            for report in classroom.reports(roster):
                show(report)
                done, complete = done + 1, complete and report.fine
        if done == len(roster) and not arguments.student:
            classroom.keep(seen, roster)
    if stop.asked and done < len(roster):
        return _stopped(done, len(roster), "the same command grades the rest")
    return 0 if complete else 1


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


def _workers(arguments: Namespace, submissions: int) -> int:
    """How many processes. A single submission needs none but this one."""
    return min(arguments.workers or cores(), submissions) if submissions > 1 else 0


def _stopped(done: int, total: int, on: str) -> int:
    print(f"stopped after {done} of {total} submissions; {on}", file=sys.stderr)
    return STOPPED
