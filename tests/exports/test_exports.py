"""`autograder export`: each platform's own file comes back with our grades, and nobody is lost.

The sample files are made by hand after the platforms' documents; `autograder/exports/platforms.py`
names them.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from small_course import UNIT, make_course, save, submission

from autograder import cli
from autograder.batch.grade_many import engine
from autograder.classroom.classroom import Classroom
from autograder.course import root
from autograder.exports.platforms import PLATFORMS
from autograder.exports.roster import read_roster
from autograder.grading.grade import limits

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,02_small (771),Quiz (772),Final Score
,,,,,,Manual Posting,
    Points Possible,,,,,11,10,(read only)
"Lovelace, Ada",501,A-1,ada,"Sec 1, Sec 2",1,7,
"King, Bob",502,A-2,BOB@x.org,Sec 1,,8,
"Cross, Cid",777,A-3,cid,Sec 1,5,8,
"Student, Test",504,,,Sec 1,,,
"""
MOODLE = """First name,Surname,ID number,Institution,Department,Email address,\
Assignment: 02_small (Real),02_small: double (Real),Course total (Real),\
Last downloaded from this course
Ada,Lovelace,ada,,,ada@x.org,-,-,-,1780000000
Bob,King,,,,bob@x.org,3.00,-,3.00,1780000000
Cid,Cross,CID,,,cid@x.org,-,-,-,1780000000
"""
BLACKBOARD = """"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t\
"Availability"\t"02_small [Total Pts: 11 Score] |4711"\t"Quiz [Total Pts: 10 Score] |4712"
"Lovelace"\t"Ada"\t"ada"\t"A-1"\t"2026-11-01"\t"Yes"\t""\t"7"
"King"\t"Bob"\t"bob@x.org"\t"A-2"\t""\t"Yes"\t""\t""
"Cross"\t"Cid"\t"cid"\t"A-3"\t""\t"Yes"\t""\t""
"""
SAMPLES = {
    "canvas": CANVAS.encode(),
    "moodle": b"\xef\xbb\xbf" + MOODLE.encode(),
    "blackboard": BLACKBOARD.encode("utf-16"),
}
OURS = {  # where the grades go: the header of the platform's own file, else ours
    "canvas": ("02_small (771)", "02_small: double"),
    "moodle": ("Assignment: 02_small (Real)", "02_small: double (Real)"),
    "blackboard": ("02_small [Total Pts: 11 Score] |4711", "02_small: double"),
}
KNOWN_BY = {"canvas": "SIS Login ID", "moodle": "Email address", "blackboard": "Username"}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ada is right, bob half; dan is on no platform; cid and 777 have handed in nothing."""
    course = make_course(tmp_path_factory.mktemp("class"))
    shutil.copy(root() / "nbgrader_config.py", course)
    half = submission(double="def double(x):\n    return 2 * abs(x)", limit="limit = 3")
    handed_in = {"ada": submission(), "bob": half, "dan": half, "=cmd()": submission()}
    for student, notebook in handed_in.items():
        save(notebook, course / "autograder" / "submitted" / student / UNIT / "small.ipynb")
    with Classroom(course, UNIT, limits(10)) as classroom:
        classroom.grade(classroom.roster(), engine(classroom.job))
    with Gradebook(f"sqlite:///{course / 'autograder' / 'gradebook.db'}", "lstm") as book:
        book.update_or_create_student("bob", email="bob@x.org", first_name="Bob", last_name="Ö")
        book.add_student("cid")
        book.add_student("777")  # which is also Canvas's own number of somebody else
        grade = book.find_grade("explain_small", "small", UNIT, "ada")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.db.commit()
    return course


@pytest.fixture(autouse=True)
def here(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOGRADER_COURSE", str(course))


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("to", list(PLATFORMS))
def test_the_platforms_own_file_comes_back_with_our_grades(
    to: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    platform, (total, double) = PLATFORMS[to], OURS[to]
    theirs, out = tmp_path / "theirs.csv", tmp_path / "out" / "ours.csv"
    theirs.write_bytes(SAMPLES[to])
    arguments = ["export", "--to", to, "--roster", str(theirs), "--out", str(out)]
    assert cli.main(arguments) == 1  # some of ours are not there
    # who is in it, and how that is written, is what the platform has handed out
    before, after = read_roster(theirs, platform), read_roster(out, platform)
    assert (after.who, after.people) == (before.who, before.people)
    rows = table(out)
    if to == "canvas":
        points = rows.pop(0)
        assert points["Student"] == "    Points Possible"
        assert (points[total], points[double]) == ("11", "5")
    grades = {row[KNOWN_BY[to]].lower().partition("@")[0]: row for row in rows}
    assert (grades["ada"][total], grades["ada"][double]) == ("10.5", "5")
    assert (grades["bob"][total], grades["bob"][double]) == ("3", "0")
    # nothing handed in is no grade, and so is what a person has not marked
    assert grades["cid"][total] == platform.none
    assert grades["bob"]["02_small: explain_small"] == platform.none
    assert not any("Quiz" in column or "otal (Real)" in column for column in rows[0])
    # whoever is not there is listed, with all their points
    said = capsys.readouterr().err
    assert "dan: 02_small 3" in said and "777: 02_small nothing handed in" in said
    lost = {row["student"]: row["02_small"] for row in table(out.with_name("ours.unmatched.csv"))}
    assert lost == {"dan": "3", "777": "", "'=cmd()": "9"}
    assert "not marked yet, their points are without it" in said and "bob (02_small)" in said


def test_every_student_is_in_the_file_without_a_roster(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for to, column in (("canvas", "SIS Login ID"), ("moodle", "Username"), ("csv", "student")):
        assert cli.main(["export", UNIT, "--to", to]) == 0
        rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
        students = {row[column]: row["02_small"] for row in rows if row[column]}
        none = PLATFORMS[to].none if to in PLATFORMS else ""
        expected = {"ada": "10.5", "bob": "3", "dan": "3", "'=cmd()": "9"}
        assert students == expected | {"cid": none, "777": none}
    assert cli.main(["export", "--to", "canvas", "--totals"]) == 0
    head, points = capsys.readouterr().out.splitlines()[:2]
    assert head == "Student,ID,SIS User ID,SIS Login ID,Section,02_small"
    assert points == "    Points Possible,,,,,11"


def test_csv_and_json_hold_totals_and_exercises(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", "--to", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["units"] == [
        {
            "unit": UNIT,
            "max_score": 11,
            "exercises": {"double": 5, "total": 3, "limit_is_seven": 1, "explain_small": 2},
        }
    ]
    students = {one["student"]: one for one in told["students"]}
    exercises = {"double": 0, "total": 3, "limit_is_seven": 0, "explain_small": None}
    assert students["bob"]["units"][UNIT] == {"score": 3, "waits": True, "exercises": exercises}
    assert students["bob"]["last_name"] == "Ö" and students["cid"]["units"][UNIT]["score"] is None
    assert cli.main(["export", "--to", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    [bob] = [row for row in rows if row["student"] == "bob"]
    assert (bob["total"], bob["max_total"], bob["02_small: total"]) == ("3", "11", "3")


def test_a_late_penalty_is_taken_off(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fined(points: float) -> str:
        with Gradebook(f"sqlite:///{course / 'autograder' / 'gradebook.db'}", "lstm") as book:
            book.find_submission_notebook("small", UNIT, "bob").late_submission_penalty = points
            book.db.commit()
        assert cli.main(["export", "--to", "csv"]) == 0
        rows = {row["student"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
        assert rows["cid"]["total"] == ""  # handed in nothing: no grade
        return rows["bob"]["total"]

    assert [fined(points) for points in (0.5, 50.0, 0.0)] == ["2.5", "0", "3"]


def test_points_that_differ_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for to in ("canvas", "blackboard"):
        theirs = tmp_path / f"{to}.csv"
        text = SAMPLES[to].decode("utf-16" if to == "blackboard" else "utf-8")
        text = text.replace("Pts: 11", "Pts: 20").replace(",,,,,11", ",,,,,20")
        theirs.write_text(text, encoding="utf-8")
        cli.main(["export", "--to", to, "--roster", str(theirs)])
        name = PLATFORMS[to].name
        assert f"02_small has 20 points in {name} and 11 here" in capsys.readouterr().err


def test_nothing_of_the_teachers_is_overwritten_and_bad_files_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs, out = tmp_path / "theirs.csv", tmp_path / "out.csv"
    theirs.write_bytes(SAMPLES["canvas"])
    out.write_text("mine")

    def said(*arguments: str) -> str:
        assert cli.main(["export", *arguments]) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1
        return lines[0]

    assert "is there already" in said("--to", "csv", "--out", str(out))
    both = ("--roster", str(theirs), "--out", str(theirs), "--force")
    assert "is the roster" in said("--to", "canvas", *both)
    assert out.read_text() == "mine" and theirs.read_bytes() == SAMPLES["canvas"]
    wrong = said("--to", "moodle", "--roster", str(theirs))
    assert "is no gradebook of Moodle" in wrong and "ID number" in wrong
    assert "cannot be read" in said("--to", "canvas", "--roster", str(tmp_path / "none.csv"))
    (tmp_path / "x.csv").write_bytes(b"PK\x03\x04\xff\xff")
    assert "is no text" in said("--to", "canvas", "--roster", str(tmp_path / "x.csv"))
    (tmp_path / "empty.csv").write_text("")
    assert "has no column" in said("--to", "canvas", "--roster", str(tmp_path / "empty.csv"))
    assert "--roster is for" in said("--to", "csv", "--roster", str(theirs))
    assert cli.main(["export", "--to", "csv", "--out", str(out), "--force"]) == 0
    assert out.read_text().startswith("student,")
