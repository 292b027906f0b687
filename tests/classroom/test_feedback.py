"""From release to returned feedback, through a real exchange: what a person gave comes back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from small_course import UNIT, save, submission
from term import Term, answers

COMMENT = "Nearly: say *why* two is one & one."


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Term:
    """Released, fetched, submitted by three, collected, graded, and two answers marked by hand.

    ben's notebook was renamed, carl's came by mail.
    """
    term = Term(tmp_path_factory.mktemp("term"))
    term.teacher("nbgrader", "generate_assignment", UNIT)
    term.teacher("nbgrader", "release_assignment", UNIT)
    for id, name in (("ada", "small.ipynb"), ("ben", "small (1).ipynb")):
        term.student(id, "nbgrader", "fetch_assignment", UNIT)
        wrong = {"total": "def total(x, b):\n    return x.sum(axis=1)"} if id == "ben" else {}
        term.solve(id, answers("Because.", **wrong), name)
        term.student(id, "nbgrader", "submit", UNIT)
    term.teacher("nbgrader", "collect", UNIT)
    save(submission(), term.submitted("carl") / "small.ipynb")
    term.said = term.teacher("autograder", "autograde", UNIT)  # type: ignore[attr-defined]
    term.mark("ada", 1.5, COMMENT)
    term.mark("ben", 4, "A kind mark.", cell="check_double")
    return term


def test_what_comes_through_the_exchange_is_nothing_odd(graded: Term) -> None:
    assert "came with it" not in graded.said  # type: ignore[attr-defined]
    assert "came with it" not in graded.page("ada").read_text()
    for step in ("autograded", "feedback"):
        folder = graded.course / "autograder" / step / "ada" / UNIT
        secret = (folder / "submission_secret.txt").read_text()
        assert secret == (graded.submitted("ada") / "submission_secret.txt").read_text()
        assert not (folder.parent.parent / "carl" / UNIT / "submission_secret.txt").exists()


def test_feedback_holds_what_a_person_gave_and_reaches_every_student(graded: Term) -> None:
    said = graded.teacher("autograder", "feedback", UNIT)
    assert "10.5 of 11" in said and "2 points not marked yet" in said
    assert "released to the exchange: 2 pages" in said
    assert "not released: carl: it did not come through the exchange" in said
    for id in ("ada", "ben"):
        graded.student(id, "nbgrader", "fetch_feedback", UNIT)
    (page,) = graded.fetched("ada")
    text = page.read_text()
    assert "02_small: 10.5 of 11 points" in text and "1.5 of 2" in text
    assert "say <em>why</em> two is one &amp; one" in text and "not marked yet" not in text
    (page,) = graded.fetched("ben")
    assert page.stem == "small (1)"  # the name that he knows it by
    text = page.read_text()
    assert "7 of 11 points" in text and "4 of 5 by hand, instead of 5" in text
    assert "A kind mark." in text and "not marked yet (2 points)" in text
    with graded.gradebook() as book:
        for id, total in (("ada", 10.5), ("ben", 7)):
            assert book.find_submission(UNIT, id).score == total


def test_nbgraders_own_commands_hand_back_the_same(graded: Term, tmp_path: Path) -> None:
    term = graded
    said = term.teacher("nbgrader", "generate_feedback", UNIT)
    assert "Skipping existing assignment" not in said
    text = term.page("ada").read_text()
    assert "why" in text and "Score: 10.5 / 11.0" in text and "For whoever marks" not in text
    said = term.teacher("nbgrader", "release_feedback", UNIT)
    assert "Not released for carl" in said
    shutil.rmtree(term.home("ada") / UNIT / "feedback", ignore_errors=True)
    said = term.student("ada", "nbgrader", "fetch_feedback", UNIT)
    assert "Score: 10.5 / 11.0" in term.fetched("ada")[0].read_text()
    # and back: our page is made again from what was graded
    term.teacher("autograder", "feedback", UNIT)
    text = term.page("ada").read_text()
    assert "02_small: 10.5 of 11 points" in text and "every entry is doubled" in text
    assert "why" in text


def test_a_mark_given_later_is_in_the_page_after_the_next_autograde(graded: Term) -> None:
    graded.mark("ben", 2, "Now I see.")
    graded.teacher("autograder", "autograde", UNIT)
    text = graded.page("ben").read_text()
    assert "9 of 11 points" in text and "Now I see." in text


def test_a_mended_check_makes_no_submission_a_new_one(graded: Term) -> None:
    exercises = graded.course / "solutions" / UNIT / "exercises.py"
    exercises.write_text(exercises.read_text() + "\n# mended\n")
    said = graded.teacher("autograder", "feedback", UNIT)
    assert "10.5 of 11" in said and "not up to date" not in said
    graded.teacher("autograder", "autograde", UNIT)  # and what a person gave is still there
    assert "10.5 of 11 points" in graded.page("ada").read_text()


def test_a_submission_that_is_not_graded_yet_is_said(graded: Term) -> None:
    graded.solve("ada", answers("Another reason."))
    graded.student("ada", "nbgrader", "submit", UNIT)
    graded.teacher("nbgrader", "collect", UNIT, "--update")
    said = graded.teacher("autograder", "feedback", UNIT, ends=1)
    assert "(what came last is not graded)" in said and "not up to date: 1" in said
    graded.teacher("autograder", "autograde", UNIT)
    graded.teacher("autograder", "feedback", UNIT)
    graded.student("ada", "nbgrader", "fetch_feedback", UNIT)
    first, second = (page.read_text() for page in graded.fetched("ada"))
    assert "10.5 of 11" in first and "9 of 11" in second
    assert "commented before: Nearly" in second  # what was said of the answer before is kept
