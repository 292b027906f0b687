"""From masters to notebooks: repeatable, nothing leaks, nobody's work is overwritten."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from conftest import UNITS, copy_sources
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from jupytext.sync_contentsmanager import build_sync_jupytext_contents_manager_class

from autograder.authoring.build import build, changed_by_hand
from autograder.authoring.exercise import JUDGED, load_unit
from autograder.course import AuthorError

UNIT = "02_forget_gate"


def silent(line):
    pass


def notebook_of(root, kind, unit=UNIT):
    return root / kind / unit / f"{unit.partition('_')[2]}.ipynb"


@pytest.fixture
def small(course, tmp_path):
    """A copy of the course that a test may change."""
    place = tmp_path / "course"
    shutil.copytree(course, place)
    return place


SOME = [UNIT, "07_softmax_output", "10_backward_step", "13_language_model", "21_after_the_lstm"]


def test_two_builds_give_the_same_bytes(course, tmp_path):
    again = copy_sources(tmp_path)
    build(again, SOME, out=silent)
    for kind in ("solutions", "notebooks"):
        found = [p for unit in SOME for p in (course / kind).rglob(f"{unit}/*") if p.is_file()]
        first = {p.relative_to(course): p for p in found}
        assert len(first) > 3 * len(SOME)
        for name, path in first.items():
            # what a run of the notebooks left there was not built
            left = "__pycache__" in path.parts or name.match("*.checkpoint.npz")
            if not left and name.name not in (".progress.json", ".recall.json"):
                assert (again / name).read_bytes() == path.read_bytes(), name


@pytest.mark.parametrize("name", UNITS)
def test_jupyterlab_opens_what_a_build_has_written_and_saving_leaves_its_master_as_it_is(
    course, tmp_path, name
):
    shutil.copytree(course / "solutions" / name, tmp_path / name)
    stem = name.partition("_")[2]
    master = tmp_path / name / f"{stem}.py"
    text = master.read_bytes()
    os.utime(master, (0, 0))  # the build writes the notebook later
    manager = build_sync_jupytext_contents_manager_class(LargeFileManager)()
    manager.root_dir = str(tmp_path)
    model = manager.get(f"{name}/{stem}.ipynb")
    assert model["content"]["cells"]
    manager.save({"type": "notebook", "content": model["content"]}, f"{name}/{stem}.ipynb")
    assert os.stat(master).st_mtime > 0 and master.read_bytes() == text


def test_a_second_build_writes_nothing(course):
    lines = []
    assert build(course, SOME, out=lines.append) == 0 and lines == []


def test_check_names_every_file_that_differs_and_writes_nothing(small):
    assert build(small, SOME, check=True, out=silent) == 0
    path = small / "notebooks" / UNIT / "earlier.py"
    path.write_text("# something else\n")
    lines = []
    assert build(small, [UNIT], check=True, out=lines.append) == 1
    assert len(lines) == 1 and lines[0].startswith(f"notebooks/{UNIT}/earlier.py differs")
    assert path.read_text() == "# something else\n"


def write_into(path, grade_id, source):
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    ]
    cell.source = source
    nbformat.write(notebook, path)
    return path.read_bytes()


def test_work_in_a_notebook_is_left_alone_unless_forced(small):
    path = notebook_of(small, "notebooks")
    released = path.read_bytes()
    mine = write_into(path, "forget_gate", "forget_gate = None  # my work")
    assert changed_by_hand(path)
    master = small / "solutions" / UNIT / "forget_gate.py"
    master.write_text(master.read_text().replace("## Play with it", "## Play a little"))
    lines = []
    assert build(small, [UNIT], out=lines.append) == 1
    assert path.read_bytes() == mine
    assert any("changed by hand and is left alone" in line for line in lines)
    assert build(small, [UNIT], force=True, out=silent) == 0
    assert path.read_bytes() != mine and path.read_bytes() != released


def test_a_solution_notebook_edited_without_its_master_is_left_alone(small):
    path = notebook_of(small, "solutions")
    mine = write_into(path, "forget_gate", "forget_gate = None  # a teacher's idea")
    assert build(small, [UNIT], out=silent) == 1
    assert path.read_bytes() == mine


def test_running_a_notebook_is_no_change_by_hand(small):
    path = notebook_of(small, "notebooks")
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = 3
            cell.outputs = [nbformat.v4.new_output("stream", text="42\n")]
    nbformat.write(notebook, path)
    assert not changed_by_hand(path)


@pytest.mark.parametrize("unit", UNITS)
def test_no_answer_reaches_the_notebooks(course, unit):
    folder = course / "notebooks" / unit
    name = unit.partition("_")[2]
    assert {p.name for p in folder.iterdir()} & {*JUDGED, f"{name}.py"} == set()
    released = (folder / f"{name}.ipynb").read_text()
    text = "\n".join(c.source for c in nbformat.reads(released, as_version=4).cells)
    for forbidden in ("SOLUTION", "HIDDEN", "autograder", "jupytext"):
        assert forbidden not in released, forbidden
    solution = jupytext.read(course / "solutions" / unit / f"{name}.py")
    searched = 0
    for cell in solution.cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("solution") and cell.cell_type == "markdown":
            answers = [cell.source]
        else:
            answers = re.findall(r"### BEGIN SOLUTION\n(.*?)\s*### END SOLUTION", cell.source, re.S)
        for answer in answers:
            searched += 1
            assert answer.strip() not in text
    assert searched >= 2


@pytest.mark.parametrize("unit", UNITS)
def test_the_stored_cases_hold_numbers_and_words_only(course, unit):
    data = (course / "notebooks" / unit / "cases.npz").read_bytes()
    for code in (b"def ", b"lambda ", b"import "):
        assert code not in data


@pytest.mark.parametrize("kind", ["solutions", "notebooks"])
@pytest.mark.parametrize("unit", UNITS)
def test_notebooks_are_valid_and_hold_no_outputs(course, kind, unit):
    notebook = nbformat.read(notebook_of(course, kind, unit), as_version=4)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


def test_cell_ids_outlast_changes_elsewhere(small):
    def ids():
        return {c.source: c.id for c in nbformat.read(notebook_of(small, "solutions"), 4).cells}

    before = ids()
    master = small / "solutions" / UNIT / "forget_gate.py"
    master.write_text(
        master.read_text().replace(
            "# %% [markdown]\n# ## Play with it",
            "# %%\n1 + 1\n\n# %% [markdown]\n# ## Play with it",
        )
    )
    build(small, [UNIT], out=silent)
    after = ids()
    assert len(after) == len(before) + 1
    assert all(after[source] == id for source, id in before.items())


def test_earlier_functions_come_finished(course):
    code = (
        "import numpy as np; from earlier import sigmoid;"
        "assert np.allclose(sigmoid(np.array([-1000.0, 0, 1000])), [0, 0.5, 1])"
    )
    folder = course / "notebooks" / UNIT
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=folder, check=True)


def test_wrong_points_in_a_master_are_told_with_the_right_ones(small):
    master = small / "solutions" / UNIT / "forget_gate.py"
    master.write_text(master.read_text().replace('"points": 7', '"points": 9'))
    with pytest.raises(AuthorError, match="check_forget_gate has 9 points, its checks add up to 7"):
        build(small, [UNIT], out=silent)


def test_a_missing_exercise_cell_is_told(small):
    master = small / "solutions" / UNIT / "forget_gate.py"
    master.write_text(master.read_text().replace('"grade_id": "forget_gate"', '"grade_id": "gate"'))
    with pytest.raises(AuthorError, match="no cell has the grade id 'forget_gate'"):
        build(small, [UNIT], out=silent)


def test_an_unknown_unit_is_told_with_those_there_are(course):
    with pytest.raises(LookupError, match=f"there is no unit '99_x'; there are: .*{UNIT}"):
        build(course, ["99_x"], out=silent)


def test_both_notebooks_are_stamped_with_their_unit(course):
    for kind in ("solutions", "notebooks"):
        metadata = json.loads(notebook_of(course, kind).read_text())["metadata"]
        assert metadata["lstm_course"]["unit"] == UNIT


def test_a_folder_without_exercises_is_no_unit(tmp_path):
    with pytest.raises(AuthorError, match=r"exercises\.py: a unit needs this file"):
        load_unit(Path(tmp_path))


def test_what_a_release_had_on_its_cells_is_kept_when_another_replaces_it(small):
    kept = small / "solutions" / UNIT / "released.json"
    kept.unlink(missing_ok=True)
    master = small / "solutions" / UNIT / "forget_gate.py"
    text = master.read_text()
    master.write_text(text.replace("# ## In your own words", "# ## In words of your own", 1))
    build(small, [UNIT], out=silent)
    assert not kept.exists()  # prose is nobody's points
    explain = '"grade_id": "explain_forget_gate", "locked": false, "points": '
    for points in (4, 2, 5):
        master.write_text(text.replace(explain + "2", f"{explain}{points}"))
        build(small, [UNIT], out=silent)
    releases = json.loads(kept.read_text())
    assert [one["explain_forget_gate"]["points"] for one in releases] == [2, 4]  # 2 came back, once
    assert build(small, [UNIT], check=True, out=silent) == 0
    assert not (small / "notebooks" / UNIT / "released.json").exists()
