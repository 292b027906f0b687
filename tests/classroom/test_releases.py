"""A master changed after its release: old is not tampered, and who marked it is told."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nbformat
from small_course import UNIT, cell_of, save
from term import Term, answers

from autograder.authoring.releases import FILE


def released(term: Term) -> Any:
    return nbformat.read(term.course / "notebooks" / UNIT / "small.ipynb", as_version=4)


def hand_in(term: Term, id: str, notebook: Any) -> None:
    answers("Because of that.")(notebook)
    save(notebook, term.submitted(id) / "small.ipynb")


def test_a_submission_is_held_against_the_release_that_it_came_from(tmp_path: Path) -> None:
    term = Term(tmp_path)
    term.teacher("nbgrader", "generate_assignment", UNIT)
    first = released(term)
    master = term.course / "solutions" / UNIT / "small.ipynb"
    assert not master.with_name(FILE).exists()  # so far there was one release

    hand_in(term, "ada", released(term))
    term.teacher("autograder", "autograde", UNIT)
    term.mark("ada", 2, "All of it.")

    notebook = nbformat.read(master, as_version=4)
    cell_of(notebook, "explain_small").metadata.nbgrader.points = 4
    test = cell_of(notebook, "limit_is_seven")
    test.source = test.source.replace("assert limit > 0", "assert limit > 1")
    nbformat.write(notebook, master)
    term.teacher("nbgrader", "generate_assignment", UNIT)
    assert released(term) != first and master.with_name(FILE).is_file()
    assert not (term.course / "notebooks" / UNIT / FILE).exists()  # no student gets it

    hand_in(term, "ben", first)  # from the first release, no word altered
    hand_in(term, "cleo", released(term))  # from that of now
    forged = nbformat.from_dict(first)
    cell_of(forged, "explain_small").metadata.nbgrader.points = 9
    hand_in(term, "eve", forged)  # from none
    altered = nbformat.from_dict(first)
    cell_of(altered, "explain_small").metadata.nbgrader.points = 2
    cell_of(altered, "limit_is_seven").source = "limit"
    hand_in(term, "fay", altered)  # from the first, altered
    said = term.teacher("autograder", "autograde", UNIT)
    status = {line.split("/")[2]: line.split()[0] for line in said.splitlines() if "/" in line}
    assert status == {
        "ada": "graded",
        "ben": "graded",
        "cleo": "graded",
        "eve": "tampered",
        "fay": "tampered",
    }
    assert said.count("9 of 13") == 4 and said.count("4 points not marked yet") == 4
    old = "made from an earlier release of this unit"
    for id in status:
        page = term.page(id).read_text()
        assert (old in page) == (id in ("ada", "ben", "fay"))
        assert ("had been altered" in page) == (id in ("eve", "fay"))
    assert "explain_small had 2 points and has 4" in term.page("ben").read_text()
    # two of two points are two of four now, and whoever gave them reads it again
    page = term.page("ada").read_text()
    assert (
        "2 of 4 (your teacher will look at it once more)" in page
        and "when it had other points than the 4 of now" in page
    )
    with term.gradebook() as book:
        assert book.find_grade("explain_small", "small", UNIT, "ada").needs_manual_grade

    # the service, which has no gradebook, says the same
    shutil.rmtree(term.course / "autograder" / "autograded")
    work = term.submitted("ben") / "small.ipynb"
    assert old in term.teacher("autograder", "grade", str(work))
