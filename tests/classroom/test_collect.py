"""A learning platform's zip becomes nbgrader's folders: nobody guessed, nobody dropped."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from small_course import UNIT, submission
from term import Term

NOTEBOOK = json.dumps(submission())
ROSTER = """id,first_name,last_name,email,lms_user_id
ada@uni.example,Ada,Núñez Óscar,ada@uni.example,
b.en,Ben,O'Neill-Smith,,4711
李雷,雷,李,,
olga k,Ольга,Кузнецова,,
sam1,Sam,Lee,,
sam2,Sam,Lee,,
tom,Tom,Late,,
zoe,Zoë,Absent,,
"""


def packed(files: dict[str, str | bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return memory.getvalue()


@pytest.fixture
def term(tmp_path: Path) -> Term:
    term = Term(tmp_path)
    (tmp_path / "roster.csv").write_text("\ufeff" + ROSTER, encoding="utf-8")
    return term


def collect(term: Term, archive: bytes, *options: str, ends: int) -> str:
    (term.place / "class.zip").write_bytes(archive)
    roster = str(term.place / "roster.csv")
    options = ("--from-lms", str(term.place / "class.zip"), "--roster", roster, *options)
    return term.teacher("autograder", "collect", UNIT, *options, ends=ends)


MOODLE: dict[str, str | bytes] = {
    "Ada Nunez Oscar_101_assignsubmission_file_/small.ipynb": NOTEBOOK,
    "Ada Nunez Oscar_101_assignsubmission_file_/timestamp.txt": "2000-01-01 00:00:00 UTC",
    "Ada Nunez Oscar_101_assignsubmission_onlinetext_/onlinetext.html": "<p>Here it is</p>",
    "Ben_4711_assignsubmission_file_/small (1).ipynb": NOTEBOOK,
    "李 雷_103_assignsubmission_file_small.ipynb": NOTEBOOK,
    "Ольга Кузнецова_104_assignsubmission_file_/hw.zip": packed({"hw/small.ipynb": NOTEBOOK}),
    "Sam Lee_105_assignsubmission_file_/small.ipynb": NOTEBOOK,
    "A Guest_106_assignsubmission_file_/small.ipynb": NOTEBOOK,
    "Tom Late_107_assignsubmission_file_/../../../x.ipynb": NOTEBOOK,
    "__MACOSX/x": "",
}


def test_a_moodle_zip_is_mapped_graded_and_nobody_is_dropped(term: Term) -> None:
    said = collect(term, packed(MOODLE), ends=1)
    assert "collected: 4; not collected: 3" in said
    assert "Sam Lee (small.ipynb) may be sam1 or sam2" in said
    assert "A Guest (small.ipynb) is nobody in" in said and "lms_user_id 106" in said
    assert "points outside of the archive" in said
    assert "nothing came: sam1, sam2, tom, zoe" in said
    here = term.submitted("ada@uni.example")
    assert sorted(path.name for path in here.iterdir()) == ["onlinetext.html", "small.ipynb"]
    assert not list(term.place.rglob("x.ipynb"))
    said = term.teacher("autograder", "autograde", UNIT)
    assert said.count("9 of 11") == 4  # hw.zip as well
    assert "hw.zip" not in term.page("olga k").read_text().split("What to know")[-1][:300]
    with term.gradebook() as book:
        found = {one.student.id for one in book.assignment_submissions(UNIT)}
    assert found == {"ada@uni.example", "b.en", "李雷", "olga k"}
    # once more: nothing new; another notebook is not written over the first unasked
    assert "collected: 0, 4 were there already" in collect(term, packed(MOODLE), ends=1)
    newer = MOODLE | {"Ben_4711_assignsubmission_file_/small (1).ipynb": NOTEBOOK + " "}
    assert "b.en had handed in something else" in collect(term, packed(newer), ends=1)
    assert (term.submitted("b.en") / "small (1).ipynb").read_text() == NOTEBOOK
    assert "collected: 1, 3 were there" in collect(term, packed(newer), "--update", ends=1)
    assert (term.submitted("b.en") / "small (1).ipynb").read_text() == NOTEBOOK + " "


def test_a_canvas_zip(term: Term) -> None:
    files: dict[str, Any] = {
        "nunezoscarada_11_21_small.ipynb": NOTEBOOK,
        "someoneelse_4711_22_small-1.ipynb": NOTEBOOK,
        "latetom_LATE_13_23_small.ipynb": NOTEBOOK,
    }
    said = collect(term, packed(files), ends=0)
    assert "collected: 3; not collected: 0" in said
    assert "late, says the platform, which gives no times: tom" in said
    assert (term.submitted("b.en") / "small-1.ipynb").is_file()


def test_the_name_that_a_student_gave_a_file_is_nobody_s_name(term: Term) -> None:
    forged = {"ben_4711_345_Ada Núñez Óscar_99_assignsubmission_file_small.ipynb": NOTEBOOK}
    assert "collected: 1" in collect(term, packed(forged), ends=0)
    submitted = term.course / "autograder" / "submitted"
    assert [path.name for path in submitted.iterdir()] == ["b.en"]


def test_two_files_of_one_name_are_both_kept(term: Term) -> None:
    both = {"ben_4711_1_small.ipynb": NOTEBOOK, "ben_4711_2_small.ipynb": "{}"}
    assert "collected: 1" in collect(term, packed(both), ends=0)
    folder = term.course / "autograder" / "submitted" / "b.en" / UNIT
    assert {path.name for path in folder.iterdir()} == {"small.ipynb", "small-2.ipynb"}


def test_a_broken_member_stops_nobody_else(term: Term) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("ben_4711_1_small.ipynb", NOTEBOOK)
        archive.writestr("tom_1_2_small.ipynb", NOTEBOOK)
    spoilt = bytearray(memory.getvalue())
    start = spoilt.index(b"small.ipynb") + 40
    spoilt[start : start + 60] = bytes(60)
    said = collect(term, bytes(spoilt), ends=1)
    assert "collected: 1" in said and "b.en is not collected: " in said


def test_nbgraders_own_zip_collect_works_beside_it(term: Term) -> None:
    """As Blackboard exports it: the id, and when it was handed in, in the file's name."""
    with (term.course / "nbgrader_config.py").open("a") as config:
        config.write(
            "c.FileNameCollectorPlugin.named_regexp = "
            r"r'.*_(?P<student_id>\w+)_attempt_(?P<timestamp>[0-9\-]+)_(?P<file_id>.*)'"
            "\n"
        )
    archive = term.course / "autograder" / "downloaded" / UNIT / "archive"
    archive.mkdir(parents=True)
    name = "hw_tom_attempt_2030-01-30-15-00-00_small.ipynb"
    (archive / "class.zip").write_bytes(packed({name: NOTEBOOK}))
    term.teacher("nbgrader", "zip_collect", UNIT)
    said = term.teacher("autograder", "autograde", UNIT)
    assert re.search(r"9 of 11 .*submitted/tom/", said) and "renamed" not in said
    rows = json.loads(term.teacher("autograder", "status", UNIT, "--json"))["units"][0]["students"]
    assert [(row["student"], row["at"], row["points"]) for row in rows] == [
        ("tom", "2030-01-30 15:00", 9)
    ]


def test_what_is_no_zip_or_no_roster_is_said_in_a_line(term: Term) -> None:
    said = collect(term, b"nothing", ends=2)
    assert "is no readable zip file" in said and "Traceback" not in said
    (term.place / "roster.csv").write_text("name\nAda\n")
    assert "must name the columns, among them id" in collect(term, packed({}), ends=2)
    (term.place / "roster.csv").write_text("id\n../ada\n")
    assert "cannot be an id" in collect(term, packed({}), ends=2)
