"""A right answer keeps its points in every notebook that real life has touched."""

from __future__ import annotations

import ast
import json

import jsonschema
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.batch.grade_many import grade
from autograder.grading.grade import Grader, Job, limits
from autograder.grading.verdict import SubmissionReport
from autograder.submission.read import find
from real_life.corpus import UNITS, Case, cases, solved, write

SCHEMA = json.loads((ROOT / "autograder" / "schema.json").read_text(encoding="utf-8"))
CASES = cases()


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SubmissionReport]:
    place = tmp_path_factory.mktemp("real_life")
    write(place, CASES)
    report = grade([place / case.file for case in CASES], workers=2)
    jsonschema.validate(report.as_json(), SCHEMA)
    return {case.name: row for case, row in zip(CASES, report.submissions, strict=True)}


def test_there_are_enough_of_them():
    assert len(CASES) >= 80
    assert {case.unit for case in CASES} == set(UNITS)
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_score_is_just(case: Case, graded: dict[str, SubmissionReport]) -> None:
    row = graded[case.name]
    assert row.status == "graded", row.messages
    assert row.unit == case.unit
    assert row.score == case.score, (row.messages, row.cell_errors)
    if case.said:
        lost = next(exercise for exercise in row.exercises if exercise.score == 0)
        first = next(check for check in lost.checks if not check.passed)
        assert case.said in first.message
        assert first.message.startswith("cell ")
        assert any(case.said in error.error for error in row.cell_errors)


def test_what_was_passed_over_is_said(graded: dict[str, SubmissionReport]) -> None:
    for name in ("matplotlib_widget", "pip_shell", "pip_magic", "unknown_magic", "shell_ls"):
        said = " ".join(graded[f"top_{name}"].messages)
        assert "passed over " in said, name


def test_what_stopped_is_said_with_its_cell_and_line(
    graded: dict[str, SubmissionReport],
) -> None:
    for name, error in (
        ("top_seaborn", "ModuleNotFoundError"),
        ("between_rc_params", "KeyError"),
        ("top_tk_window", "ImportError"),
        ("top_file_of_his_own", "FileNotFoundError"),
    ):
        found = graded[name].cell_errors[0]
        assert error in found.error and found.line, name
        unit = next(case.unit for case in CASES if case.name == name)
        cells = solved(unit)["cells"]
        assert "utils.check" in cells[found.cell - 1]["source"], name


def test_lost_metadata_is_no_tampering(graded: dict[str, SubmissionReport]) -> None:
    for name in ("metadata_lost", "marks_and_ids_lost", "jupytext_without_metadata"):
        assert any("known by their functions" in said for said in graded[name].messages)


HARMLESS = (
    "import seaborn",
    "!pip install numpy",
    "%matplotlib widget",
    "x_of_mine = 1",
    "print('here')",
    "1 / 0",
    "undefined_of_mine",
    "def helper_of_mine():\n    return 2",
    "import random",
    "plt.figure()",
    "# a note",
    "",
    "input()",
    "class Mine:\n    pass",
    "raise RuntimeError('stop')",
    "with open('/no/such/file') as file:\n    pass",
    "for k in range(3):\n    print(k, end='')",
    "import warnings\nwarnings.warn('careful')",
)


@pytest.fixture(scope="module")
def grader() -> Grader:
    return Grader(Job(limits=limits(30)))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_harmless_addition_to_any_cell_lowers_a_score(grader, tmp_path_factory, data):
    unit = data.draw(st.sampled_from(UNITS[:6]))
    notebook = solved(unit)
    for _ in range(data.draw(st.integers(1, 4))):
        free = [c for c in notebook["cells"] if not c["metadata"].get("nbgrader", {}).get("grade")]
        cell = data.draw(st.sampled_from([c for c in free if c["cell_type"] == "code"]))
        lines = cell["source"].split("\n")
        # between the statements of the cell, wherever one may write
        places = [k for k, line in enumerate([*lines, ""]) if _is_boundary(lines, k)]
        place = data.draw(st.sampled_from(places))
        lines[place:place] = data.draw(st.sampled_from(HARMLESS)).split("\n")
        cell["source"] = "\n".join(lines)
    path = tmp_path_factory.mktemp("touched") / "touched.ipynb"
    path.write_text(json.dumps(notebook))
    (source,) = find(path)
    report = grader.grade(source).report
    assert report.score == report.max_score, (report.messages, report.cell_errors)


def _is_boundary(lines: list[str], place: int) -> bool:
    """Whether a statement at the top of the cell may stand before this line."""
    python = ["pass" if line.startswith(("!", "%", "from __future__")) else line for line in lines]
    try:
        for part in (python[:place], python[place:]):
            ast.parse("\n".join(part))
    except SyntaxError:
        return False
    after = lines[place] if place < len(lines) else ""
    return not after.startswith((" ", "\t", ")", "]", "}"))
