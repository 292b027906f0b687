"""Grades one submission: reads, restores, runs, judges.

>>> from autograder import grade_notebook
>>> grade_notebook("homework (2).ipynb").score    # doctest: +SKIP
13.0

`Grader` keeps what the submissions of one run share. `autograder/batch/grade_many.py` grades many.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nbformat.notebooknode import NotebookNode

from autograder.authoring.exercise import JUDGED, Unit
from autograder.cells import CHECK, grade_id, is_manual
from autograder.course import root
from autograder.grading.causes import Causes
from autograder.grading.plain_tests import is_plain, points, score_plain
from autograder.grading.verdict import (
    CheckReport,
    ExerciseReport,
    HandReport,
    SubmissionReport,
)
from autograder.sandbox.execute import Limits, Reply, execute
from autograder.sandbox.isolation import NoSandbox
from autograder.sandbox.worker import Given
from autograder.submission.leave_out import as_handed_in, left_out
from autograder.submission.needs import given, needed
from autograder.submission.read import (
    MARKS_LOST,
    Source,
    Submission,
    UnitSource,
    find,
    load_units,
    read,
)
from autograder.submission.restore import restore
from utils.judging.judge import CheckResult, Verdict, judge
from utils.judging.protocol import read_reply, write_request
from utils.judging.run import fail_all
from utils.judging.spec import Contents, Failure, Outcome, Spec
from utils.judging.wire import to_bytes

# the levels of isolation that a report names, weaker than namespaces
WEAKER = {
    "landlock": "isolated by Landlock, without namespaces: what was handed in could read Python's "
    "files alone, and ask whether others exist",
    "none": "not isolated: what was handed in could read and write what its grader can",
}
_DRAWING = threading.Lock()  # calling a reference redirects sys.stdout, which threads share


@dataclass(frozen=True)
class Job:
    """What the submissions of one run have in common. It travels to every worker.

    course: the folder with `solutions/`; None: the course that the worker's own package belongs to.
    seed: the secret from which the run's fresh cases are drawn, the same for all submissions.
    unit: the one they must all be of; "": whichever they are recognised as. checksums: grade id →
    the gradebook's checksum of that cell, where a gradebook wants marks. versions: unit → the hash
    that its sources must have where they are read (`fingerprint.version`). run_all: run every cell,
    also those that no score can depend on.
    """

    course: Path | None = None
    limits: Limits = field(default_factory=Limits)
    pages: bool = False
    unit: str = ""
    checksums: Mapping[str, str] | None = None
    versions: Mapping[str, str] | None = None
    seed: int = field(default_factory=lambda: secrets.randbits(63), repr=False)
    run_all: bool = False


@dataclass
class Graded:
    """A report with what its feedback page shows: the executed notebook and full verdicts.

    final: False where grading itself failed, so that it is worth another try.
    """

    report: SubmissionReport
    notebook: NotebookNode | None = None
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)  # what lay beside the notebook
    final: bool = True


@dataclass(frozen=True)
class _Prepared:
    """A unit as all submissions of a run meet it."""

    source: UnitSource
    specs: dict[str, Spec]
    requests: dict[str, bytes]
    files: dict[str, bytes]
    given: Given


def grade_notebook(
    path: Path | str, course: Path | None = None, timeout: float = 30.0, unsafe: bool = False
) -> SubmissionReport:
    """Grade one notebook file (or a zip or folder that holds just one).

    course: the folder with `solutions/`; by default the course this package belongs to. timeout:
    seconds for one cell. unsafe: grade even where the submission's code cannot be isolated. Never
    raises for what is in the file; ValueError where there is not exactly one notebook; NoSandbox
    (`autograder.sandbox.isolation`) where this computer cannot isolate and `unsafe` is not given.
    """
    sources = list(find(Path(path)))
    if len(sources) != 1:
        raise ValueError(
            f"{path} holds {len(sources)} notebooks: use autograder.batch.grade_many.grade()"
        )
    return Grader(Job(course, limits(timeout, unsafe))).grade(sources[0]).report


def limits(timeout: float, unsafe: bool = False) -> Limits:
    """`timeout` seconds for one cell, and no more for the calls of one function."""
    call, total = min(Limits.call, timeout), max(Limits.total, 2 * timeout)
    return Limits(cell=timeout, call=call, total=total, unsafe=unsafe)


class Grader:
    """Grades one submission after the other, for one job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        units = load_units(job.course or root())
        # the first of two that fit equally well
        self.units = {job.unit: units[job.unit]} | units if job.unit else units
        self._prepared: dict[str, _Prepared] = {}

    def grade(self, source: Source) -> Graded:
        """The verdict on one submission. Raises nothing but NoSandbox."""
        began = time.monotonic()
        submission = self._read(source)
        report = SubmissionReport(submission.path, submission.student, unit=self.job.unit)
        graded = Graded(report)
        if submission.unit is None:
            report.status, report.messages = "invalid", [submission.problem]
            if self.job.unit:
                nothing(report, self.units[self.job.unit])
        else:
            report.unit = submission.unit.unit.name
            report.by_hand = by_hand(submission.unit)
            try:
                self._run_and_judge(submission, submission.unit, graded)
            except NoSandbox:
                raise
            except Exception as error:  # the others must be graded whatever happened to this one
                graded.final, graded.notebook = False, None
                report.status = "crashed"
                report.messages.append(f"grading stopped: {type(error).__name__}: {error}")
                nothing(report, submission.unit)
        report.messages += source.notes
        report.seconds = round(time.monotonic() - began, 3)
        return graded

    def _read(self, source: Source) -> Submission:
        submission = read(source, self.units)
        wanted = self.job.unit
        if submission.unit is None or wanted in ("", submission.unit.unit.name):
            return submission
        found = submission.unit.unit.name
        problem = f"{source.path}: is the notebook of {found}, not of {wanted}"
        return Submission(source.path, submission.student, problem=problem)

    def _run_and_judge(self, submission: Submission, source: UnitSource, graded: Graded) -> None:
        report, prepared, limits = graded.report, self._prepare(source), self.job.limits
        assert submission.notebook is not None
        notebook, put_right, tampered, numbers = restore(
            submission.notebook, source.notebook, source.earlier
        )
        graded.files = prepared.files
        spare = set() if self.job.run_all else left_out(notebook, source.notebook)
        course = needed(prepared.given, notebook, spare)
        execution = execute(notebook, prepared.requests, graded.files, limits, course, spare)
        as_handed_in(notebook, spare, numbers, submission.shown)
        causes = Causes(notebook, numbers, execution, spare)
        for id, spec in prepared.specs.items():
            verdict = _verdict(source.unit, spec, execution.replies[id], limits)
            if id in execution.late and _is_absent(verdict):
                verdict = _verdict(source.unit, spec, execution.late[id], limits)
                report.messages.append(f"{id} is written below its check, and judged there")
            graded.verdicts[id] = causes.explained(verdict)
        graded.notebook = notebook
        # an altered grade cell is put back and the work graded; a cell that ended it says more
        lost = MARKS_LOST in submission.notes  # by a tool: that is no tampering
        altered = tampered and not lost and execution.status == "graded"
        report.status = "tampered" if altered else execution.status
        report.cell_errors = causes.reports()
        report.messages += [
            *execution.messages,
            *causes.messages(),
            *submission.notes,
            *put_right,
        ]
        if execution.level in WEAKER:
            report.messages.append(WEAKER[execution.level])
        judged = [_exercise(verdict) for verdict in graded.verdicts.values()]
        plain = [
            score_plain(c, execution) for c in notebook.cells if is_plain(c, source.unit.exercises)
        ]
        report.score_exercises([*judged, *plain])

    def _prepare(self, source: UnitSource) -> _Prepared:
        """The unit with this run's cases, drawn when its first submission comes."""
        name, unit = source.unit.name, source.unit
        with _DRAWING:
            if name not in self._prepared:
                specs = {id: unit.spec(id, seed=self.job.seed) for id in unit.exercises}
                requests = {id: write_request(spec) for id, spec in specs.items()}
                files, needed = _files(source), given(source.notebook)
                self._prepared[name] = _Prepared(source, specs, requests, files, needed)
            return self._prepared[name]


def _files(source: UnitSource) -> dict[str, bytes]:
    """What lies beside a learner's notebook, with its cases reduced to the self-check questions."""
    hidden = {*JUDGED, f"{source.unit.notebook}.py", "cases.npz"}
    files = {
        path.relative_to(source.folder).as_posix(): path.read_bytes()
        for path in source.folder.rglob("*")
        if path.is_file()
        and not hidden & set(path.relative_to(source.folder).parts)
        and path.suffix not in (".ipynb", ".pyc")
        and ".ipynb_checkpoints" not in path.parts
    }
    questions = Contents(source.unit.name, source.unit.title, questions=source.unit.questions)
    return files | {"cases.npz": to_bytes({"contents": (asdict(questions), {})})}


def _verdict(unit: Unit, spec: Spec, reply: Reply, limits: Limits) -> Verdict:
    """The judge's verdict on a reply, or zero with the reason why there is none to judge."""
    if reply.lost == "time":
        late = Failure("time", "TimeLimit", f"no answer within {limits.call:g} s")
        return judge(spec, fail_all(spec, late))
    if reply.lost == "died":
        return _nothing(spec, f"{spec.exercise} ended the kernel when it was called")
    if reply.lost == "foul":
        return _nothing(spec, f"gave no readable answer ({reply.why})")
    if reply.lost or reply.data is None:
        return _nothing(spec, "could not be reached: the notebook stopped before this exercise")
    try:
        return unit.judge(spec, _outcomes(reply.data, spec))
    except ValueError as error:
        return _nothing(spec, f"gave no readable answer ({error})")
    except Exception as error:  # an answer so odd that it cannot even be compared
        return _nothing(spec, f"gave an answer that cannot be compared ({type(error).__name__})")


def _is_absent(verdict: Verdict) -> bool:
    """Whether there was no answer yet where it was asked for."""
    said = f"there is no {verdict.exercise} in", f"{verdict.exercise} is not written yet"
    return verdict.first is not None and verdict.first.message.startswith(said)


def _outcomes(data: bytes, spec: Spec) -> list[Outcome]:
    if not data:
        raise ValueError("the kernel wrote none")
    return read_reply(data, spec)


def _nothing(spec: Spec, message: str) -> Verdict:
    results = tuple(CheckResult(c.name, False, c.points, message) for c in spec.checks)
    return Verdict(spec.exercise, 0.0, spec.max_score, results)


def _exercise(verdict: Verdict) -> ExerciseReport:
    checks = [CheckReport(c.name, c.passed, c.message, waiting=c.waiting) for c in verdict.checks]
    for check, result in zip(checks, verdict.checks, strict=True):
        if result is verdict.first and verdict.diagnosis:
            check.message = ". ".join(filter(None, [check.message.rstrip("."), verdict.diagnosis]))
    found = [stable_id(verdict.exercise, name) for name in verdict.misconceptions]
    for check in checks:
        if found and not check.passed and not check.waiting:
            check.misconception = found[0]
    lost = verdict.max_score - verdict.score if found else 0.0
    return ExerciseReport(verdict.exercise, verdict.score, verdict.max_score, checks, found, lost)


def stable_id(exercise: str, misconception: str) -> str:
    """`forget_gate/bias-missing`: what does not change when a message is put better."""
    words = re.sub(r"[^\w]+", "-", misconception.lower()).strip("-")
    return f"{exercise}/{words}"


def nothing(report: SubmissionReport, source: UnitSource) -> None:
    """Give the report the unit's exercises without points: nothing could be judged."""
    cells = {grade_id(cell): cell for cell in source.notebook.cells}
    judged = [(id, points(cells[f"{CHECK}{id}"])) for id in source.unit.exercises]
    plain = [
        (grade_id(cell) or "", points(cell))
        for cell in source.notebook.cells
        if is_plain(cell, source.unit.exercises)
    ]
    report.score_exercises([ExerciseReport(id, 0.0, most) for id, most in [*judged, *plain]])
    report.by_hand = by_hand(source, 0.0)


def by_hand(source: UnitSource, score: float | None = None) -> list[HandReport]:
    """What a person marks in the unit."""
    cells = [cell for cell in source.notebook.cells if is_manual(cell)]
    return [HandReport(grade_id(cell) or "", points(cell), score) for cell in cells]
