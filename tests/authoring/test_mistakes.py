"""What an author gets wrong is said in one line: the file, and what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from autograder.course import VARIABLE

UNIT = Path("solutions/01_newton")
SPEC, MASTER = UNIT / "exercises.py", UNIT / "newton.py"

# (file, what stands there, what the author wrote instead, what is said)
MISTAKES = [
    (SPEC, 'TITLE = "Newton\'s method"\n', "", ["exercises.py: TITLE is not defined"]),
    (SPEC, "EXERCISES = [", "EXERCISES = [] and [", ["EXERCISES is empty"]),
    (SPEC, "import numpy as np", "import numpy as", ["exercises.py, line 3"]),
    (SPEC, "points=2", "point=2", ["exercises.py, line", "unexpected keyword argument 'point'"]),
    (SPEC, '"newton_functions:f"', '"newton_funktions:f"', ["newton_step", "names nothing"]),
    (SPEC, '"newton_functions:f"', '"newton_functions:g"', ["newton_step", "names nothing"]),
    (SPEC, '"newton_functions:f"', '"newton_functions.f"', ['write "module:function"']),
    (SPEC, 'case("exponential", 0)', 'case("exp", 0)', ["exercise newton", "KeyError: exp"]),
    (SPEC, "x - f(x) / df(x)\n", "x - f(x) / 0\n", ["the reference fails", "ZeroDivisionError"]),
    (SPEC, "return np.array(path)", "return lambda: path", ["answers with a function"]),
    (SPEC, "x0=float(", "x00=float(", ["(f, df, x00, steps)", "takes (f, df, x0, steps)"]),
    (SPEC, 'kind="shape"', 'kind="shapes"', ["kind 'shapes' is none of"]),
    (SPEC, "groups=step_groups", "groups=[]", ["exercise newton_step", "not callable"]),
    (
        SPEC,
        'hints=("Where does the tangent at x meet the axis?", "x - f(x) / df(x)."),',
        'hints=("Where does the tangent meet the axis?"),',
        ["newton_step: hints is a str, not a tuple", "comma"],
    ),
    (SPEC, "right=1", "right=2", ["question flat: right is 2", "from 0 to 1"]),
    (SPEC, '("The step is zero", ', "(", ["question flat: options is a str", "comma"]),
    (SPEC, '("The step is zero", ', '("No", ", ", ', ["has 3 options and 2 answers"]),
    (MASTER, '"grade_id": "newton_step", ', "", ["newton.py: cell", "has no grade_id"]),
    (MASTER, '"grade_id": "newton_step"', '"grade_id": "newtonstep"', ["no cell has the grade id"]),
    (MASTER, '"points": 3', '"points": 4', ["has 4 points, its checks add up to 3"]),
    (MASTER, '"points": 3, ', "", ["check_newton_step", '"points"']),
    (MASTER, "### BEGIN SOLUTION", "### BEGIN SOLUTON", ["no line ### BEGIN SOLUTION"]),
    (MASTER, "### END SOLUTION", "", ["no line ### END SOLUTION"]),
    (MASTER, "### END HIDDEN TESTS", "", ["hidden tests of check_newton_step begin"]),
    (MASTER, "check(newton_step)", "check(newton_stepp)", ["does not call check(newton_step)"]),
    (MASTER, 'ask("flat")', 'ask("flut")', ["ask('flut')", "no such question"]),
    (MASTER, '"solution": true', '"solution": false', ["is no answer"]),
    (UNIT / "newton_functions.py", None, None, ["exercises.py, line", "newton_functions"]),
    (MASTER, None, None, ["newton.py: this unit has no master of that name"]),
    (Path("nbgrader_config.py"), None, None, ["has no nbgrader_config.py"]),
]


def autograder(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "autograder", *arguments],
        cwd=course.parent,
        env=os.environ | {VARIABLE: str(course)},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def newton(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "tests" / "second_course", tmp_path / "newton"))


@pytest.mark.parametrize(("file", "there", "instead", "said"), MISTAKES)
def test_a_mistake_is_one_line_with_the_file_and_the_way_out(newton, file, there, instead, said):
    path = newton / file
    if there is None:
        path.unlink()
    else:
        text = path.read_text(encoding="utf-8")
        assert there in text
        path.write_text(text.replace(there, instead, 1), encoding="utf-8")
    done = autograder(newton, "build")
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"autograder build: {newton}")
    for part in said:
        assert part in lines[0]


def test_a_wrong_answer_cannot_cost_a_group_that_is_not_there(newton):
    spec = newton / SPEC
    text = spec.read_text().replace("the tangent meets the axis at x - f(x) / f'(x).\",\n",
                                    "the tangent meets the axis at x - f(x) / f'(x).\",\n"
                                    '                costs="nothing",\n')  # fmt: skip
    spec.write_text(text)
    assert "costs 'nothing': no such group" in autograder(newton, "build").stderr


def test_one_exercise_cannot_be_in_two_units(newton):
    shutil.copytree(newton / UNIT, newton / "solutions" / "02_again")
    (newton / "solutions" / "02_again" / "newton.py").rename(
        newton / "solutions" / "02_again" / "again.py"
    )
    said = autograder(newton, "build").stderr
    assert "02_again/exercises.py: newton_step is an exercise of 01_newton already" in said


def test_a_reference_that_is_not_what_the_master_solves_is_seen(newton):
    spec = newton / SPEC
    spec.write_text(spec.read_text().replace("x - f(x) / df(x)\n", "x - 2 * f(x) / df(x)\n", 1))
    done = autograder(newton, "mutants")
    assert done.returncode == 1
    assert "the solution in the master fails: 01_newton: newton_step" in done.stdout


def test_a_broken_unit_does_not_stop_the_others(newton):
    assert autograder(newton, "build").returncode == 0
    (newton / "solutions" / "02_next").mkdir()
    (newton / "solutions" / "02_next" / "exercises.py").write_text("TITLE =")
    done = autograder(newton, "grade", str(newton / UNIT / "newton.ipynb"))
    assert done.returncode == 0 and "6 of 8" in done.stdout
    assert "left out: " in done.stderr and "02_next/exercises.py, line 1" in done.stderr


def test_points_that_were_not_built_are_not_graded(newton):
    assert autograder(newton, "build").returncode == 0
    spec = newton / SPEC
    spec.write_text(spec.read_text().replace("points=2", "points=5"))
    done = autograder(newton, "autograde", "01_newton")
    assert done.returncode == 2
    assert "run autograder build 01_newton" in done.stderr


@pytest.mark.parametrize("command", ["build", "mutants", "grade .", "autograde 01_newton"])
def test_no_course_is_said_to_be_none(tmp_path, command):
    (tmp_path / "empty").mkdir()
    done = autograder(tmp_path / "empty", *command.split())
    assert done.returncode == 2
    assert "is no course" in done.stderr and VARIABLE in done.stderr
