"""Grades submissions: reads, restores, runs, judges. One bad submission never stops the others.

>>> from autograder import grade_notebook
>>> grade_notebook("homework (2).ipynb").score    # doctest: +SKIP
13.0
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode

from autograder import feedback
from autograder.execute import Execution, Limits, Reply, execute
from autograder.exercise import root
from autograder.read import Source, Submission, UnitSource, find, load_units, read
from autograder.restore import CHECK, grade_id, is_graded, is_manual, restore, tags
from utils.answer import read_reply, write_request
from utils.judge import CheckResult, Verdict, judge
from utils.run import fail_all
from utils.spec import Contents, Failure, Outcome, Spec
from utils.wire import to_bytes

SCHEMA = 1
_FRESH_SPECS = threading.Lock()  # calling a reference redirects sys.stdout, which threads share
IN_PROCESS = "ran in the student's process"


@dataclass
class CheckReport:
    """One named check. message: why it did not pass, and for the first of them what to do."""

    name: str
    passed: bool
    message: str = ""


@dataclass
class ExerciseReport:
    """One exercise: an exercise function, or a plain grade cell of the teacher's."""

    id: str
    score: float
    max_score: float
    checks: list[CheckReport] = field(default_factory=list)


@dataclass
class SubmissionReport:
    """The verdict on one submission, as `autograder grade --json` prints it.

    status: "graded"; "tampered" where what is graded had been altered (it was put back, the score
    stands); "timeout" or "crashed" where a cell did not end or ended its kernel (what could be
    reached is judged all the same); "invalid" where there was nothing to run.
    seconds: how long grading took. messages: what a person should know besides the scores.
    """

    path: str
    student: str | None
    unit: str = ""
    status: str = "graded"
    score: float = 0.0
    max_score: float = 0.0
    seconds: float = 0.0
    messages: list[str] = field(default_factory=list)
    exercises: list[ExerciseReport] = field(default_factory=list)


@dataclass
class Report:
    """All verdicts of one run, in the order of the submissions."""

    submissions: list[SubmissionReport] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every submission was graded."""
        return all(one.status in ("graded", "tampered") for one in self.submissions)

    def as_json(self) -> dict[str, Any]:
        """What `autograder/schema.json` describes."""
        return {"schema": SCHEMA} | asdict(self)


def grade_notebook(
    path: Path | str, course: Path | None = None, timeout: float = 30.0
) -> SubmissionReport:
    """Grade one notebook file (or a zip or folder that holds just one).

    course: the folder with `solutions/`; by default the course this package belongs to. timeout:
    seconds for one cell. Never raises for what is in the file; ValueError where there is not
    exactly one notebook.
    """
    report = grade([Path(path)], course=course, timeout=timeout)
    if len(report.submissions) != 1:
        raise ValueError(f"{path} holds {len(report.submissions)} notebooks: use grade()")
    return report.submissions[0]


def grade(
    paths: Iterable[Path],
    course: Path | None = None,
    *,
    workers: int = 1,
    timeout: float = 30.0,
    out: Path | None = None,
) -> Report:
    """Grade notebooks, folders and zip files, `workers` at a time.

    out: a folder for one feedback page per submission and `report.json`. Raises
    `feedback.ForeignFiles`, before anything runs, where that would overwrite someone else's file.
    """
    sources = [source for path in paths for source in find(path)]
    pages = feedback.pages(out, [source.path for source in sources]) if out else []
    units = load_units(course or root())
    limits = Limits(cell=timeout, call=min(Limits.call, timeout))

    def one(number: int) -> SubmissionReport:
        graded = _grade(sources[number], units, limits)
        if pages:
            feedback.write(pages[number], graded)
        return graded.report

    # in threads: each submission computes in a kernel process of its own
    with ThreadPoolExecutor(max_workers=workers) as pool:
        report = Report(list(_results(pool, one, len(sources))))
    if out:
        feedback.write_report(out, report.as_json())
    return report


def _results(pool: ThreadPoolExecutor, one: Any, count: int) -> Iterator[SubmissionReport]:
    try:
        yield from pool.map(one, range(count))
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        raise


@dataclass
class Graded:
    """A report with what its feedback page shows: the executed notebook and full verdicts."""

    report: SubmissionReport
    notebook: NotebookNode | None = None
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)  # what lay beside the notebook


def _grade(source: Source, units: dict[str, UnitSource], limits: Limits) -> Graded:
    began = time.monotonic()
    submission = read(source, units)
    report = SubmissionReport(submission.path, submission.student)
    graded = Graded(report)
    if submission.unit is None:
        report.status, report.messages = "invalid", [submission.problem]
    else:
        report.unit = submission.unit.unit.name
        try:
            _run_and_judge(submission, submission.unit, limits, graded)
        except Exception as error:  # the others must be graded whatever happened to this one
            report.status = "crashed"
            report.messages.append(f"grading stopped: {type(error).__name__}: {error}")
            report.max_score = float(sum(e.max_score for e in _unreached(submission.unit)))
            report.score, report.exercises = 0.0, _unreached(submission.unit)
    report.seconds = round(time.monotonic() - began, 3)
    return graded


def _run_and_judge(
    submission: Submission, source: UnitSource, limits: Limits, graded: Graded
) -> None:
    report, unit = graded.report, source.unit
    assert submission.notebook is not None
    notebook, put_right, tampered = restore(submission.notebook, source.notebook)
    with _FRESH_SPECS:
        specs = {id: unit.spec(id, seed=secrets.randbits(63)) for id in unit.exercises}
    requests = {id: write_request(spec) for id, spec in specs.items()}
    graded.files = _files(source)
    execution = execute(notebook, requests, graded.files, limits)
    for id, spec in specs.items():
        graded.verdicts[id] = _verdict(spec, execution.replies[id], limits)
    graded.notebook = notebook
    # an altered grade cell is put back and the work graded; a cell that ended it says more
    altered = tampered and execution.status == "graded"
    report.status = "tampered" if altered else execution.status
    report.messages = [*put_right, *execution.messages, *_manual(source.notebook)]
    report.exercises = [
        *(_exercise(verdict) for verdict in graded.verdicts.values()),
        *(_plain(cell, execution) for cell in notebook.cells if _is_plain(cell, specs)),
    ]
    report.score = float(sum(exercise.score for exercise in report.exercises))
    report.max_score = float(sum(exercise.max_score for exercise in report.exercises))


def _files(source: UnitSource) -> dict[str, bytes]:
    """What lies beside a learner's notebook, with its cases reduced to the self-check questions."""
    hidden = {"exercises.py", f"{source.unit.notebook}.py", "cases.npz"}
    files = {
        path.relative_to(source.folder).as_posix(): path.read_bytes()
        for path in source.folder.rglob("*")
        if path.is_file()
        and path.name not in hidden
        and path.suffix not in (".ipynb", ".pyc")
        and ".ipynb_checkpoints" not in path.parts
    }
    questions = Contents(source.unit.name, source.unit.title, questions=source.unit.questions)
    return files | {"cases.npz": to_bytes({"contents": (asdict(questions), {})})}


def _verdict(spec: Spec, reply: Reply, limits: Limits) -> Verdict:
    """The judge's verdict on a reply, or zero with the reason why there is none to judge."""
    if reply.lost == "time":
        late = Failure("time", "TimeLimit", f"no answer within {limits.call:g} s")
        return judge(spec, fail_all(spec, late))
    if reply.lost == "died":
        return _nothing(spec, f"{spec.exercise} ended the kernel when it was called")
    if reply.lost or reply.data is None:
        return _nothing(spec, "could not be reached: the notebook stopped before this exercise")
    try:
        return judge(spec, _read(reply.data, spec))
    except ValueError as error:
        return _nothing(spec, f"gave no readable answer ({error})")
    except Exception as error:  # an answer so odd that it cannot even be compared
        return _nothing(spec, f"gave an answer that cannot be compared ({type(error).__name__})")


def _read(data: bytes, spec: Spec) -> list[Outcome]:
    if not data:
        raise ValueError("the kernel wrote none")
    return read_reply(data, spec)


def _nothing(spec: Spec, message: str) -> Verdict:
    results = tuple(CheckResult(c.name, False, c.points, message) for c in spec.checks)
    return Verdict(spec.exercise, 0.0, spec.max_score, results)


def _exercise(verdict: Verdict) -> ExerciseReport:
    checks = [CheckReport(c.name, c.passed, c.message) for c in verdict.checks]
    first = next((check for check in checks if not check.passed), None)
    if first and verdict.diagnosis:
        first.message = ". ".join(filter(None, [first.message.rstrip("."), verdict.diagnosis]))
    return ExerciseReport(verdict.exercise, verdict.score, verdict.max_score, checks)


def _is_plain(cell: Any, specs: dict[str, Spec]) -> bool:
    id = grade_id(cell) or ""
    judged = id.startswith(CHECK) and id.removeprefix(CHECK) in specs
    return cell.cell_type == "code" and is_graded(cell) and not judged


def _plain(cell: Any, execution: Execution) -> ExerciseReport:
    """A teacher's own grade cell, scored as nbgrader scores it."""
    from nbgrader.utils import determine_grade  # loads all of nbgrader, which takes a second

    id, most = grade_id(cell) or "", float(tags(cell).get("points") or 0)
    if id not in execution.ran:
        message = "could not be reached: the notebook stopped before this cell"
        return ExerciseReport(id, 0.0, most, [CheckReport(IN_PROCESS, False, message)])
    try:
        score = float(determine_grade(cell)[0] or 0.0)
    except (ValueError, KeyError) as error:
        message = f"its last value is no score: {error}"
        return ExerciseReport(id, 0.0, most, [CheckReport(IN_PROCESS, False, message)])
    raised = next((o for o in cell.outputs if o.output_type == "error"), None)
    message = f"{raised.ename}: {raised.evalue}".rstrip(": ") if raised else ""
    return ExerciseReport(id, score, most, [CheckReport(IN_PROCESS, score >= most, message)])


def _manual(notebook: NotebookNode) -> list[str]:
    return [
        f"{grade_id(cell)} ({tags(cell).get('points', 0):g} points) is read by a person and not "
        f"part of this score"
        for cell in notebook.cells
        if is_manual(cell)
    ]


def _unreached(source: UnitSource) -> list[ExerciseReport]:
    with _FRESH_SPECS:
        specs = [source.unit.spec(id) for id in source.unit.exercises]
    return [_exercise(_nothing(spec, "could not be graded")) for spec in specs]


def summary(report: Report) -> str:
    """One line per submission, and for a single one its exercises."""
    lines = []
    for one in report.submissions:
        score = f"{one.score:g} of {one.max_score:g}" if one.unit else "no score"
        lines.append(f"{one.status:8} {score:>12}  {one.unit or '-':22} {one.path}")
        if one.status == "invalid" or len(report.submissions) == 1:
            lines += [f"         {message}" for message in one.messages]
    if len(report.submissions) == 1:
        for exercise in report.submissions[0].exercises:
            lines.append(f"  {exercise.id}: {exercise.score:g} of {exercise.max_score:g}")
            for check in exercise.checks:
                mark, word = ("✔", "passed") if check.passed else ("✘", "failed")
                message = f": {check.message}" if check.message else ""
                lines.append(f"    {mark} {word}  {check.name}{message}")
    # what a stranger named or raised must not steer the terminal
    return "\n".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", line) for line in lines)
