"""`autograder autograde`: a unit's submissions, from the course's folders into its gradebook.

Reads `autograder/submitted/<student>/<unit>/`, writes `autograded/`, `feedback/` and nbgrader's
gradebook. For each submission the files are written first and the gradebook last, in one
transaction: whatever ends a run, the next one finds what is entered and grades the rest.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import nbformat
from nbgrader.api import MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.authoring.exercise import load_unit
from autograder.batch.progress_bar import Bar
from autograder.batch.task import Engine, Result, Task
from autograder.cells import tags
from autograder.classroom.gradebook import Book, Entry
from autograder.classroom.nbgrader_course import Unusable, folders, teach
from autograder.classroom.standing import Standing
from autograder.classroom.unchanged import FOLDER, Unchanged
from autograder.course import Refused
from autograder.files import replace
from autograder.grading.fingerprint import fingerprint, version
from autograder.grading.grade import Graded, Job, nothing
from autograder.grading.verdict import FINE, SubmissionReport
from autograder.reports import page as feedback
from autograder.reports.marked import answers, mark
from autograder.sandbox.execute import Limits
from autograder.submission.handed_in import NOTHING, SECRET, STAMP, HandedIn, look
from autograder.submission.read import UnitSource, load_units

HALF = 32  # digits of a hash that tell one state from another


class Classroom:
    """One unit of one course, while it is graded. Raises Refused where that cannot be done."""

    def __init__(
        self, course: Path, unit: str, limits: Limits, force: bool = False, run_all: bool = False
    ) -> None:
        self.run_all = run_all
        self.course, self.name, self.force = course.resolve(), unit, force
        self.folders = folders(self.course)
        units = load_units(self.course, unit)
        if unit not in units:
            load_unit(self.course / "solutions" / unit)  # raises AuthorError where it is broken
            raise Refused(f"{unit} has no solution notebook: run `autograder build {unit}` first")
        self.unit: UnitSource = units[unit]
        self.version = version(self.unit.folder)
        self.limits = limits
        self.graded: dict[str, tuple[str, str]] = {}
        self.standings: dict[str, Standing] = {}  # of those who are graded, by student
        self.done: set[str] = set()  # students of this run whose row is as it should be
        self.failed: dict[str, SubmissionReport] = {}  # what could not be entered

    def __enter__(self) -> Classroom:
        if not self.unit.up_to_date():
            raise Refused(
                f"the points of {self.name} have changed since it was built: "
                f"run autograder build {self.name}"
            )
        locks = self.course / "autograder" / FOLDER
        self.lock = _locked(locks / f"{self.name}.lock", self.name)
        try:
            with _locked(locks / ".lock"):  # a gradebook is made, or taught a unit, by one alone
                self.book = self._opened()
        except Unusable as error:
            self.lock.close()
            raise Refused(str(error)) from None
        self.job = Job(
            self.course,
            self.limits,
            pages=True,
            unit=self.name,
            checksums=self.book.checksums,
            versions={self.name: self.version},
            run_all=self.run_all,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.book.close()
        self.lock.close()

    @contextmanager
    def looking(self) -> Iterator[bool]:
        """The gradebook to read in: without a lock, and nothing is graded or entered.

        Yields whether the gradebook knows the unit.
        """
        try:
            self.book = self._book()
        except Unusable as error:
            raise Refused(str(error)) from None
        try:
            yield self._known()
        finally:
            self.book.close()

    def _known(self) -> bool:
        try:
            self.book.open_unit()
        except MissingEntry:
            return False
        self.graded, self.standings = self.book.graded(), self.book.standings()
        return True

    def _book(self) -> Book:
        url, id = self.folders.db_url, self.folders.course_id
        return Book(url, id, self.name, self.unit.unit.notebook, self.folders.config)

    def _opened(self) -> Book:
        book = self._book()
        try:
            if not book.knows(self.version):
                teach(self.course, self.unit)
                book.learned(self.version)
            book.open_unit()
        except BaseException:
            book.close()
            raise
        return book

    @property
    def most(self) -> float:
        """All points of the unit, those that a person gives among them."""
        return float(sum(tags(cell).get("points", 0) for cell in self.unit.notebook.cells))

    def roster(self, student: str | None = None) -> list[str]:
        """Everyone in the gradebook and everyone who handed something in, or one of them."""
        known = set(self.book.students()) - self.folders.left_out
        everyone = sorted(known | self.folders.students())
        if student is None:
            return everyone
        if student not in everyone:
            near = difflib.get_close_matches(student, everyone, n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise Refused(
                f"{student} is neither in the gradebook nor in {self.folders.submitted}{meant}"
            )
        return [student]

    def nobody(self) -> str:
        """What to say of an empty class."""
        return (
            f"nobody has handed in {self.name}, and nobody is in the gradebook: notebooks belong "
            f"into {self.folders.submitted}/STUDENT/{self.name}/"
        )

    def grade(
        self,
        roster: list[str],
        run: Engine,
        stopped: Callable[[], bool] = lambda: False,
        bar: Bar | None = None,
    ) -> None:
        """Grade what is new or changed, and enter each verdict the moment it is there."""
        self.graded, self.standings = self.book.graded(), self.book.renewed()
        under_way: dict[int, HandedIn] = {}

        def tasks() -> Iterator[Task]:
            for number, student in enumerate(roster):
                work = self.handed_in(student)
                before = self.graded.get(student, ("", ""))[0]
                same = before == self._key(work) and not self.force
                if same and self._files_are_there(student):
                    self._renew(student)
                    if bar:
                        bar.known(self.graded[student][1] in FINE)
                elif work.source is None:
                    self._nothing(student, work, bar)
                else:
                    under_way[number] = work
                    yield number, work.source

        for number, result in run(tasks(), stopped):
            self._enter(roster[number], under_way.pop(number), result, bar)

    def bring(self, roster: list[str]) -> Iterator[tuple[SubmissionReport, str]]:
        """Bring points and comments by hand into the page of each, and penalties up to date.

        Yields every student's row, and "" or why the page is not that of what was handed in last.
        """
        self.graded, self.standings = self.book.graded(), self.book.renewed()
        for student in roster:
            work = self.handed_in(student)
            if not self.told(student):
                yield self._missing(student, work.messages), "not graded" if work.exists else ""
            elif self._files_are_there(student):
                self._renew(student)
                same = self.is_graded(student, work) or not work.exists
                row = self.failed.get(student) or self._row(student)
                yield row, "" if same else "what came last is not graded"
            else:
                yield self._row(student), "its page is gone"

    def reports(self, roster: list[str]) -> Iterator[SubmissionReport]:
        """Every student's row, in order; without those that a stopped run did not come to."""
        for student in roster:
            if student in self.failed:
                yield self.failed[student]
            elif student in self.done:
                yield self._row(student)

    def seen(self) -> Unchanged:
        """What this run depends on, as it is now."""
        return Unchanged(self.course, self.name, self.run_all, self.folders.submitted)

    def keep(self, seen: Unchanged, roster: list[str]) -> None:
        """Leave what a run in which nothing has changed says again."""
        if self.failed or set(roster) - self.done:
            return
        with suppress(UnicodeEncodeError):  # a folder whose name is no text
            handed_in = [student for student in roster if self.book.handed_in(student)]
            files = [file for student in handed_in for file in self._files(student)]
            seen.keep(self.folders.db_url, files, self.reports(roster))

    def _row(self, student: str) -> SubmissionReport:
        try:
            report = self.told(student)
        except UnicodeEncodeError:  # a folder whose name is no text
            return self._missing(student, [NOTHING])
        folder = self._folder(self.folders.submitted_directory, student)
        if report and folder.is_dir():
            return report
        if not report and not self.book.handed_in(student):
            return self._missing(student, [NOTHING])
        report = report or self._missing(student, [])
        report.messages.append(f"{folder} is gone: what the gradebook has from before stands")
        return report

    def is_graded(self, student: str, work: HandedIn) -> bool:
        """Whether what was handed in last is what was graded, by this unit and grader or not."""
        return self.graded.get(student, ("", ""))[0][:HALF] == self._key(work)[:HALF]

    def told(self, student: str) -> SubmissionReport | None:
        """What was said about a submission, with what the gradebook holds beside it now."""
        report = self.book.report(student)
        standing = self.standings.get(student)
        return standing.told(report) if report and standing else report

    def handed_in(self, student: str) -> HandedIn:
        folder = self._folder(self.folders.submitted_directory, student)
        return look(folder, self.unit, self.course)

    def _folder(self, step: str, student: str) -> Path:
        return self.folders.of(step, student, self.name)

    def _files(self, student: str) -> tuple[Path, Path]:
        """The autograded notebook and the feedback page."""
        notebook, steps = self.unit.unit.notebook, self.folders
        return (
            self._folder(steps.autograded_directory, student) / f"{notebook}.ipynb",
            self._folder(steps.feedback_directory, student) / f"{notebook}.html",
        )

    def _files_are_there(self, student: str) -> bool:
        # a power cut may leave an empty file behind
        return all(path.is_file() and path.stat().st_size for path in self._files(student))

    def _key(self, work: HandedIn) -> str:
        """What a student's marks depend on: where it is the same, nothing is graded again.

        One half is what was handed in, the other what it is judged by and what is said of it.
        """
        source = work.source
        data = source.data or b"" if source else b""
        said = [*work.messages, *([source.problem, *source.notes] if source else [])]
        handed_in = fingerprint(data, str(work.timestamp), work.secret)
        return handed_in[:HALF] + fingerprint(self.version, *said)[:HALF]

    def _nothing(self, student: str, work: HandedIn, bar: Bar | None) -> None:
        """A row for who handed in no notebook. An empty folder is a submission without points."""
        report = self._missing(student, work.messages)
        if work.exists:
            self._enter(student, work, Result(report), bar)
            return
        self.done.add(student)
        if bar:
            bar(report)

    def _missing(self, student: str, messages: Iterable[str]) -> SubmissionReport:
        folder = self._folder(self.folders.submitted_directory, student)
        shown = folder.relative_to(self.course) if folder.is_relative_to(self.course) else folder
        path = shown.as_posix().encode(errors="replace").decode()
        report = SubmissionReport(path, student, self.name, "missing", messages=list(messages))
        nothing(report, self.unit)
        return report

    def _enter(self, student: str, work: HandedIn, result: Result, bar: Bar | None) -> None:
        """Write one verdict: the files first, then the gradebook. Never raises for either."""
        report = result.report
        report.student = student
        if not report.exercises:
            nothing(report, self.unit)
        try:
            marks = result.marks or mark(Graded(report), self.unit, self.book.checksums)
            page = result.page or feedback.page(Graded(report))
            key = self._key(work) if result.final else ""
            data = work.source.data if work.source else None
            known = fingerprint(data) if data else ""
            earlier = self._earlier(student)
            entry = Entry(student, work.timestamp, marks, report, key, earlier, known)
            self.book.write(entry, lambda told: self._write(told, work, marks.notebook, page))
            self.standings |= self.book.standings(student)
            self.done.add(student)
        except (SQLAlchemyError, OSError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            report.status = "crashed"
            report.messages.append(f"not entered into the gradebook: {reason}; grade it again")
            self.failed[student] = report
        if bar:
            bar(report)

    def _earlier(self, student: str) -> dict[str, str]:
        """The hashes of the answers in a notebook that nbgrader itself graded."""
        file = self._files(student)[0]
        if student in self.graded or not file.is_file():
            return {}
        try:
            return answers(nbformat.read(file, as_version=4))
        except Exception:  # whatever lies there: without it, marks by hand do not carry over
            return {}

    def _write(self, told: SubmissionReport, work: HandedIn, notebook: str, page: str) -> None:
        graded, shown = self._files(told.student or "")
        for file, text in ((graded, notebook), (shown, feedback.filled(page, told))):
            file.parent.mkdir(parents=True, exist_ok=True)
            replace(file, text)
        stamp = f"{work.timestamp} UTC\n" if work.timestamp else ""
        for place in (graded.parent, shown.parent):  # nbgrader's own commands look for them
            for name, text in ((STAMP, stamp), (SECRET, work.secret)):
                if text:
                    replace(place / name, text)
                else:
                    (place / name).unlink(missing_ok=True)

    def _renew(self, student: str) -> None:
        """Bring what a person gave and wrote since into the page of a submission graded before."""
        try:
            report = self.told(student)
            if report:
                self._fill(student, report)
            self.done.add(student)
        except Exception as error:  # whatever lies there: one page stops no other
            reason = f"{type(error).__name__}: {error}"
            report = self._missing(student, [f"its feedback page cannot be written ({reason})"])
            report.status = "crashed"
            self.failed[student] = report

    def _fill(self, student: str, report: SubmissionReport) -> None:
        notebook, file = self._files(student)
        before = file.read_text(encoding="utf-8", errors="replace")
        page = before
        if not feedback.is_ours(page):  # nbgrader's own, or one of an older release
            marked = nbformat.read(notebook, as_version=4)
            page = feedback.page(Graded(report, marked))
        page = feedback.filled(page, report)
        if page != before:
            replace(file, page)


def _locked(path: Path, unit: str = "") -> IO[str]:
    """A file that only one run holds at a time; without a unit it is waited for.

    Whatever ends a run frees it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        import fcntl
    except ImportError:  # Windows: there the database alone keeps two writers apart
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (fcntl.LOCK_NB if unit else 0))
    except OSError:
        file.close()
        raise Refused(f"{unit} is being graded by another run") from None
    return file
