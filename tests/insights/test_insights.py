"""`autograder insights`: what it says of a class, whom it names where, and what it keeps."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from nbgrader.api import Gradebook
from small_class import ABSOLUTE, UNIT, autograde, first_round, hand_in, new_course, submission

from autograder import cli
from autograder.insights.read import read
from autograder.insights.statistics import discrimination

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class that has handed in once, and two of it again; one is only on the roster."""
    course = new_course(tmp_path_factory.mktemp("class"))
    first_round(course)
    hand_in(course, "fay", submission()).write_text("{")
    autograde(course)
    hand_in(course, "ada05", submission())
    hand_in(course, "ada06", submission(double=ABSOLUTE, before="1 + 1"))
    autograde(course)
    with Gradebook(f"sqlite:///{course / 'autograder' / 'gradebook.db'}", "lstm") as book:
        book.add_student("zoe")
        book.add_student(EVIL)
    return course


@pytest.fixture(autouse=True)
def here(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOGRADER_COURSE", str(course))


def test_what_a_class_has_understood(course: Path) -> None:
    unit = read(course, UNIT)
    assert (unit.roster, unit.judged, unit.max_score) == (15, 12, 9)
    assert set(unit.missing) == {"zoe", EVIL} and unit.unreadable == ("fay",)
    assert sorted(unit.scores) == [0, 3, 3, 4, 4, 4, 9, 9, 9, 9, 9, 9]
    made = {one.id: (one.count, one.message) for one in unit.mistakes}
    assert made == {
        "double/absolute": (5, "You lose the sign of x."),
        "total/without-b": (2, "You leave b out."),
    }
    rates = {(check.exercise, check.name): check.passed for check in unit.checks}
    assert rates["double", "right for negative entries"] == 6
    assert rates["total", "b is added"] == 9 and rates["total", "the rows are added up"] == 11
    stuck = {one.student: one for one in unit.stuck}
    assert list(stuck) == ["ada11", "ada09", "ada10", "ada06", "ada07", "ada08"]
    assert stuck["ada06"].why.endswith("handed in 2 times and gained nothing")
    assert stuck["ada11"].without == ("double", "total", "limit_is_seven")
    assert sorted(unit.change.scores) == [(4, 4), (4, 9)]


def test_discrimination_is_the_corrected_item_total_correlation(course: Path) -> None:
    rng = np.random.default_rng(5)
    passed = rng.random((40, 6)) < rng.random((40, 1))
    rest = passed[:, 1:].sum(axis=1)
    told = discrimination(list(passed[:, 0]), list(rest))
    assert told == pytest.approx(np.corrcoef(passed[:, 0], rest)[0, 1])
    assert discrimination([True] * 40, list(rest)) is None  # all pass: it tells nobody apart
    assert discrimination([True, False], [3, 1]) is None  # too few


def test_grading_again_changes_no_history(course: Path) -> None:
    before = read(course, UNIT)
    autograde(course, force=True)
    assert read(course, UNIT).change == before.change
    assert [one.attempts for one in before.stuck if one.student == "ada06"] == [2]


def test_the_page_names_nobody_and_asks_nothing_of_the_network(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "page.html"
    assert cli.main(["insights", UNIT, "--html", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "ada11: 0 of 9" in printed and "nothing from " in printed
    page = file.read_text(encoding="utf-8")
    assert not re.search(r"ada\d\d|zoe|fay|alert", page)
    assert "5 of 12" in page and "You lose the sign of x." in page
    loaded = re.findall(r"(?:src|href)=[\"']([^\"']*)|url\(([^)]*)\)|@import", page)
    assert all((a or b).startswith("#") for a, b in loaded) and "<script" not in page
    pictures = re.findall(r"<svg.*?</svg>", page, re.S)
    assert len(pictures) == 4
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    for picture in pictures:
        svg = ElementTree.fromstring(picture)
        assert svg.get("role") == "img"
        title, told = svg.get("aria-labelledby", "").split()
        texts = {element.get("id"): element.text for element in svg.iter()}
        assert texts[title] and re.search(r"\d", texts[told] or "")
        referred = set(re.findall(r"(?:url\(|href=\")#([\w-]+)", picture))
        assert referred <= set(re.findall(r'\bid="([^"]*)"', picture))


def test_csv_and_json_say_the_same(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "table.csv"
    assert cli.main(["insights", UNIT, "--csv", str(file), "--json"]) == 0
    [unit] = json.loads(capsys.readouterr().out)["units"]
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    for kind in ("check", "mistake"):
        told = {row["name"] + row["exercise"]: row["count"] for row in rows if row["kind"] == kind}
        same = {
            one.get("name", one.get("id")) + one["exercise"]: str(
                one.get("passed", one.get("count"))
            )
            for one in unit["checks" if kind == "check" else "mistakes"]
        }
        assert told == same
    assert [row["name"] for row in rows if row["kind"] == "stuck"] == [
        one["student"] for one in unit["stuck"]
    ]
    assert unit["change"]["gained"] == 1 and unit["change"]["stayed"] == 1


def test_bad_usage_is_one_line(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.html"
    mine.write_text("my own page")
    assert cli.main(["insights", UNIT, "--html", str(mine)]) == 2
    assert "was not written by this command" in capsys.readouterr().err
    assert mine.read_text() == "my own page"
    new = new_course(tmp_path / "new")
    assert cli.main(["--course", str(new), "insights", UNIT]) == 2
    assert "run autograder autograde 02_small first" in capsys.readouterr().err
