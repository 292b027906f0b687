"""The commands that grade, collect and hand back: what they print, and their exit codes."""

from __future__ import annotations

import json
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from types import FrameType
from typing import Any

from autograder.authoring.exercise import load_unit
from autograder.batch.grade_many import engine, grade_each
from autograder.batch.processes import cores
from autograder.batch.progress_bar import Bar
from autograder.course import AuthorError, root, units
from autograder.grading.grade import Job, limits
from autograder.grading.verdict import SubmissionReport, counted, line, printable, printed
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
    shown = printed(arguments.json)
    if arguments.github:
        from autograder.services.github import actions

        shown = actions(sources)
    with Stop() as stop, shown as show, Bar(len(sources)) as bar:
        options = {"out": arguments.out, "force": arguments.force}
        for report in grade_each(sources, run, job, **options, stopped=stop, bar=bar):
            show(report)
            done, complete = done + 1, complete and report.fine
    if stop.asked and done < len(sources):
        if arguments.out:
            return stopped(done, len(sources))
        return stopped(
            done, len(sources), "with --out DIR the same command would grade the rest alone"
        )
    return 0 if complete else 1


def grade_unit(
    arguments: Namespace, unit: str, show: Callable[[SubmissionReport], None]
) -> tuple[int, int, bool]:
    """One unit of `autograder autograde`: (how many were come to, of how many, asked to stop?)."""
    from autograder.classroom.classroom import Classroom

    job_limits = limits(arguments.timeout, arguments.unsafe)
    with Classroom(root(), unit, job_limits, arguments.force, arguments.run_all) as classroom:
        roster = classroom.roster(arguments.student)
        if not roster:
            print(classroom.nobody(), file=sys.stderr)
            return 0, 0, False
        seen = classroom.seen()
        workers = _workers(arguments, len(roster))
        run = engine(classroom.job, workers, arguments.scheduler)
        with Stop() as stop, Bar(len(roster)) as bar:
            classroom.grade(roster, run, stopped=stop, bar=bar)
        done = 0
        for report in classroom.reports(roster):
            show(report)
            done += 1
        if done == len(roster) and not arguments.student:
            classroom.keep(seen, roster)
    return done, len(roster), stop.asked


def give_feedback(arguments: Namespace) -> int:
    """`autograder feedback`."""
    from autograder.classroom.classroom import Classroom
    from autograder.classroom.exchange import release

    unit = arguments.unit
    with Classroom(root(), unit, limits(30.0)) as classroom:
        roster = classroom.roster()
        if not roster:
            print(classroom.nobody(), file=sys.stderr)
            return 0
        rows = list(classroom.bring(roster))
        released = release(root(), unit)
    for row, why in rows:
        print(line(row) + (f"  ({why})" if why else ""))
    waiting = sum(bool(row.waiting) for row, _ in rows if row.status != "missing")
    if waiting:
        print(f"waiting for a person: {counted(waiting, 'submission')}; mark in the formgrader")
    if released is None:
        print("there is no exchange: the pages are in autograder/feedback/")
    else:
        print(f"released to the exchange: {counted(len(released.released), 'page')}")
        for student, reason in released.kept.items():
            print(printable([f"not released: {student}: {reason}"]))
    stale = sum(bool(why) for _, why in rows)
    if stale:
        print(f"not up to date: {stale}; run `autograder autograde {unit}`, then this again")
    return 1 if stale or classroom.failed else 0


def collect(arguments: Namespace) -> int:
    """`autograder collect`."""
    from autograder.classroom.collect import Roster
    from autograder.classroom.collect import collect as take
    from autograder.classroom.nbgrader_course import folders

    place = folders(root()).submitted
    roster = Roster(arguments.roster)
    done = take(arguments.from_lms, roster, place, arguments.unit, arguments.update)
    for problem in done.problems:
        print(printable([problem]))
    for student, files in done.without.items():
        print(printable([f"{student} handed in no notebook: {files}"]))
    if done.late:
        print(f"late, says the platform, which gives no times: {', '.join(done.late)}")
    if done.nothing:
        print(f"in the roster, and nothing came: {', '.join(done.nothing)}")
    same = f", {len(done.same)} were there already" if done.same else ""
    print(f"collected: {len(done.written)}{same}; not collected: {len(done.problems)}")
    return 1 if done.problems else 0


def show_status(arguments: Namespace) -> int:
    """`autograder status`."""
    from autograder.classroom.status import status, table

    chosen = [arguments.unit] if arguments.unit else units(root())
    found = [status(root(), unit) for unit in chosen]
    if arguments.json:
        print(json.dumps({"units": [asdict(one) for one in found]}, ensure_ascii=False))
        return 0
    for one in found:
        for text in table(one) if arguments.unit else [one.line()]:
            print(printable([text]))
    return 0


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


def stopped(done: int, total: int, on: str = "the same command grades the rest") -> int:
    """Say that Ctrl-C ended a run, and give the exit code."""
    print(f"stopped after {done} of {counted(total, 'submission')}; {on}", file=sys.stderr)
    return STOPPED
