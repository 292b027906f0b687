"""`autograder autograde`: nbgrader's gradebook, its folders, and what a second run does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade
from rich.cells import cell_len
from small_course import MAX_SCORE, UNIT, cell_of, make_course, save, submission

from autograder import cli, commands
from autograder.batch import local
from autograder.batch.grade_many import engine
from autograder.classroom.classroom import Classroom
from autograder.classroom.nbgrader_course import configuration
from autograder.course import Refused, root
from autograder.grading.grade import limits
from autograder.grading.verdict import SubmissionReport
from autograder.reports import marked

SCHEMA = json.loads((root() / "autograder" / "schema.json").read_text(encoding="utf-8"))
PARTLY = submission(
    double="def double(x):\n    return 2 * abs(x)",
    total="def total(x, b):\n    return x.sum(axis=1)",
)
NOTHING = submission(double="", total="", limit="")
CRASH = submission(total="import os\nos._exit(3)")
Autograde = Callable[..., dict[str, SubmissionReport]]


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose gradebook knows the unit, which takes seconds to make, and nobody yet."""
    course = make_course(tmp_path_factory.mktemp("new"))
    shutil.copy(root() / "nbgrader_config.py", course)
    with Classroom(course, UNIT, limits(10)):
        pass
    return course


@pytest.fixture
def course(new: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(new, tmp_path / "course"))


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The students whose submissions were run."""
    seen: list[str] = []
    real = local.work

    def work(grader: Any, source: Any) -> Any:
        seen.append(source.file.parts[2])
        return real(grader, source)

    monkeypatch.setattr(local, "work", work)
    return seen


@pytest.fixture
def autograde(course: Path) -> Autograde:
    """Grade the unit in this process: student → row."""

    def run(
        student: str | None = None, force: bool = False, timeout: float = 10.0
    ) -> dict[str, SubmissionReport]:
        with Classroom(course, UNIT, limits(timeout), force) as classroom:
            roster = classroom.roster(student)
            classroom.grade(roster, engine(classroom.job))
            rows = list(classroom.reports(roster))
        jsonschema.validate({"schema": 1, "submissions": [asdict(row) for row in rows]}, SCHEMA)
        assert [row.student for row in rows] == roster
        return {row.student or "": row for row in rows}

    return run


@pytest.fixture
def book(course: Path) -> Iterator[Gradebook]:
    with opened(course) as gradebook:
        yield gradebook


def opened(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course / 'autograder' / 'gradebook.db'}", "lstm")


def hand_in(course: Path, student: str, notebook: Any, name: str = "small.ipynb") -> Path:
    return save(notebook, course / "autograder" / "submitted" / student / UNIT / name)


def autograded(course: Path, student: str) -> Any:
    path = course / "autograder" / "autograded" / student / UNIT / "small.ipynb"
    return nbformat.read(path, as_version=4)


def page(course: Path, student: str) -> str:
    path = course / "autograder" / "feedback" / student / UNIT / "small.html"
    return path.read_text(encoding="utf-8")


def in_gradebook(gradebook: Gradebook, student: str) -> dict[str, float | None]:
    gradebook.db.expire_all()
    notebook = gradebook.find_submission_notebook("small", UNIT, student)
    return {grade.name: grade.auto_score for grade in notebook.grades}


def grade_by_hand(gradebook: Gradebook, student: str, score: float, comment: str) -> None:
    gradebook.db.expire_all()
    grade = gradebook.find_grade("explain_small", "small", UNIT, student)
    grade.manual_score, grade.needs_manual_grade = score, False
    gradebook.find_comment("explain_small", "small", UNIT, student).manual_comment = comment
    gradebook.db.commit()


def by_hand(gradebook: Gradebook, student: str, id: str = "explain_small") -> Any:
    gradebook.db.expire_all()
    grade = gradebook.find_grade(id, "small", UNIT, student)
    return grade.manual_score, grade.needs_manual_grade


def nbgrader(course: Path, *arguments: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


# Scores


def test_gradebook_notebook_page_and_row_tell_the_same_scores(
    course: Path, autograde: Autograde, book: Gradebook
) -> None:
    for student, notebook in {"ada": submission(), "bob": PARTLY, "cleo": NOTHING}.items():
        hand_in(course, student, notebook)
    hand_in(course, "ed", CRASH)
    rows = autograde()
    assert {name: (row.status, row.score) for name, row in rows.items()} == {
        "ada": ("graded", 9),
        "bob": ("graded", 3),
        "cleo": ("graded", 0),
        "ed": ("crashed", 6),
    }
    for student, row in rows.items():
        assert row.max_score == MAX_SCORE
        assert row.path == f"autograder/submitted/{student}/{UNIT}/small.ipynb"
        scores = in_gradebook(book, student)
        assert scores.pop("explain_small") is None  # a person reads it
        told = {exercise.id: exercise.score for exercise in row.exercises}
        assert {id.removeprefix("check_"): score for id, score in scores.items()} == told
        notebook = autograded(course, student)
        assert scores == {id: determine_grade(cell_of(notebook, id))[0] for id in scores}
        # the same points in the row, on the page and in the gradebook: of 11, and 2 still to come
        assert (row.total, row.most, row.waiting) == (row.score, 11, ["explain_small"])
        assert f"{row.score:g} of 11 points" in page(course, student)
        assert "not marked yet (2 points)" in page(course, student)
        one = book.find_submission(UNIT, student)
        assert (one.score, one.max_score) == (row.total, row.most)
    assert "You lose the sign of x." in page(course, "bob")
    said = cell_of(autograded(course, "bob"), "check_double").outputs[0].text
    assert "○ later   same shape as x" in said and "You lose the sign of x." in said
    # what formgrader shows of a crash is not the full marks that a cell without outputs gets
    assert in_gradebook(book, "ed")["check_total"] == 0


def test_stock_nbgrader_enters_the_same_into_its_gradebook(tmp_path: Path, course: Path) -> None:
    own = submission()
    cell_of(own, "explain_small").source = "Because two is one and one."
    for student, notebook in {"ada": own, "bob": PARTLY, "cleo": NOTHING}.items():
        path = hand_in(course, student, notebook)
        (path.parent / "timestamp.txt").write_text("2030-01-02 03:04:05 UTC")
    stock = Path(shutil.copytree(course, tmp_path / "stock"))
    (stock / "autograder" / "gradebook.db").unlink()
    nbgrader(stock, "generate_assignment", UNIT)
    # what was handed in are released notebooks, whose cells carry nbgrader's checksums
    with opened(stock) as gradebook:
        cells = gradebook.find_notebook("small", UNIT).source_cells
        checksums = {cell.name: cell.checksum for cell in cells}
        stub = next(cell.source for cell in cells if cell.name == "explain_small")
    for student in ("ada", "bob", "cleo"):
        path = course / "autograder" / "submitted" / student / UNIT / "small.ipynb"
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader.checksum = checksums[cell.metadata.nbgrader.grade_id]
        if student == "cleo":
            cell_of(notebook, "explain_small").source = stub
        for place in (course, stock):
            save(notebook, place / path.relative_to(course))
    nbgrader(stock, "autograde", UNIT)
    with Classroom(course, UNIT, limits(10)) as classroom:
        classroom.grade(classroom.roster(), engine(classroom.job))
    theirs, ours = entries(stock), entries(course)
    # beside what nbgrader writes, ours says which known mistake it was
    said = [ours["bob"].pop(f"comment {name}") for name in ("double", "total")]
    assert said == ["recognised: double/absolute", "recognised: total/without-b"]
    for name in ("double", "total"):
        assert theirs["bob"].pop(f"comment {name}") is None
    assert theirs == ours and len(ours) == 3
    assert ours["cleo"]["explain_small"][:3] == (0, 2, False)  # untouched: nothing to read
    assert ours["ada"]["explain_small"][:3] == (None, 2, True)


def entries(course: Path) -> dict[str, dict[str, Any]]:
    """Everything that a run enters: student → cell → points, flags, comment."""
    with opened(course) as gradebook:
        return {
            one.student.id: {
                "submission": (one.timestamp, one.score, one.max_score, one.needs_manual_grade),
                **{
                    g.name: (g.auto_score, g.max_score, g.needs_manual_grade, g.failed_tests)
                    for g in one.notebooks[0].grades
                },
                **{f"comment {c.name}": c.comment for c in one.notebooks[0].comments},
            }
            for one in gradebook.assignment_submissions(UNIT)
        }


def test_nbgraders_feedback_shows_the_scores_and_nothing_hidden_or_harmful(
    course: Path, autograde: Autograde
) -> None:
    notebook = submission(double="def double(x):\n    return 2 * abs(x)", limit="limit = 3")
    show = "from IPython.display import HTML, Javascript, display\n"
    show += "display(HTML('<b>bold</b><script>steal()</script>'), Javascript('steal()'))"
    notebook.cells.insert(1, new_code_cell(show))
    cell_of(notebook, "explain_small").source = "Mine <img src=x onerror='steal()'> **strong**"
    hand_in(course, "ada", notebook)
    assert autograde()["ada"].score == 3
    nbgrader(course, "generate_feedback", UNIT, "--force")
    html = page(course, "ada")
    assert "Score: 3.0 / 11.0" in html and "<strong>strong</strong>" in html
    assert "limit == 7" not in html  # the hidden test
    shown = html.split("<body", 1)[1]
    assert "<b>bold</b>" in shown and "<script>steal()" not in shown and "onerror=" not in shown


# Who is on the list


def test_everyone_has_a_row(course: Path, autograde: Autograde, book: Gradebook) -> None:
    book.add_student("dora")
    hand_in(course, "ada", submission())
    hand_in(course, "gus", submission(), "small (1).ipynb")
    hand_in(course, "hal", submission(), "a.ipynb")
    hand_in(course, "hal", submission(), "b.ipynb")
    hand_in(course, "kim", submission())
    hand_in(course, "kim", submission(), "scratch.ipynb").with_name("notes.pdf").write_text("%")
    empty = course / "autograder" / "submitted" / "ida" / UNIT
    empty.mkdir(parents=True)
    (empty / "work.pdf").write_text("%PDF")
    hand_in(course, "fay", submission()).write_text("{")
    foreign = nbformat.v4.new_notebook(cells=[new_code_cell("1")])
    hand_in(course, "lou", foreign)
    (course / "autograder" / "submitted" / "mia" / "03_other").mkdir(parents=True)
    for student, data in (("ned", json.dumps(submission())), ("oz", None)):
        folder = course / "autograder" / "submitted" / student / UNIT
        folder.mkdir(parents=True)
        (folder / "hw.zip").write_text("no zip")
        if data:
            with zipfile.ZipFile(folder / "hw.zip", "w") as archive:
                archive.writestr("hw/small.ipynb", data)
    rows = autograde()
    assert {name: (row.status, row.score) for name, row in rows.items()} == {
        "ada": ("graded", 9),
        "dora": ("missing", 0),
        "fay": ("invalid", 0),
        "gus": ("graded", 9),
        "hal": ("invalid", 0),
        "ida": ("missing", 0),
        "kim": ("graded", 9),
        "lou": ("invalid", 0),
        "mia": ("missing", 0),
        "ned": ("graded", 9),
        "oz": ("invalid", 0),
    }
    assert all(row.max_score == MAX_SCORE for row in rows.values())
    said = {name: "\n".join(row.messages) for name, row in rows.items()}
    assert "nothing was handed in" in said["dora"] and "nothing was handed in" in said["mia"]
    assert "small (1).ipynb was graded as small.ipynb" in said["gus"]
    assert "2 notebooks were handed in, none of them named small.ipynb" in said["hal"]
    assert "no notebook was handed in: there is work.pdf" in said["ida"]
    assert "scratch.ipynb came with it" in said["kim"] and "notes.pdf came with it" in said["kim"]
    assert "JSON is broken" in said["fay"] and "is no notebook of this course" in said["lou"]
    assert "hw.zip" not in said["ned"] and "is no readable zip file" in said["oz"]
    # who handed in nothing has no submission, as nbgrader expects it; who handed in something has
    submitted = {one.student.id for one in book.assignment_submissions(UNIT)}
    assert submitted == {"ada", "fay", "gus", "hal", "ida", "kim", "lou", "ned", "oz"}
    assert set(in_gradebook(book, "ida").values()) == {0}
    assert "no notebook was handed in" in page(course, "ida")
    assert "JSON is broken" in autograded(course, "fay").cells[0].source


def test_one_student_alone(course: Path, autograde: Autograde, ran: list[str]) -> None:
    hand_in(course, "ada", submission())
    hand_in(course, "bob", PARTLY)
    assert list(autograde("bob")) == ["bob"] and ran == ["bob"]
    with pytest.raises(Refused, match=r"adam is neither in the gradebook nor .* mean ada\?"):
        autograde("adam")


# A second run


def test_only_what_is_new_or_changed_is_graded_again(
    course: Path, autograde: Autograde, ran: list[str], book: Gradebook
) -> None:
    for student in ("ada", "bob", "cleo"):
        hand_in(course, student, PARTLY)
    first = autograde()
    assert ran == ["ada", "bob", "cleo"]
    assert autograde() == first and len(ran) == 3
    hand_in(course, "bob", submission())
    hand_in(course, "dan", submission())
    (course / "autograder" / "submitted" / "cleo" / UNIT / "timestamp.txt").write_text(
        "2030-01-02 03:04:05 UTC"
    )
    rows = autograde()
    assert ran[3:] == ["bob", "cleo", "dan"] and rows["ada"] == first["ada"]
    assert rows["bob"].score == 9
    # what somebody else changed in the gradebook, or what is gone from the disk, is put right
    book.find_grade("check_double", "small", UNIT, "ada").auto_score = 5
    book.db.commit()
    (course / "autograder" / "feedback" / "dan" / UNIT / "small.html").unlink()
    autograde()
    assert ran[6:] == ["ada", "dan"] and in_gradebook(book, "ada")["check_double"] == 0
    autograde(force=True)
    assert ran[8:] == ["ada", "bob", "cleo", "dan"]
    exercises = course / "solutions" / UNIT / "exercises.py"
    exercises.write_text(exercises.read_text() + "\n# another unit now\n")
    from autograder.grading.fingerprint import version

    version.cache_clear()
    autograde("ada")
    assert ran[12:] == ["ada"]


def test_an_old_score_never_stands_for_a_new_submission(
    course: Path, autograde: Autograde, book: Gradebook
) -> None:
    for student in ("ada", "bob", "cleo", "dan"):
        hand_in(course, student, submission())
    autograde()
    for student in ("ada", "bob", "cleo", "dan"):
        assert sum(filter(None, in_gradebook(book, student).values())) == 9
    crash = submission(before="import os\nos._exit(1)", double="import os\nos._exit(1)", total="")
    hand_in(course, "ada", crash)
    hand_in(course, "bob", submission()).write_text("{")
    (course / "autograder" / "submitted" / "cleo" / UNIT / "small.ipynb").unlink()
    rows = autograde()
    assert (rows["ada"].status, rows["ada"].score) == ("crashed", 1)
    assert sum(filter(None, in_gradebook(book, "ada").values())) == 1
    for student, status in (("bob", "invalid"), ("cleo", "missing")):
        assert rows[student].status == status
        assert set(in_gradebook(book, student).values()) == {0}
        assert "0 of 11 points" in page(course, student)
        assert "return twice(x)" not in json.dumps(autograded(course, student))
        assert by_hand(book, student) == (None, False)  # nothing to read
    # a folder that is gone is no new submission
    shutil.rmtree(course / "autograder" / "submitted" / "dan")
    rows = autograde()
    assert rows["dan"].score == 9 and sum(filter(None, in_gradebook(book, "dan").values())) == 9
    assert "is gone" in rows["dan"].messages[-1]


def test_marks_by_hand_hold_for_the_same_answer_alone(
    course: Path, autograde: Autograde, book: Gradebook
) -> None:
    for student in ("ada", "bob"):
        hand_in(course, student, PARTLY)
    autograde()
    for student in ("ada", "bob"):
        assert by_hand(book, student) == (None, True)
        grade_by_hand(book, student, 1.5, "Good, but say why.")
        book.find_grade("check_double", "small", UNIT, student).manual_score = 4  # a kind teacher
        book.db.commit()
    assert autograde(force=True)["ada"].status == "graded"
    assert by_hand(book, "ada") == (1.5, False) and by_hand(book, "ada", "check_double")[0] == 4
    again = submission(double="def double(x):\n    return 2 * abs(x) + 0")
    hand_in(course, "ada", again)
    cell_of(again, "explain_small").source = "Because of something else."
    hand_in(course, "bob", again)
    rows = autograde()
    # code that changed is judged anew, a text that did not keeps its marks
    assert by_hand(book, "ada") == (1.5, False)
    assert by_hand(book, "ada", "check_double") == (None, False)
    assert by_hand(book, "bob") == (None, True)
    comment = book.find_comment("explain_small", "small", UNIT, "ada")
    assert comment.manual_comment == "Good, but say why."
    assert book.find_comment("explain_small", "small", UNIT, "bob").manual_comment is None
    told = "\n".join(rows["bob"].messages)
    assert "explain_small: what was answered changed since a person gave it 1.5 points" in told
    assert "Good, but say why." in told and "1.5 points" in page(course, "bob")
    assert "explain_small: what" not in "\n".join(rows["ada"].messages)


def test_marks_by_hand_survive_from_a_gradebook_that_stock_nbgrader_filled(
    course: Path, autograde: Autograde
) -> None:
    hand_in(course, "ada", PARTLY)
    nbgrader(course, "autograde", UNIT)
    with opened(course) as gradebook:
        grade_by_hand(gradebook, "ada", 2, "Yes.")
    autograde()
    with opened(course) as gradebook:
        assert by_hand(gradebook, "ada") == (2, False)


def test_late_penalties_come_from_nbgraders_plugin(
    course: Path, autograde: Autograde, book: Gradebook, ran: list[str]
) -> None:
    for student in ("ada", "bob"):
        path = hand_in(course, student, submission())
        (path.parent / "timestamp.txt").write_text("2030-01-02 03:00:00 UTC")
    hand_in(course, "cleo", submission()).with_name("timestamp.txt").write_text("yesterday-ish")
    autograde()
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")
    book.update_or_create_assignment(UNIT, duedate="2030-01-02 01:30:00 UTC")
    book.grant_extension(UNIT, "bob", hours=2)
    rows = autograde()
    book.db.expire_all()
    penalty = {
        student: book.find_submission_notebook("small", UNIT, student).late_submission_penalty
        for student in rows
    }
    assert penalty == {"ada": 9, "bob": None, "cleo": None}
    told = "\n".join(rows["ada"].messages)
    assert "handed in 1.5 hours late: 9 points are taken off" in told
    assert "1.5 hours late" in page(course, "ada") and "0 of 11 points" in page(course, "ada")
    assert (rows["ada"].score, rows["ada"].penalty, rows["ada"].total) == (9, 9, 0)
    assert "timestamp.txt holds no time" in "\n".join(rows["cleo"].messages)
    # points by hand, an extension and another due date change what is taken off
    grade_by_hand(book, "ada", 2, "Late, but good.")
    assert autograde()["ada"].penalty == 11
    book.grant_extension(UNIT, "ada", hours=1)
    assert "0.5 hours late" in "".join(autograde()["ada"].messages)
    book.update_or_create_assignment(UNIT, duedate="2030-01-02 02:30:00 UTC")
    assert autograde()["ada"].total == 11 and "11 of 11 points" in page(course, "ada")
    assert "late" not in page(course, "ada").replace("Late, but good", "")
    assert ran == ["ada", "bob", "cleo"]  # and no submission was run for it


# What can go wrong


def test_what_cannot_be_entered_is_told_and_tried_again(
    course: Path, autograde: Autograde, monkeypatch: pytest.MonkeyPatch, ran: list[str]
) -> None:
    for student in ("ada", "bob"):
        hand_in(course, student, submission())
    real = Classroom._write

    def full(self: Classroom, told: SubmissionReport, *rest: Any) -> None:
        if told.student == "ada":
            raise OSError("no space left on device")
        real(self, told, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Classroom, "_write", full)
        rows = autograde()
    assert rows["ada"].status == "crashed" and rows["bob"].status == "graded"
    assert "no space left on device" in rows["ada"].messages[-1]
    with opened(course) as gradebook:
        assert [one.student.id for one in gradebook.assignment_submissions(UNIT)] == ["bob"]
    assert autograde()["ada"].score == 9 and ran == ["ada", "bob", "ada"]


def test_a_notebook_that_cannot_be_written_stops_nobody(
    course: Path, autograde: Autograde, monkeypatch: pytest.MonkeyPatch, book: Gradebook
) -> None:
    hand_in(course, "ada", submission(before="'this one'"))
    hand_in(course, "bob", submission())
    real = marked.mark

    def odd(graded: Any, *rest: Any) -> Any:
        if graded.notebook and any(cell.source == "'this one'" for cell in graded.notebook.cells):
            raise RecursionError
        return real(graded, *rest)

    monkeypatch.setattr(marked, "mark", odd)
    rows = autograde()
    assert rows["bob"].messages == rows["ada"].messages[:-1]
    assert "cannot be written for the formgrader" in rows["ada"].messages[-1]
    assert sum(filter(None, in_gradebook(book, "ada").values())) == 9


def test_one_run_at_a_time(course: Path, autograde: Autograde) -> None:
    with (
        Classroom(course, UNIT, limits(10)),
        pytest.raises(Refused, match=f"{UNIT} is being graded by another run"),
    ):
        autograde()


def test_two_units_are_graded_at_once(course: Path, book: Gradebook) -> None:
    other = "03_small"
    shutil.copytree(course / "solutions" / UNIT, course / "solutions" / other)
    students = [f"s{number}" for number in range(6)]
    for unit in (UNIT, other):
        for student in students:
            save(submission(), course / "autograder" / "submitted" / student / unit / "small.ipynb")
    command = [sys.executable, "-m", "autograder", "--course", str(course), "autograde"]
    with Classroom(course, UNIT, limits(10)), Classroom(course, other, limits(10)):
        pass
    runs = [
        subprocess.Popen([*command, unit], cwd=root(), stdout=subprocess.PIPE, text=True)
        for unit in (UNIT, other)
    ]
    said = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert [text.count("9 of 11") for text in said] == [6, 6]
    for unit in (UNIT, other):
        assert {one.score for one in book.assignment_submissions(unit)} == {9}


def test_a_mark_that_another_teacher_gives_meanwhile_is_kept(
    course: Path, autograde: Autograde, book: Gradebook
) -> None:
    for student in ("ada", "bob"):
        hand_in(course, student, PARTLY)
    autograde()
    hand_in(course, "bob", submission())  # other code, the same words
    with Classroom(course, UNIT, limits(10)) as classroom:
        run = engine(classroom.job)

        def meanwhile(tasks: Any, stopped: Any) -> Iterator[Any]:
            for result in run(tasks, stopped):
                for student in ("ada", "bob"):
                    grade_by_hand(book, student, 1.5, "From the formgrader.")
                yield result

        classroom.grade(classroom.roster(), meanwhile)
    assert by_hand(book, "ada") == by_hand(book, "bob") == (1.5, False)
    assert "From the formgrader." in page(course, "bob") and "10.5 of 11" in page(course, "bob")
    autograde()
    assert "From the formgrader." in page(course, "ada")


def test_who_marked_an_answer_is_told_when_its_points_change(
    course: Path, autograde: Autograde, book: Gradebook
) -> None:
    from autograder.grading.fingerprint import version

    hand_in(course, "ada", submission())
    autograde()
    grade_by_hand(book, "ada", 1.5, "Nearly.")
    autograde(force=True)
    assert by_hand(book, "ada") == (1.5, False)
    path = course / "solutions" / UNIT / "small.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell_of(notebook, "explain_small").metadata.nbgrader.points = 5
    nbformat.write(notebook, path)
    version.cache_clear()
    said = " ".join(autograde()["ada"].messages)
    assert by_hand(book, "ada") == (1.5, True)
    assert "a person marked it when it had other points than the 5 of now" in said


def test_the_formgraders_button_grades_isolated(
    course: Path, book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the server does it: its handlers are there when the configuration is read."""
    import nbgrader.server_extensions.formgrader.base
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    assert nbgrader.server_extensions.formgrader.base
    monkeypatch.setattr(NbGraderAPI, "autograde", NbGraderAPI.autograde)  # put back afterwards
    hand_in(course, "ada", submission(before="import os\nprint(os.getcwd(), os.listdir('/'))"))
    config = configuration(course)
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    done = api.autograde(UNIT, "ada")
    assert done["success"] and "9 of 11" in done["log"]
    assert in_gradebook(book, "ada")["check_double"] == 5
    shown = " ".join(str(c.get("outputs")) for c in autograded(course, "ada").cells)
    assert str(course) not in shown  # it ran where the course is out of reach
    (course / "autograder" / "submitted" / "ada" / UNIT / "small.ipynb").write_text("{")
    done = api.autograde(UNIT, "ada")
    assert not done["success"] and "JSON is broken" in done["log"]


def test_a_gradebook_that_does_not_open_and_a_unit_whose_cells_changed(
    course: Path, autograde: Autograde
) -> None:
    hand_in(course, "ada", submission())
    autograde()
    master = course / "solutions" / UNIT / "small.ipynb"
    notebook = nbformat.read(master, as_version=4)
    cell_of(notebook, "limit_is_seven").metadata.nbgrader.grade_id = "limit_is_right"
    nbformat.write(notebook, master)
    from autograder.grading.fingerprint import version

    version.cache_clear()
    with pytest.raises(Refused, match="graded cells are others"):
        autograde()
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("\nc.CourseDirectory.db_url = 'sqlite:////nowhere/at/all.db'\n")
    with pytest.raises(Refused, match="the gradebook cannot be opened"):
        autograde()


def test_command_line(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOGRADER_COURSE", str(course))
    hand_in(course, "ada", PARTLY)
    assert cli.main(["autograde", UNIT, "--json"]) == 0
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    jsonschema.validate(report, SCHEMA)
    assert report["submissions"][0]["score"] == 3 and printed.err == ""
    hand_in(course, "bob", submission()).write_text("")
    assert cli.main(["autograde", UNIT, "--workers", "2"]) == 1
    printed = capsys.readouterr()
    assert (
        "3 of 11" in printed.out
        and "2 points not marked yet" in printed.out
        and "the file is empty" in printed.out
    )
    assert "graded 2 of 2" in printed.err and "1 with problems" in printed.err
    assert cli.main(["autograde", UNIT, "--student", "carl"]) == 2
    assert "carl is neither" in capsys.readouterr().err


def test_several_units_and_one_that_cannot_be_graded_stops_none(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "03_small"
    shutil.copytree(course / "solutions" / UNIT, course / "solutions" / other)
    monkeypatch.setenv("AUTOGRADER_COURSE", str(course))
    for unit in (UNIT, other):
        save(submission(), course / "autograder" / "submitted" / "ada" / unit / "small.ipynb")
    assert cli.main(["autograde", UNIT, other, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, SCHEMA)
    assert [one["unit"] for one in report["submissions"]] == [UNIT, other]
    assert cli.main(["autograde", UNIT, other]) == 0
    assert capsys.readouterr().out.count("9 of 11") == 2
    with Classroom(course, UNIT, limits(10)):
        assert cli.main(["autograde", UNIT, other, "--force"]) == 1
    printed = capsys.readouterr()
    assert "9 of 11" in printed.out and f"{UNIT} is being graded by another run" in printed.err


def test_ctrl_c_in_a_unit_begins_no_other(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "03_small"
    shutil.copytree(course / "solutions" / UNIT, course / "solutions" / other)
    monkeypatch.setenv("AUTOGRADER_COURSE", str(course))
    graded: list[str] = []
    monkeypatch.setattr(
        commands, "grade_unit", lambda arguments, unit, show: graded.append(unit) or (2, 2, True)
    )
    assert cli.main(["autograde", UNIT, other]) == 130 and graded == [UNIT]
    assert "the same command grades the rest" in capsys.readouterr().err
    assert cli.main(["autograde", other]) == 0  # all of it was graded before it stopped


def test_status_before_and_after_whatever_was_handed_in(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOGRADER_COURSE", str(course))
    with opened(course) as book:
        book.update_or_create_assignment(UNIT, duedate="2030-01-15 18:00 UTC")
    hand_in(course, "李雷", submission())
    empty = course / "autograder" / "submitted" / "ben\u202e" / UNIT
    empty.mkdir(parents=True)
    (empty / "onlinetext.html").write_text("<p>see attachment</p>")

    def told() -> list[str]:
        assert cli.main(["status", UNIT]) == 0
        return capsys.readouterr().out.splitlines()

    for graded in (False, True):
        if graded:
            assert cli.main(["autograde", UNIT]) == 0
            said = capsys.readouterr().out
            assert said.count("no notebook was handed in: there is onlinetext.html") == 1
        head, ben, lei = told()
        assert "due 2030-01-15 18:00" in head and "1 of 2 handed in" in head
        assert "\u202e" not in ben and ("missing" in ben or not graded)
        # as wide as it is drawn: a Chinese letter takes two places
        assert cell_len(lei[: lei.index("no time")]) == cell_len(ben[: ben.index("-")])
        assert cli.main(["status", UNIT, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)["units"][0]["students"]
        assert [(one["most"], one["handed_in"]) for one in found] == [(11, False), (11, True)]


def test_a_worker_loads_no_nbgrader() -> None:
    code = "import sys, autograder.batch.preload; sys.exit('nbgrader' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=root()).returncode == 0
